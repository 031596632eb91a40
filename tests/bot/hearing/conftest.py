"""A transcriber on loopback, and what reads recordings with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest_asyncio

from bot.hearing import RemoteTranscriber, TranscriberSettings
from bot.slack import connect_slack
from bot.storage.client import CountedRedis
from tests.bot.sources.conftest import Clock, clock
from tests.bot.sources.reading import Reader, open_reader
from tests.stand_ins.transcriber import Transcriber, transcriber

__all__ = ["Clock", "clock"]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Transcriber]:
    async with transcriber() as opened:
        yield opened


@pytest_asyncio.fixture
async def reader(redis: CountedRedis, clock: Clock, server: Transcriber) -> AsyncIterator[Reader]:
    settings = TranscriberSettings(name="server:whisper-1", base_url=server.url, api_key="sk-sound")
    async with (
        aclosing(RemoteTranscriber(settings)) as remote,
        connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,
        open_reader(slack, redis, now=clock, transcriber=remote) as opened,
    ):
        yield opened
