"""Presses and forms that Slack has signed and that we never offered: each is checked as if it were typed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.feedback import Target
from bot.replies.buttons.button_ids import ButtonSpot, ManyVerb, Press, Verb, action_id
from tests.bot.composing import Desk, desk
from tests.running import ADA, GENERAL, GRACE, TEAM
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

LEADS = "C0PRIVATE01"
MANY = get_args(ManyVerb)
ONLY_LEADS = "Who is to be promoted?"


@pytest_asyncio.fixture
async def at(model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[Desk]:
    """A private channel with a schedule, of which Grace is no member any more."""
    async with desk(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        assert (await running.do("invite", user=ADA, channel=LEADS))["ok"]
        assert (await running.do("leave", user=GRACE, channel=LEADS))["ok"]
        await running.do("send", user=ADA, channel=LEADS, text=f"/precache every day at 9 {ONLY_LEADS}")
        await running.told("Scheduled", channel=LEADS)
        yield running


def sent_by(user: str, **more: Any) -> dict[str, Any]:
    team = {"id": TEAM, "domain": "d"}
    return {"team": team, "user": {"id": user, "team_id": TEAM}, "trigger_id": "1.2.a", **more}


def pressed(user: str, channel: str, spot: ButtonSpot, press: Press, *, reply_to: str) -> dict[str, Any]:
    action = {
        "type": "button",
        "block_id": "b",
        "action_id": action_id(spot, press.verb),
        "value": press.value,
    }
    return sent_by(
        user,
        type="block_actions",
        actions=[action],
        channel={"id": channel},
        container={"type": "message", "message_ts": "1.2", "channel_id": channel},
        response_url=reply_to,
    )


async def test_no_button_opens_a_private_channels_schedule_to_a_person_outside_it(
    at: Desk, model: OpenAI
) -> None:
    (schedule,) = before = await at.all()
    presses = [
        Press(verb=verb, schedules=(schedule.id,))
        if verb in MANY
        else Press(verb=verb, schedule=schedule.id, channel=claimed)
        for verb in get_args(Verb)
        for claimed in ("", LEADS)
    ]
    replies: list[str] = []

    async def keep_reply(request: Request) -> Response:
        replies.append((await request.body()).decode())
        return Response("ok")

    async with serve(Starlette(routes=[Route("/", keep_reply, methods=["POST"])])) as url:
        for spot in ("post", "card"):
            for press in presses:
                status, _ = await at.deliver(pressed(GRACE, GENERAL, spot, press, reply_to=url))
                assert status == 200
        await wait_until(lambda: len(replies) >= 2 * len(presses), "an answer to each press")
        assert ONLY_LEADS not in "".join(replies)
        assert await at.all() == before
        asked = [job for job in at.jobs if job.kind != "warm"]  # the schedule's own may be due by now
        assert (asked, at.previews, model.requests) == ([], [], 0)
        show = Press(verb="show", schedule=schedule.id)
        await at.deliver(pressed(ADA, LEADS, "post", show, reply_to=url))
        await wait_until(lambda: ONLY_LEADS in replies[-1], "the owner sees what the press asks for")


async def test_no_form_changes_the_schedule_of_somebody_else(at: Desk) -> None:
    await at.do("send", user=ADA, channel=GENERAL, text="/precache every day at 9 What is new?")
    await at.told("Scheduled")
    before = {schedule.channel: schedule for schedule in await at.all()}

    async def submit(user: str, channel: str, window: str) -> str:
        schedule = before[channel]
        kept = {"editing": schedule.id, "revision": schedule.revision, "origin": GENERAL, "zone": "UTC"}
        values: dict[str, Any] = {
            name: {"input": {"type": "plain_text_input", "value": text}}
            for name, text in {"prompt": "Say what I want", "when": "every day at 10"}.items()
        }
        values["channel"] = {"input": {"type": "conversations_select", "selected_conversation": channel}}
        view = {
            "id": window,
            "type": "modal",
            "callback_id": "compose",
            "private_metadata": json.dumps(kept),
            "state": {"values": values},
        }
        status, told = await at.deliver(sent_by(user, type="view_submission", view=view))
        assert status == 200
        return told

    assert "I have no schedule called" in await submit(GRACE, LEADS, "V1"), "she may not even see it"
    assert f"Only <@{ADA}> or an admin" in await submit(GRACE, GENERAL, "V2")
    assert {schedule.channel: schedule for schedule in await at.all()} == before
    assert await submit(ADA, GENERAL, "V3") == "", "the owner may"
    assert {schedule.query for schedule in await at.all()} == {ONLY_LEADS, "Say what I want"}


async def test_no_forged_vote_reaches_another_teams_or_a_missing_schedules_votes(
    at: Desk, redis_raw: RawRedis
) -> None:
    replies: list[str] = []

    async def keep_reply(request: Request) -> Response:
        replies.append((await request.body()).decode())
        return Response("ok")

    target = Target(answer="abcdef123456", schedule="none-such", asker=GRACE)
    values = ["up", f"up {target.value}", f"up {target.value}:x", f"withdraw {target.value}"]
    async with serve(Starlette(routes=[Route("/", keep_reply, methods=["POST"])])) as url:
        for value in values:
            body = pressed(GRACE, GENERAL, "post", Press(verb="help"), reply_to=url)
            body["actions"][0] |= {"action_id": "vote", "value": value}
            assert (await at.deliver(body))[0] == 200
        await wait_until(lambda: len(replies) == len(values), "an answer to each press")
    assert await redis_raw.keys("precache:votes:*") == []
    assert sum("nobody to read your vote" in reply for reply in replies) == 1
