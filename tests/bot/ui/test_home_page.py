"""The cost of the App Home, counted: whatever a team has, it takes few round trips to Redis."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from slack_bolt.async_app import AsyncBoltContext
from starlette.responses import JSONResponse, Response

from bot.replies.views import HOME_PAGE
from bot.schedules import Schedule, ScheduleStore
from bot.server.parts.surface import build_surface
from bot.storage.client import CountedRedis
from tests.bot.announcing import Process, process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.slack_channel import Behaviour, Slack
from tests.waiting import wait_until

MOST_REQUESTS = 5


@pytest_asyncio.fixture
async def copy(redis: CountedRedis, workspace: Slack, model: OpenAI) -> AsyncIterator[Process]:
    async with process(redis, slack_url=workspace.url, model=model.url) as running:
        yield running


async def add_schedules(redis: CountedRedis, numbers: range) -> None:
    store, now = ScheduleStore(redis=redis), datetime.now(UTC)
    plain = Schedule(id="", team="T1", channel="C1", user="U1", query="What is new?", zone="UTC")
    for n in numbers:
        name, cron = f"Ночь: {n}", f"{n % 60} {n // 60} * * 1"
        await store.add_record(replace(plain, id=f"n-{n:04}", name=name, cron=cron), now=now)


def telling(**told: Any) -> Behaviour:
    """Slack says this."""

    async def behave(*_: Any) -> Response:
        return JSONResponse({"ok": True, **told})

    return behave


async def test_a_home_takes_five_round_trips_however_many_schedules_there_are(
    copy: Process, redis: CountedRedis, workspace: Slack
) -> None:
    shown: list[str] = []

    async def publish(_: Slack, __: str, arguments: Mapping[str, Any]) -> Response:
        shown.append(json.dumps(arguments["view"], ensure_ascii=False))
        return JSONResponse({"ok": True})

    home, had = build_surface(copy.ground).home, 0
    for size in (0, 1, 46, 300):
        await add_schedules(redis, range(had, size))
        had, before = size, redis.requests
        workspace.next["users.conversations"].append(telling(channels=[{"id": "C1"}]))
        workspace.next["users.info"].extend([telling(user={"tz": "Europe/Berlin"})] * 2)
        workspace.next["views.publish"].append(publish)
        await home.on_open({"tab": "home", "user": "U1"}, AsyncBoltContext({"team_id": "T1"}))
        await wait_until(lambda: shown, "the Home, which is published last")
        view = shown.pop()
        assert redis.requests - before <= MOST_REQUESTS, size
        assert (f"My schedules ({size})" in view) == (size > 0)
        assert view.count("*Ночь: ") == min(size, HOME_PAGE)
