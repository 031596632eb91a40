"""Each fault does on its wire what it says, and a seed names its faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisGone

from tests.chaos.faults import Fault, Weather, Wire
from tests.chaos.proxy import HttpProxy, http_proxy
from tests.chaos.redis_proxy import RedisProxy, redis_proxy
from tests.stand_ins.openai import OpenAI, openai

ASK = {"model": "test", "messages": [{"role": "user", "content": "ask-1 short: what?"}]}
PASSED_ON = (Fault.LOST, Fault.HALF, Fault.KILL, Fault.STOP)


def weather(seed: int = 1) -> Weather:
    return Weather(seed=seed, now=lambda: datetime(2027, 2, 1, tzinfo=UTC), most_deaths=5)


@dataclass(kw_only=True)
class Wired:
    """A model behind a proxy."""

    url: str
    http: aiohttp.ClientSession
    weather: Weather
    model: OpenAI
    ended: list[Fault] = field(default_factory=list)

    async def ask(self) -> int:
        async with self.http.post(f"{self.url}/v1/chat/completions", json=ASK) as response:
            await response.json()
            return response.status


@asynccontextmanager
async def wired() -> AsyncIterator[Wired]:
    ended: list[Fault] = []
    async with aiohttp.ClientSession() as http, openai() as model:
        proxy = HttpProxy(
            wire=Wire.MODEL,
            target=model.url.removesuffix("/v1"),
            weather=weather(),
            deadly=ended.append,
            http=http,
        )
        async with http_proxy(proxy) as url:
            yield Wired(url=url, http=http, weather=proxy.weather, model=model, ended=ended)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.KILL_BEFORE, Fault.LOST, Fault.HALF, Fault.KILL])
async def test_an_answer_that_does_not_come_was_asked_for_or_not_as_its_fault_says(fault: Fault) -> None:
    async with wired() as wire:
        wire.weather.plan(Wire.MODEL, "ask-1", fault)
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await wire.ask()
        assert wire.model.requests == (fault in PASSED_ON)
        assert wire.ended == ([fault] if fault in (Fault.KILL, Fault.KILL_BEFORE) else [])
        assert await wire.ask() == 200, "a plan is for one request"


async def test_a_refusal_is_not_passed_on_and_a_delay_and_an_order_to_stop_are() -> None:
    async with wired() as wire:
        wire.weather.plan(Wire.MODEL, "ask-1", Fault.LIMIT, Fault.DELAY, Fault.STOP)
        assert await wire.ask() == 429
        assert wire.model.requests == 0
        assert [await wire.ask(), await wire.ask()] == [200, 200]
        assert (wire.model.requests, wire.ended) == (2, [Fault.STOP])


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOST, Fault.HALF, Fault.ERROR])
async def test_a_command_to_redis_is_done_or_not_as_its_fault_says(
    fault: Fault, valkey_socket: Path, redis_raw: Redis
) -> None:
    ended: list[Fault] = []
    proxy = RedisProxy(socket=valkey_socket, weather=weather(), deadly=ended.append)
    proxy.weather.plan(Wire.REDIS, "counter", fault)
    async with redis_proxy(proxy) as url, client_of(url) as client:
        with pytest.raises(BusyLoadingError if fault is Fault.ERROR else RedisGone):
            await client.incr("counter")
        assert int(await redis_raw.get("counter") or 0) == (fault in PASSED_ON)
        await client.incr("counter")
        pipeline = client.pipeline(transaction=False)
        for _ in range(500):
            pipeline.set("long", "x" * 1_000)
            pipeline.get("long")
        assert len(await pipeline.execute()) == 1_000


def client_of(url: str) -> Redis:
    """One that tries once."""
    return Redis.from_pool(BlockingConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0)))


def names(seed: int, *, order: int) -> set[tuple[str, Fault]]:
    """The fates of a hundred requests, asked in one order or the other."""
    rough = weather(seed)
    rough.calm = False
    for number in range(100)[::order]:
        rough.strike(Wire.SLACK, f"chat.postMessage run-{number}")
    return {(met.name, met.fault) for met in rough.happened}


def test_a_seed_names_its_faults_in_whatever_order_requests_come() -> None:
    assert names(1, order=1) == names(1, order=-1)
    assert names(1, order=1) != names(2, order=1)
    assert len(names(1, order=1)) > 5


def test_an_id_that_was_drawn_by_chance_does_not_change_the_weather() -> None:
    rough = weather()
    rough.plan(Wire.REDIS, "paper", Fault.RESET)
    rough.call("kolu-tane", "paper")
    assert rough.strike(Wire.REDIS, "EVAL precache:run:T:kolu-tane:1") is Fault.RESET
    assert rough.happened[0].name == "EVAL precache:run:T:paper:1"
