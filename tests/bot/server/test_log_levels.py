"""The log tells what happened, at every level, and repeats nothing that people or services said."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis as RawRedis

from bot.server.logs import set_levels
from tests.running import precache
from tests.stand_ins.openai import OpenAI, says

OURS = ("", "bot", "scheduler", "precache")


@pytest.fixture
def at_debug() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in OURS}
    set_levels("DEBUG")
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("at_debug")
async def test_at_debug_no_message_no_address_to_answer_and_no_token_is_told(
    valkey_socket: Path, redis_raw: RawRedis, model: OpenAI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model.otherwise = says("Heron, as it happens.")
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as bot:
        await bot.type("/precache Which bird stands by the kingfisher?")
        await bot.posted()
        await bot.type("/precache every day at 9 How is the kingfisher?")
        await bot.told("kingfisher")
        await bot.type("@Precache and the kingfisher's nest?")
        await bot.posted(2)
        keys = {name: key for name, key in bot.keys.items() if "URL" not in name}
    assert "announce.done" in caplog.text
    for said in ("kingfisher", "Heron", "respond", "response_url", "xoxb-", *keys.values()):
        assert said not in caplog.text


def test_debug_is_ours_and_libraries_tell_no_more_than_usual(at_debug: None) -> None:
    assert logging.getLogger("bot.runs.announce").isEnabledFor(logging.DEBUG)
    for library in ("slack_sdk.web.async_client", "slack_bolt.AsyncApp", "openai._base_client", "httpcore"):
        assert not logging.getLogger(library).isEnabledFor(logging.DEBUG)
