"""The demo's recogniser hears English speech, is told as a demo's, and says so of other languages.

`speech.ogg` was made by `espeak-ng -s 140` of "Good morning everyone. The bridge opens on Monday. We need two
more people for the night shift.", `german.ogg` by `espeak-ng -v de -s 150` of the same in German, both with
libopus. `austen.ogg` is a sentence of LibriVox's recording of *Sense and Sensibility*, which is in the public
domain, as Debian's `pocketsphinx-testdata` has it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.hearing import DemoTranscriber, is_recogniser_installed
from bot.replies import source_credit
from bot.slack import SharedFile, connect_slack
from bot.sources import File, Material, Unreadable
from bot.storage.client import CountedRedis
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader, open_reader

HERE = Path(__file__).parent
FILES = {name: File(file=f"F0{name.upper()}001") for name in ("speech", "austen", "german")}

pytestmark = [
    pytest.mark.demo,
    pytest.mark.skipif(not is_recogniser_installed(), reason="the demo's wheels are not installed"),
]


@pytest_asyncio.fixture
async def reader(redis: CountedRedis, clock: Clock) -> AsyncIterator[Reader]:
    async with (
        aclosing(DemoTranscriber(idle=20)) as transcriber,
        connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,
        open_reader(slack, redis, now=clock, transcriber=transcriber) as opened,
    ):
        for name, file in FILES.items():
            content = HERE.joinpath(f"{name}.ogg").read_bytes()
            opened.drawer.files[file.file] = SharedFile(
                name=f"{name}.ogg", mime="audio/ogg", content=content, permalink=f"https://x.example/{name}"
            )
        yield opened


async def test_speech_is_heard_without_any_account_and_told_as_a_demos(reader: Reader) -> None:
    found = await reader.read(*FILES.values())
    assert isinstance(found, Material), found
    made, read_aloud = found.pieces
    assert made.text.startswith("0:00 ")
    assert "opens on Monday" in made.text
    assert "two more people" in made.text
    assert made.name == "<https://x.example/speech|speech.ogg> (written down by a demo recogniser)"
    assert "made amiable himself" in read_aloud.text
    german = Unreadable(problem="not_english", name="<https://x.example/german|german.ogg>")
    assert found.unread == (german,)
    assert "the demo recogniser only knows English" in source_credit(found)
