"""All that contestants ask of others, on this machine: counted, and as slow as a case wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from redis.asyncio import Redis as Valkey

from bot.answers.answer_cache import AnswerCache
from bot.answers.question import question_key
from bot.answers.records import Answer
from bot.model import ChatModel, ModelsSettings
from bot.schedules import Schedule, ScheduleStore
from bot.settings import Settings
from bot.storage import CountedRedis, socket_redis
from scheduler import Job
from scheduler.embedded import run_valkey
from tests.benchmarks.answer import ANSWER
from tests.benchmarks.contenders import ANSWER_TTL, answer_key
from tests.benchmarks.contest.cases import Case, prompt
from tests.benchmarks.contest.sender import TEAM
from tests.benchmarks.environ import full_environ
from tests.benchmarks.load import at_once
from tests.benchmarks.processes import run_stand_ins
from tests.benchmarks.round_trips import RoundTrips
from tests.benchmarks.stand_ins import Addresses
from tests.stand_ins.upstash import TOKEN as UPSTASH_TOKEN
from tests.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The numbers of requests to the services so far."""

    model: int
    redis: int
    slack: int
    qstash: int

    def __sub__(self, before: Counts) -> Counts:
        return Counts(
            model=self.model - before.model,
            redis=self.redis - before.redis,
            slack=self.slack - before.slack,
            qstash=self.qstash - before.qstash,
        )


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services of one or more contestants."""

    http: aiohttp.ClientSession
    addresses: Addresses
    socket: Path
    redis: CountedRedis
    """Of our own, held open to the end: Valkey would count the end of a connection as one more request."""
    valkey: Valkey
    round_trips: RoundTrips

    def environ(self, *, over_socket: bool = False) -> dict[str, str]:
        """Settings with which every service is configured, and no limit is in the way."""
        wire = {
            "UPSTASH_REDIS_REST_URL": self.addresses.upstash,
            "UPSTASH_REDIS_REST_TOKEN": UPSTASH_TOKEN,
        }
        return {
            **full_environ(self.addresses),
            "OPENAI_API_KEY": "sk-unused",
            **({"REDIS_URL": f"unix://{self.socket}"} if over_socket else wire),
        }

    async def count(self, *, over_socket: bool = False) -> Counts:
        told = await self._told()
        asked = await self.round_trips.count() if over_socket else told["redis"]
        return Counts(model=told["model"], redis=asked, slack=told["slack"], qstash=told["qstash"])

    async def count_responses(self) -> int:
        """How many commands were answered, which comes after their acknowledgement."""
        return (await self._told())["responses"]

    async def wait_for_responses(self, number: int) -> None:
        async def are_there() -> bool:
            return await self.count_responses() >= number

        await wait_until(are_there, "an answer to each command")

    async def set_delays(self, case: Case) -> None:
        delays = {"model": case.model_delay.total_seconds(), "redis": case.redis_delay.total_seconds()}
        async with self.http.post(self.addresses.counts, json=delays) as response:
            response.raise_for_status()

    async def store_answers(self, numbers: Sequence[int]) -> None:
        """Store answers as another copy of Precache has them, for a team and for none, and as a contender."""
        models = Settings.from_environ(self.environ()).models
        assert isinstance(models, ModelsSettings)
        model, fingerprint = models.usual.name, ChatModel(models.usual).fingerprint
        cache, now = AnswerCache(redis=self.redis), datetime.now(UTC)

        async def store(number: int) -> None:
            query, text = prompt(number), f"{ANSWER}\nThat was release {number}."
            answer = Answer(text=text, made=now, model=model)
            for team in (TEAM, ""):
                key = question_key(team=team, model=fingerprint, query=query)
                await cache.land_flight(key, token="benchmark", answer=answer)
            await self.valkey.set(answer_key(query), text, ex=ANSWER_TTL)

        await at_once(store, numbers, concurrency=16)

    async def add_schedules(self, jobs: Iterable[Job]) -> None:
        """Store the schedules of these jobs as a warm-up leaves them: their owners were seen just now."""
        store, now = ScheduleStore(redis=self.redis), datetime.now(UTC)
        for job in jobs:
            added = await store.add_record(_schedule(job, now=now), now=now)
            assert isinstance(added, Schedule)
            active = await store.change_record(added, replace(added, state="active"))
            assert isinstance(active, Schedule)
            await store.record_owner_seen(active, now=now)
            await store.record_warm_up(active, slot=now + timedelta(days=1))

    async def _told(self) -> dict[str, int]:
        async with self.http.get(self.addresses.counts) as response:
            told: dict[str, int] = await response.json()
            return told


def _schedule(job: Job, *, now: datetime) -> Schedule:
    assert job.schedule
    assert job.team
    assert job.channel
    assert job.user
    assert job.zone
    return Schedule(
        id=job.schedule,
        team=job.team,
        channel=job.channel,
        user=job.user,
        query=job.query,
        zone=job.zone,
        cron=job.cron,
        created=now,
    )


@asynccontextmanager
async def open_services(folder: Path, *, http: aiohttp.ClientSession) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        socket = await stack.enter_async_context(run_valkey(folder))
        valkey = await stack.enter_async_context(Valkey(unix_socket_path=str(socket)))
        yield Services(
            http=http,
            addresses=await stack.enter_async_context(run_stand_ins(socket)),
            socket=socket,
            redis=await stack.enter_async_context(socket_redis(f"unix://{socket}")),
            valkey=valkey,
            round_trips=RoundTrips(valkey),
        )
