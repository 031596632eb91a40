"""The product's own schedules, on real Redis and the QStash of this machine, under a clock to set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis as RawRedis

from bot.background import Background
from bot.budget import Caps
from bot.documents import open_documents, open_media
from bot.fetch import open_fetcher
from bot.housekeeping.watch_list import WatchList
from bot.model import ChatModel, Models, ModelSettings
from bot.schedules import Policy, Schedules, ScheduleStore
from bot.server.connect import Services, StandIns
from bot.server.connect.reach import Reach
from bot.server.parts.chores import build_reconcile, build_watchdog
from bot.server.parts.ground import Ground, build_ground
from bot.server.parts.road import Road, build_road
from bot.server.parts.surface import build_surface
from bot.settings import Settings
from bot.slack import Slack as OurSlack
from bot.slack import open_session, web_client
from bot.storage import CountedRedis
from bot.storage.client import socket_redis
from bot.ui import Events
from bot.workspaces import OneWorkspace
from scheduler import Delivery, Job, Publisher, Receiver, Scheduled, Verdict
from tests.bot.announcing import ANNOUNCE_URL, AT_ONCE, anybody
from tests.bot.paying import PLENTY, PRICES
from tests.bot.schedules.operations.town import Town
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.openai import openai
from tests.stand_ins.qstash import list_schedules
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.slack_channel import slack_channel

NOON: Final = datetime(2027, 1, 13, 12, tzinfo=UTC)
NOBODY: Final = "http://127.0.0.1:9"


@dataclass(kw_only=True)
class Desk:
    """One copy of the process; it is made anew where an operator would start it again."""

    services: Services
    settings: Settings
    background: Background
    clock: Clock
    qstash: Running
    town: Town
    raw: RawRedis
    slack_session: Any
    unreachable: Publisher
    """One whose QStash does not answer."""
    ground: Ground = field(init=False)
    road: Road = field(init=False)

    async def restart(self, *, policy: Policy | None = None, is_qstash_down: bool = False) -> None:
        """A new process, which remembers nothing, with this policy."""
        settings = replace(self.settings, policy=policy or Policy())
        client = web_client(self.slack_session, api_url=self.town.url, token=SLACK_TOKEN)
        reach = replace(self.services.slack, workspaces=OneWorkspace(OurSlack(client)))
        publisher = self.unreachable if is_qstash_down else self.services.publisher
        services = replace(self.services, slack=reach, publisher=publisher)
        if hasattr(self, "road"):
            await self.road.answers.aclose()
        self.ground = build_ground(settings, services, background=self.background, now=self.clock)
        self.road = build_road(self.ground, may_run=anybody, sleep=asyncio.sleep)

    @property
    def schedules(self) -> Schedules:
        return self.ground.schedules

    @property
    def schedule_store(self) -> ScheduleStore:
        return self.ground.schedule_store

    @property
    def events(self) -> Events:
        return build_surface(self.ground).events

    async def forget_everything(self) -> None:
        """An empty Redis, but for the keys of QStash; everybody is back."""
        await asyncio.sleep(0)
        keys = [key async for key in self.raw.scan_iter(count=1_000)]
        gone = [key for key in keys if b"credentials" not in key]
        if gone:
            await self.raw.delete(*gone)
        self.clock.now = NOON
        self.town.posts.clear()
        self.town.whispers.clear()
        self.town.gone.clear()
        await self.restart()

    async def make_agree(self) -> None:
        await build_reconcile(self.ground, events=self.events).make_agree()

    async def watch(self) -> None:
        await build_watchdog(self.ground).do_round()

    async def held(self) -> dict[str, Scheduled]:
        """What QStash repeats, by id."""
        listed = await list_schedules(self.services.publisher)
        assert len({scheduled.id for scheduled in listed}) == len(listed)
        return {scheduled.id: scheduled for scheduled in listed}

    async def waiting(self) -> dict[str, Job]:
        """What QStash holds for its time and is to be posted, by the ids of messages."""
        found = {}
        async for key in self.raw.scan_iter("qstash:message:*", count=1_000):
            body = await self.raw.hget(key, "body")
            if isinstance(body, bytes) and (job := Job.decode(body)).kind == "post":
                found[key.decode().rpartition(":")[2]] = job
        return found

    async def watched(self) -> set[str]:
        pages = WatchList(redis=self.services.redis).list_watched_pages()
        return {watched.ref[1] async for page in pages for watched in page}

    async def deliver(self, job: Job) -> Verdict:
        """Bring it, as QStash does."""
        return await self.road.announcer.announce(
            Delivery(job=job, body=b"", retried=0, message_id="m", sent_at=self.clock())
        )


@asynccontextmanager
async def open_desk(valkey: Path) -> AsyncIterator[Desk]:
    """All of it, for as many examples as there are."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        raw = await enter(RawRedis(unix_socket_path=str(valkey)))
        await raw.flushall()
        clock = Clock(NOON)
        qstash = await enter(run_qstash(raw, clock, deliver=False))
        town = Town(now=lambda: clock().timestamp())
        await enter(slack_channel(town))
        model = await enter(openai())
        redis: CountedRedis = await enter(socket_redis(f"unix://{valkey}", within=timedelta(seconds=30)))
        session = await enter(open_session())
        chat = ChatModel(ModelSettings(name="openai:test", base_url=model.url, window=100_000))
        token = qstash.credentials.token
        client = web_client(session, api_url=town.url, token=SLACK_TOKEN)
        services = Services(
            redis=redis,
            publisher=await enter(
                Publisher.connect(token=token, base_url=qstash.url, announce_url=ANNOUNCE_URL)
            ),
            receiver=Receiver(current_key=CURRENT_KEY, next_key=NEXT_KEY, url=ANNOUNCE_URL),
            slack=Reach(workspaces=OneWorkspace(OurSlack(client)), client=client),
            models=await enter(aclosing(Models(chat))),
            fetcher=await enter(open_fetcher(agent="Precache/test", networks=[ip_network("127.0.0.0/8")])),
            documents=await enter(open_documents(processes=1)),
            media=await enter(open_media(processes=1)),
            stand_ins=StandIns(),
            table=(),
        )
        settings = replace(
            Settings.from_environ({}),
            limit=PLENTY,
            team_limit=PLENTY,
            prices=PRICES,
            caps=Caps(),
            pace=AT_ONCE,
        )
        desk = Desk(
            services=services,
            settings=settings,
            background=await enter(Background()),
            clock=clock,
            qstash=qstash,
            town=town,
            raw=raw,
            slack_session=session,
            unreachable=await enter(
                Publisher.connect(token=token, base_url=NOBODY, announce_url=ANNOUNCE_URL)
            ),
        )
        await desk.restart()
        try:
            yield desk
        finally:
            await desk.road.answers.aclose()
