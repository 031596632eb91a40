"""Buttons and windows whose contents Slack has signed and nobody has offered: about other people's schedules,
deleted ones, those of another team, and nonsense. Each is answered kindly, and nothing changes.
"""

from __future__ import annotations

import json
import logging
from itertools import product
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.replies.views.dialogs import Asks, callback_id
from tests.bot.composing import Desk, desk
from tests.bot.ui.test_tampering import sent_by
from tests.running import ADA, GENERAL, GRACE
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

LEADS: Final = "C0PRIVATE01"
ACTIONS: Final = (
    *(f"review_{verb}" for verb in ("post", "edit", "skip", "anew", "other")),
    *(f"consent_{answer}" for answer in ("agree", "preview", "drop", "allow", "halt")),
    *(f"card_{verb}" for verb in ("unplace", "retime", "skip", "snooze", "move", "keep", "keepall", "menu")),
    *(f"post_{verb}" for verb in ("subscribe", "unsubscribe", "unpost", "ask", "refresh")),
    *("home_unsubscribe", "home_keepall", "vote", "vote_menu"),
)
"""All that places, reviews, subscriptions, conditions, consents, votes, times and moving have added."""
WINDOWS: Final = (
    *(callback_id(asks) for asks in get_args(Asks)),
    *("review_edit", "subscription", "ask_about", "vote_reason"),
)
NONSENSE: Final[tuple[Any, ...]] = (None, 7, "\ud83d", "9" * 2_500)
ENDS: Final = ("", "/1/1", f":{LEADS}", " ticket")
"""After a schedule's id, in the values of its buttons."""


def metadata_about(schedule: object) -> tuple[str, ...]:
    about = {
        **dict.fromkeys(("schedule", "editing", "id", "review"), schedule),
        "channel": LEADS,
        "origin": LEADS,
        "revision": 1,
        "ts": "1.2",
        "target": schedule,
        "glue": 7,
    }
    return (json.dumps(about), json.dumps({"review": f"{schedule}/1/1", "at_home": True}))


def pressed(action: str, value: object, *, reply_to: str) -> dict[str, Any]:
    return sent_by(
        GRACE,
        type="block_actions",
        actions=[{"type": "button", "block_id": "b", "action_id": action, "value": value}],
        channel={"id": GENERAL},
        container={"type": "message", "message_ts": "1.2", "channel_id": GENERAL},
        message={"ts": "1.2", "blocks": []},
        response_url=reply_to,
    )


def submitted(window: str, metadata: object, values: object) -> dict[str, Any]:
    view = {"id": "V1", "type": "modal", "callback_id": window, "private_metadata": metadata}
    return sent_by(GRACE, type="view_submission", view={**view, "state": {"values": values}})


async def take_reply(_: Request) -> Response:
    """Stand for the address at which Slack takes replies."""
    return Response("ok")


async def records(raw: RawRedis) -> dict[Any, Any]:
    """All that stands about schedules, and what people have to do with them."""
    found: dict[Any, Any] = {}
    for kind in ("schedule", "subscribers", "review", "votes", "deleted"):
        for key in await raw.keys(f"precache:{kind}:*"):
            found[key] = await raw.hgetall(key) if await raw.type(key) == b"hash" else await raw.dump(key)
    return found


async def test_what_nobody_has_offered_is_answered_kindly_and_changes_nothing(
    model: OpenAI,
    valkey_socket: Path,
    redis_raw: RawRedis,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with desk(valkey=valkey_socket, data=tmp_path, model_url=model.url) as at:
        schedule, deleted = await settle_in(at)
        before = await records(redis_raw)
        known = [*(f"{schedule}{end}" for end in ENDS), *(f"{deleted}{end}" for end in ENDS[:2])]
        texts = {"input": {"type": "plain_text_input", "value": "Mine. \ud83d"}}
        filled = dict.fromkeys(("name", "time", "until", "text", "prompt", "question"), texts)
        carried = [*metadata_about(schedule), *metadata_about(7)[:1]]
        async with serve(Starlette(routes=[Route("/", take_reply, methods=["POST"])])) as url:
            forged = [pressed(*of, reply_to=url) for of in product(ACTIONS, [*NONSENSE, *known, schedule])]
            for window in WINDOWS:
                forged += [submitted(window, metadata, filled) for metadata in carried]
                forged += [submitted(window, metadata, {}) for metadata in (None, "[" * 5_000)]
                forged.append(submitted(window, carried[0], {"text": 7}))
            statuses = {(await at.deliver(payload))[0] for payload in forged}
            assert statuses == {200}

            async def all_answered() -> bool:
                return not await redis_raw.keys("precache:intent:*")

            await wait_until(all_answered, "all is answered")
            asked = (at.jobs, at.previews, model.requests)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert await records(redis_raw) == before
    assert asked == ([], [], 0)


async def settle_in(at: Desk) -> tuple[str, str]:
    """A private channel with Ada's schedule, without Grace; and one that was deleted."""
    assert (await at.do("invite", user=ADA, channel=LEADS))["ok"]
    assert (await at.do("leave", user=GRACE, channel=LEADS))["ok"]
    for prompt in ("Who is to be promoted?", "What is over?"):
        await at.do("send", user=ADA, channel=LEADS, text=f"/precache every day at 9 {prompt}")
        await at.told(f"“{prompt}”", channel=LEADS)
    names = {schedule.query: schedule.id for schedule in await at.all()}
    kept, deleted = names["Who is to be promoted?"], names["What is over?"]
    await at.do("send", user=ADA, channel=LEADS, text=f"/precache delete {deleted}")
    await at.told("deleted", channel=LEADS)
    return kept, deleted
