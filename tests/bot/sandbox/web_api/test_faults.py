"""Slack's bad days, and what a client must find out after one."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Fault
from tests.bot.sandbox.town import GENERAL, METADATA, TOKEN, Town, error


async def test_a_lost_response_was_a_post_and_its_metadata_tells(town: Town) -> None:
    town.sandbox.faults.add(Fault(method="chat.postMessage", kind="lost_response"))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await town.slack.chat_postMessage(channel=GENERAL, text="posted?", metadata=METADATA)
    history = await town.slack.conversations_history(channel=GENERAL, include_all_metadata=True)
    assert [message["metadata"] for message in history["messages"]] == [METADATA]
    assert (await town.slack.chat_postMessage(channel=GENERAL, text="next"))["ok"]


async def test_a_client_that_retries_by_itself_posts_twice(town: Town) -> None:
    """The trap this fault is for: the SDK's default is to try again after a disconnect."""
    town.sandbox.faults.add(Fault(method="chat.postMessage", kind="lost_response"))
    eager = AsyncWebClient(TOKEN, base_url=f"{town.url}/sandbox/api/", session=town.http)
    await eager.chat_postMessage(channel=GENERAL, text="once, please")
    assert len(await town.sees()) == 2


async def test_a_bad_status_posted_nothing(town: Town) -> None:
    await town.do("faults", method="chat.postMessage", kind="status", status=502, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await town.slack.chat_postMessage(channel=GENERAL, text="hi")
        assert caught.value.response.status_code == 502
    assert await town.sees() == []
    assert (await town.slack.chat_postMessage(channel=GENERAL, text="hi"))["ok"]


async def test_an_error_is_slacks_own(town: Town) -> None:
    await town.do("faults", method="chat.postMessage", kind="error", error="internal_error")
    assert await error(town.slack.chat_postMessage(channel=GENERAL, text="hi")) == "internal_error"
    assert await town.sees() == []


async def test_a_rate_limit_says_how_long(town: Town) -> None:
    await town.do("faults", method="conversations.info", kind="ratelimited", seconds=7)
    status, headers, answer = await town.raw("conversations.info", channel=GENERAL)
    assert (status, headers["retry-after"], answer["error"]) == (429, "7", "ratelimited")


async def test_a_delayed_call_outlasts_an_impatient_client(town: Town) -> None:
    await town.do("faults", method="chat.postMessage", kind="delay", seconds=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await town.slack.chat_postMessage(channel=GENERAL, text="hi")
    assert await town.sees() == []


async def test_a_fault_meets_only_its_method(town: Town) -> None:
    await town.do("faults", method="chat.update", kind="error")
    assert (await town.slack.chat_postMessage(channel=GENERAL, text="hi"))["ok"]


@pytest.mark.parametrize("body", [{}, {"kind": "error"}, {"method": "x", "kind": "fire"}, {"method": "x"}])
async def test_a_fault_that_is_none_is_refused(town: Town, body: dict[str, str]) -> None:
    assert (await town.do("faults", **body))["status"] == 400
