"""The stock carrier and our two give equal results, so a release that moves a private name fails here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio as valkey
from upstash_redis.asyncio import Redis
from upstash_redis.errors import UpstashError

from bot.storage.client import rest_redis, socket_redis
from tests.stand_ins.upstash import upstash

Use = Callable[[Redis], Awaitable[Any]]


async def _hash(redis: Redis) -> Any:
    return [
        await redis.hset("h", values={"Größe": "1,80 m", "empty": "", "smile": "🙂"}),
        await redis.hgetall("h"),
        await redis.hsetnx("h", "empty", "no"),
        await redis.hmget("h", "smile", "missing"),
    ]


async def _sorted_set(redis: Redis) -> Any:
    return [
        await redis.zadd("z", {"a": 1, "b": 2.5}),
        await redis.zrange("z", 0, -1, withscores=True),
        await redis.zadd("z", {"a": 1}, incr=True),
        await redis.zscore("z", "missing"),
    ]


async def _values(redis: Redis) -> Any:
    return [
        await redis.set("k", "ünï\r\n\x00", ex=60),
        await redis.get("k"),
        await redis.set("k", "other", nx=True),
        await redis.set("k", "new", get=True),
        await redis.set("k", "OK"),
        await redis.get("k"),
        await redis.get("missing"),
        await redis.execute(["SET", "k", 1.5]),
        await redis.get("k"),
        await redis.execute(["SET", "k", {"made": [1, None]}]),
        await redis.get("k"),
        await redis.mget("k", "missing"),
        await redis.incr("n"),
        await redis.incrbyfloat("n", 0.5),
        await redis.expire("n", 60),
        await redis.ttl("n"),
        await redis.ping(),
        await redis.delete("k", "n"),
        (await redis.scan(0, match="none*")),
    ]


async def _script(redis: Redis) -> Any:
    script = (
        "#!lua flags=allow-key-locking\nreturn {KEYS[1], {1, {ARGV[1], false}}, redis.call('GET', KEYS[1])}"
    )
    return [
        await redis.eval(script, ["a"], ["ß"]),
        await redis.eval("return redis.status_reply('FINE')"),
        await redis.eval("return nil"),
        await redis.eval("return {}"),
    ]


async def _pipeline(redis: Redis) -> Any:
    pipeline = redis.pipeline()
    pipeline.set("p", "1")
    pipeline.get("p")
    pipeline.get("missing")
    pipeline.hgetall("missing")
    return await pipeline.exec()


async def _transaction(redis: Redis) -> Any:
    transaction = redis.multi()
    transaction.incr("t")
    transaction.hset("th", "a", "b")
    transaction.hgetall("th")
    return await transaction.exec()


async def _wrong_type(redis: Redis) -> Any:
    await redis.set("k", "text")
    return await redis.lpush("k", "a")


async def _no_such_command(redis: Redis) -> Any:
    return await redis.execute(["NOSUCH"])


async def _no_such_script(redis: Redis) -> Any:
    return await redis.evalsha("0" * 40)


async def _script_that_fails(redis: Redis) -> Any:
    return await redis.eval("return redis.error_reply('MINE not this one')")


async def _pipeline_with_an_error(redis: Redis) -> Any:
    pipeline = redis.pipeline()
    pipeline.set("k", "text")
    pipeline.lpush("k", "a")
    return await pipeline.exec()


async def _transaction_with_an_error(redis: Redis) -> Any:
    transaction = redis.multi()
    transaction.set("k", "text")
    transaction.lpush("k", "a")
    return await transaction.exec()


USES: list[Use] = [_values, _hash, _sorted_set, _script, _pipeline, _transaction]
REFUSED: list[Use] = [
    _wrong_type,
    _no_such_command,
    _no_such_script,
    _script_that_fails,
    _pipeline_with_an_error,
    _transaction_with_an_error,
]


def _name(use: Use) -> str:
    return getattr(use, "__name__", "").strip("_")


@pytest.fixture
async def clients(valkey_socket: Path, redis_raw: valkey.Redis) -> AsyncIterator[dict[str, Redis]]:
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(upstash(valkey_socket))
        yield {
            "stock": await stack.enter_async_context(Redis(stand_in.url, stand_in.token, rest_retries=0)),
            "rest": await stack.enter_async_context(rest_redis(stand_in.url, stand_in.token)),
            "socket": await stack.enter_async_context(socket_redis(f"unix://{valkey_socket}")),
        }


@pytest.mark.parametrize("use", USES, ids=_name)
async def test_every_carrier_brings_the_same_results(
    clients: dict[str, Redis], redis_raw: valkey.Redis, use: Use
) -> None:
    results = {}
    for name, client in clients.items():
        await redis_raw.flushall()
        results[name] = await use(client)
    assert results["rest"] == results["stock"]
    assert results["socket"] == results["stock"]


@pytest.mark.parametrize("use", REFUSED, ids=_name)
async def test_every_carrier_brings_the_same_refusal(clients: dict[str, Redis], use: Use) -> None:
    messages = {}
    for name, client in clients.items():
        with pytest.raises(UpstashError) as refusal:
            await use(client)
        messages[name] = str(refusal.value)
    assert messages["rest"] == messages["stock"]
    assert messages["socket"] == messages["stock"]


@pytest.mark.parametrize("carrier", ["rest", "socket"])
async def test_a_transaction_that_was_discarded_is_an_error_and_changes_nothing(
    clients: dict[str, Redis], redis_raw: valkey.Redis, carrier: str
) -> None:
    transaction = clients[carrier].multi()
    transaction.set("k", "v")
    transaction.execute(["GET"])
    with pytest.raises(UpstashError, match="EXECABORT"):
        await transaction.exec()
    assert await redis_raw.get("k") is None


async def test_our_client_has_all_that_the_stock_one_has() -> None:
    stock = vars(Redis("http://127.0.0.1:9", "token", allow_telemetry=False))
    async with rest_redis("http://127.0.0.1:9", "token") as ours:
        made = vars(ours)
    assert made.keys() - stock.keys() == {"_wire"}
    assert stock.keys() <= made.keys()
    plain = [name for name, value in stock.items() if isinstance(value, str | bool | dict)]
    assert [made[name] for name in plain] == [stock[name] for name in plain]
