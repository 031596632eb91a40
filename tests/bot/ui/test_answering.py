"""Replies when something fails: they never say that nothing was done where it was, or may have been."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from bot import replies
from bot.background import Background
from bot.errors import (
    BotError,
    ChangeUnknown,
    NotInstalled,
    PostUnknown,
    RedisUnavailable,
    SealBroken,
    SlackRefused,
    SlackUnavailable,
)
from bot.replies.commands import (
    database_down,
    not_opened,
    perhaps_done,
    perhaps_opened,
    slack_down,
    slack_refuses,
    went_wrong,
)
from bot.replies.text import Reply
from bot.slack import Caller, Slack
from bot.ui.answering import TO_NOTE, TO_SHOW, Answering, Door, Shortfall
from bot.ui.shortcuts import SUMMARISE_CALLBACK
from bot.workspaces import OneWorkspace
from tests.running import ADA, GENERAL, Precache, precache
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.upstash import Upstash, upstash

DAILY = "/precache every day at 18:30 Good evening"
DIRECT = "D0ADA000001"


def test_what_an_acknowledgement_waits_for_ends_within_the_three_seconds_that_slack_waits() -> None:
    assert TO_NOTE + TO_SHOW < 3


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The whole app on a Redis that can misbehave."""

    bot: Precache
    rest: Upstash

    async def schedule(self, *, channel: str = GENERAL) -> str:
        """The id of a new schedule."""
        await self.bot.type(DAILY, channel=channel)
        return await self.bot.made(channel=channel)

    async def card(self) -> dict[str, Any]:
        await self.bot.type(f"/precache show {await self.schedule()}")
        return await self.bot.seen("Run now")

    async def says_nothing_was_done(self) -> bool:
        """True if Ada was told, anywhere, that something was not done."""
        said = str((await self.bot.state())["messages"])
        return any(words in said for words in ("Nothing was changed", "nothing happened"))


@pytest_asyncio.fixture
async def desk(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Desk]:
    async with (
        upstash(valkey_socket) as rest,
        precache(
            valkey=valkey_socket,
            data=tmp_path,
            model_url=model.url,
            REDIS_URL="",
            UPSTASH_REDIS_REST_URL=rest.url,
            UPSTASH_REDIS_REST_TOKEN=rest.token,
        ) as bot,
    ):
        yield Desk(bot=bot, rest=rest)


async def test_before_the_first_change_it_is_said_that_nothing_was_changed(desk: Desk) -> None:
    name = await desk.schedule()
    desk.rest.answer = Response(status_code=503)
    await desk.bot.type(f"/precache pause {name}")
    await desk.bot.told(database_down())


async def test_a_run_that_was_published_is_told_although_its_card_cannot_be_shown(desk: Desk) -> None:
    card = await desk.card()
    desk.rest.fails = '"LINDEX"'
    await desk.bot.press(card, "card_run")
    told = await desk.bot.seen("Running ")
    assert told["ts"] != card["ts"], "the card stays where it is"
    await desk.bot.posted()
    assert not await desk.says_nothing_was_done()


async def test_what_is_paused_is_told_although_slack_does_not_say_who_may_still_see_it(desk: Desk) -> None:
    made = await desk.bot.do("channels", user=ADA, name="plans", is_private=True)
    channel = str(made["channel"]["id"])
    await desk.bot.do("invite", user=ADA, channel=channel)
    await desk.bot.type(f"/precache show {await desk.schedule(channel=channel)}", channel=channel)
    view = await desk.bot.open_home("Good evening")
    for kind, times in (("delay", 1), ("status", 9)):
        fault = {"method": "conversations.info", "kind": kind, "times": times, "seconds": 0}
        await desk.bot.fault(**fault)
    await desk.bot.press(view, "home_menu", option="Pause")
    await desk.bot.home("is paused")
    assert not await desk.says_nothing_was_done()


async def test_a_summary_that_is_on_its_way_is_told_without_the_button_that_cannot_be_made(
    desk: Desk,
) -> None:
    ts = str((await desk.bot.do("send", user=ADA, channel=GENERAL, text="Shall we ship?"))["ts"])
    desk.rest.fails = "every weekday at 9am"
    await desk.bot.do("shortcut", user=ADA, callback_id=SUMMARISE_CALLBACK, channel=GENERAL, message_ts=ts)
    assert await desk.bot.told("Working on it") == replies.summarising_thread(GENERAL)
    await desk.bot.posted()
    assert not await desk.says_nothing_was_done()


async def test_a_schedule_that_was_saved_is_confirmed_although_its_modal_cannot_be_marked_as_saved(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.bot.type("/precache")
    view = await desk.bot.window()
    desk.rest.fails = '"saved '
    answer = await desk.bot.submit(view, prompt="What is new?", when="every day at 9")
    assert answer == {"ok": True}
    await desk.bot.told("Saved ")
    assert "composer.submission_not_ended" in caplog.text
    assert not await desk.says_nothing_was_done()


async def test_where_redis_does_not_say_whether_it_made_a_change_nor_is_it_said(desk: Desk) -> None:
    name = await desk.schedule()
    desk.rest.loses = '"paused",'
    await desk.bot.type(f"/precache pause {name}")
    await desk.bot.told(perhaps_done())
    desk.rest.loses = "\0"
    await desk.bot.type(f"/precache resume {name}")
    await desk.bot.told("is active again")
    assert not await desk.says_nothing_was_done()


async def test_a_rename_that_may_be_done_says_so_at_its_field(desk: Desk) -> None:
    card = await desk.card()
    await desk.bot.press(card, "card_menu", option="Rename")
    view = await desk.bot.window()
    desk.rest.loses = "Vespers"
    refused = await desk.bot.submit(view, name="Vespers")
    assert "didn't tell me whether" in refused["errors"]["name"]


async def test_a_window_that_may_have_opened_is_not_said_to_be_closed(desk: Desk) -> None:
    card = await desk.card()
    await desk.bot.fault(method="views.open", kind="lost_response")
    await desk.bot.press(card, "card_menu", option="Rename")
    told = await desk.bot.seen(perhaps_opened())
    assert told["ts"] != card["ts"]
    await desk.bot.window()
    assert not await desk.says_nothing_was_done()


async def test_a_composer_that_may_have_opened_is_offered_without_a_word_about_the_first_one(
    desk: Desk,
) -> None:
    await desk.bot.fault(method="views.open", kind="lost_response")
    await desk.bot.type("/precache")
    told = await desk.bot.told("Open the form")
    await desk.bot.window()
    assert "did not open" not in told


async def test_a_press_at_home_is_answered_in_a_message_where_the_home_cannot_be_shown(desk: Desk) -> None:
    await desk.schedule()
    view = await desk.bot.open_home("Good evening")
    desk.rest.answer = Response(status_code=503)
    await desk.bot.press(view, "home_menu", option="Pause")
    await desk.bot.seen(database_down(), channel=DIRECT)


async def test_a_form_that_cannot_be_found_again_for_now_is_told_to_who_wants_to_reopen_it(
    desk: Desk,
) -> None:
    await desk.bot.fault(method="views.open", kind="error", error="expired_trigger_id")
    await desk.bot.type("/precache")
    offer = await desk.bot.seen("Open the form")
    desk.rest.answer = Response(status_code=503)
    await desk.bot.press(offer, "compose_again")
    await desk.bot.told(database_down())


def answering_at(door: Door, slack: Slack) -> Answering:
    async def owe_reply(caller: Caller, _: Reply, __: timedelta) -> None:
        raise AssertionError(f"nothing is told to {caller.user}")

    return Answering(door=door, workspaces=OneWorkspace(slack), background=Background(), owe_reply=owe_reply)


@pytest.mark.parametrize(
    ("error", "door", "sentence", "logged"),
    [
        (RedisUnavailable(), "command", database_down(), "command.redis_unavailable"),
        (ChangeUnknown(), "dialog", perhaps_done(), "dialog.change_unknown"),
        (
            SlackRefused("missing_argument"),
            "command",
            slack_refuses(),
            "command.slack_failed: Slack answered missing_argument",
        ),
        (SlackUnavailable("no"), "mention", slack_down(), "mention.slack_failed: no"),
        (SlackUnavailable("no"), "button", not_opened(), "button.slack_failed: no"),
        (SlackRefused("fatal"), "home", not_opened(), "home.slack_failed: Slack answered fatal"),
        (NotInstalled("T1"), "command", slack_refuses(), "command.slack_failed"),
        (PostUnknown("lost"), "home", perhaps_opened(), "home.window_unknown: lost"),
        (SealBroken(), "preview", went_wrong(), "preview.failed"),
        (ZeroDivisionError(), "shortcut", went_wrong(), "shortcut.failed"),
    ],
)
async def test_each_failure_has_its_sentence_and_its_line_in_the_log(
    slack: Slack,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    door: Door,
    sentence: str,
    logged: str,
) -> None:
    async def work() -> str:
        raise error

    answering = answering_at(door, slack)
    assert await answering.attempt(work()) == Shortfall(sentence=sentence)
    (line,) = [line for line in caplog.records if line.levelno >= logging.WARNING]
    assert line.getMessage().startswith(logged)


@pytest.mark.parametrize("error", [BotError("down"), ValueError("a slip")])
async def test_work_that_follows_a_change_takes_nothing_back(slack: Slack, error: Exception) -> None:
    async def work() -> str:
        raise error

    answering = answering_at("button", slack)
    assert await answering.follow_up(work(), otherwise="It is paused.") == "It is paused."
