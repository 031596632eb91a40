"""The question whether a schedule shall go on that nobody looks at, as its owner reads and answers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.background import Background
from bot.server import create_app, open_listener
from bot.server.connect.clock import real_time
from bot.server.connect.services import Services, connect_services
from bot.server.parts.chores import build_renewal
from bot.server.parts.ground import build_ground
from bot.settings import Settings
from bot.storage.keys import renewal_key, schedule_key
from scheduler import Job
from tests.bot.ui.test_buttons import labels
from tests.running import ADA, GENERAL, GRACE, TEAM, Precache, serving
from tests.stand_ins.openai import OpenAI
from tests.waiting import wait_until

DIRECT = "D0ADA000001"
LONG_AGO = timedelta(days=200)


@dataclass(kw_only=True)
class Renewed:
    """The app whose operator wants renewal, and a pass of it whenever the test says."""

    bot: Precache
    services: Services
    redis: RawRedis

    async def scheduled(self, prompt: str) -> str:
        """A schedule at which nobody has looked for a long time."""
        await self.bot.type(f"/precache every day at 9 {prompt}")
        name = await self.bot.made(f": “{prompt}”")
        await self.forget_looks(name)
        return name

    async def forget_looks(self, name: str) -> None:
        looked = int((datetime.now(UTC) - LONG_AGO).timestamp() * 1000)
        await self.redis.hset(schedule_key(TEAM, name), "looked", looked)

    async def let_time_pass(self) -> None:
        """The two weeks for an answer are over."""
        asked = int((datetime.now(UTC) - timedelta(days=15)).timestamp() * 1000)
        await self.redis.hset(renewal_key(TEAM, ADA), "asked", asked)

    async def ask(self) -> None:
        async with Background() as background:
            ground = build_ground(self.bot.settings, self.services, background=background, now=real_time)
            renewal = build_renewal(ground)
            assert renewal is not None
            await renewal.ask_owners()

    async def state(self, name: str) -> str:
        (found,) = await self.redis.hmget(schedule_key(TEAM, name), "state")
        return str(found, "ascii") if isinstance(found, bytes) else str(found)

    async def looked(self, name: str) -> datetime:
        (found,) = await self.redis.hmget(schedule_key(TEAM, name), "looked")
        assert found is not None
        return datetime.fromtimestamp(int(found) / 1000, UTC)

    async def read(self, words: str) -> dict[str, Any]:
        return await self.bot.seen(words, channel=DIRECT)


@pytest_asyncio.fixture
async def house(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Renewed]:
    found: list[Services] = []

    @asynccontextmanager
    async def connect(settings: Settings) -> AsyncIterator[Services]:
        async with connect_services(settings) as services:
            found.append(services)
            yield services

    listener, settings = open_listener(
        Settings.from_environ(
            {
                "PORT": "0",
                "PRECACHE_DATA": str(tmp_path),
                "REDIS_URL": f"unix://{valkey_socket}",
                "OPENAI_BASE_URL": model.url,
                "PRECACHE_MODEL": "openai:test",
                "PRECACHE_RENEWAL_DAYS": "90",
            }
        )
    )
    async with serving(create_app(settings, connect), listener, settings) as bot:
        yield Renewed(bot=bot, services=found[0], redis=redis_raw)


async def test_keep_it_says_that_it_goes_on_and_nothing_is_paused(house: Renewed) -> None:
    name = await house.scheduled("Hello")
    await house.ask()
    question = await house.read("should it go on?")
    assert labels(question) == ["Keep it", "Pause it", "Show me"]
    await house.bot.press(question, "card_keep")
    await house.read("“Hello” goes on. Thanks for telling me!")
    assert datetime.now(UTC) - await house.looked(name) < timedelta(minutes=5)
    await house.let_time_pass()
    await house.ask()
    assert await house.state(name) == "active"


async def test_pause_it_pauses_it(house: Renewed) -> None:
    name = await house.scheduled("Hello")
    await house.ask()
    await house.bot.press(await house.read("should it go on?"), "card_pause")
    await house.read("is paused. To resume it")
    assert await house.state(name) == "paused"


async def test_show_me_shows_its_card_and_is_a_look(house: Renewed) -> None:
    name = await house.scheduled("Hello")
    await house.ask()
    await house.bot.press(await house.read("should it go on?"), "card_show")
    shown = await house.read("Owner: ")
    assert "Run now" in labels(shown)
    assert datetime.now(UTC) - await house.looked(name) < timedelta(minutes=5)


async def test_without_an_answer_the_owner_is_told_and_everyone_sees_why(house: Renewed) -> None:
    name = await house.scheduled("Hello")
    await house.ask()
    await house.read("should it go on?")
    await house.let_time_pass()
    await house.ask()
    told = await house.read("I've paused your schedule “Hello”")
    assert await house.state(name) == "paused"
    await house.bot.open_home("⏸ _Paused_: nobody had opened it since")
    await house.bot.type(f"/precache show {name}", user=GRACE)
    await house.bot.seen("nobody had opened it since", user=GRACE)
    await house.bot.press(told, "card_resume")
    await house.read("is active again")
    assert await house.state(name) == "active"


async def test_of_several_each_has_a_menu_and_one_press_keeps_the_rest(house: Renewed) -> None:
    first, second, third = [await house.scheduled(prompt) for prompt in ("Hello", "Good night", "Good day")]
    await house.ask()
    question = await house.read("these 3 schedules of yours")
    assert labels(question) == ["Keep all", "Pause all"]
    menu = next(block for block in question["blocks"] if "Good night" in str(block))
    await house.bot.do(
        "act",
        user=ADA,
        channel=DIRECT,
        message_ts=question["ts"],
        block_id=menu["block_id"],
        action_id="post_menu",
        selected=next(
            option["value"] for option in menu["accessory"]["options"] if option["text"]["text"] == "Pause it"
        ),
    )

    async def is_paused() -> bool:
        return await house.state(second) == "paused"

    await wait_until(is_paused, "one is paused")
    assert "Keep all" in labels(await house.read("these 3 schedules of yours")), "the question stays"
    await house.forget_looks(first)
    await house.forget_looks(third)
    await house.bot.press(question, "card_keepall")
    await house.read("schedules go on. Thanks for telling me!")
    for name in (first, third):
        assert datetime.now(UTC) - await house.looked(name) < timedelta(minutes=5)


async def test_a_reaction_to_its_post_is_a_look_and_one_to_another_message_is_none(house: Renewed) -> None:
    name = await house.scheduled("Hello")
    job = Job(
        query="Hello", schedule=name, team=TEAM, channel=GENERAL, user=ADA, cron="0 9 * * *", zone="UTC"
    )
    assert (await house.bot.deliver(job)).status == 200
    (post,) = await house.bot.posted()
    await house.forget_looks(name)
    bot_user = post["user"]
    other = {"type": "message", "channel": GENERAL, "ts": "1700000000.000100"}
    ours = {"type": "message", "channel": GENERAL, "ts": post["ts"]}
    for item, author in ((other, bot_user), (ours, ADA), (ours, bot_user)):
        assert datetime.now(UTC) - await house.looked(name) > timedelta(days=1)
        event = {"type": "reaction_added", "user": GRACE, "reaction": "+1", "item": item, "item_user": author}
        assert (await house.bot.do("events", event=event))["ok"]

    async def is_noted() -> bool:
        return datetime.now(UTC) - await house.looked(name) < timedelta(minutes=5)

    await wait_until(is_noted, "the reaction counts")
