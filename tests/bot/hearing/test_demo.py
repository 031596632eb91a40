"""The demo's recogniser hears English speech, and is told as a demo's.

`speech.ogg` was made by `espeak-ng -s 140` of "Good morning everyone. The bridge opens on Monday. We need two
more people for the night shift." and ffmpeg's libopus at 16 kbit/s.
"""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from bot.hearing import DemoTranscriber, is_recogniser_installed
from bot.slack import SharedFile, connect_slack
from bot.sources import File, Material
from bot.storage.client import CountedRedis
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import open_reader

SPEECH = Path(__file__).with_name("speech.ogg")

pytestmark = [
    pytest.mark.demo,
    pytest.mark.skipif(not is_recogniser_installed(), reason="the demo's wheels are not installed"),
]


async def test_speech_is_heard_without_any_account_and_told_as_a_demos(
    redis: CountedRedis, clock: Clock
) -> None:
    file = SharedFile(
        name="a.ogg", mime="audio/ogg", content=SPEECH.read_bytes(), permalink="https://x.example/a"
    )
    async with (
        aclosing(DemoTranscriber(idle=0.05)) as transcriber,
        connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,
        open_reader(slack, redis, now=clock, transcriber=transcriber) as reader,
    ):
        reader.drawer.files["F0FILE00001"] = file
        found = await reader.read(File(file="F0FILE00001"))
        assert isinstance(found, Material), found
        text = found.pieces[0].text
        assert text.startswith("0:00 ")
        assert "opens on Monday" in text
        assert "two more people" in text
        assert found.pieces[0].name == "<https://x.example/a|a.ogg> (written down by a demo recogniser)"
