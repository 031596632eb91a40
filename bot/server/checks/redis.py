"""Redis at the start: it answers, keeps what it is given, and throws nothing away."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from upstash_redis.asyncio import Redis
from upstash_redis.errors import UpstashError

from bot.errors import RedisUnavailable
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unreached_finding,
)
from bot.server.connect.outage import word_outage
from scheduler import CLOCK_LEEWAY

_WHAT: Final = "Redis"
_TURNS: Final = 5


async def check_redis(redis: Redis, *, variable: str, place: str) -> list[Finding]:
    """Look if it answers, and how it is set up; `variable` and `place` name it to the operator."""
    try:
        await redis.ping()
        return await _check_set_up(redis, variable=variable)
    except RedisUnavailable as exc:
        return [explain_silence(exc, variable=variable, place=place)]


async def measure_redis(redis: Redis) -> str:
    """Tell its version and how long it takes, and see that it runs scripts. Raises `RedisUnavailable`.

    Everything that must happen at once is a script here, so a Redis without them serves for nothing.
    """
    times = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        await redis.eval("return 1")
        times.append(time.perf_counter() - began)
    told = read_info(await _ask_perhaps(redis, "INFO"))
    version = told.get("valkey_version") or told.get("redis_version")
    name = "Valkey" if "valkey_version" in told else "Redis"
    took = f"a script takes {sorted(times)[_TURNS // 2] * 1_000:.1f} ms"
    return f"{name} {version}; {took}" if version else took


async def compare_redis_clock(redis: Redis, *, now: Callable[[], datetime]) -> list[Finding]:
    """Compare our clock with Redis's, by which keys end. Raises `RedisUnavailable`."""
    told = await _ask_perhaps(redis, "TIME")
    if not isinstance(told, list) or len(told) != 2:
        return []
    off = (now() - datetime.fromtimestamp(int(told[0]), UTC)).total_seconds()
    if abs(off) <= CLOCK_LEEWAY.total_seconds():
        return []
    way = "ahead of" if off > 0 else "behind"
    return [
        doubtful_finding(
            _WHAT,
            f"the clock of this machine is {abs(off):.0f} s {way} Redis's; set both, for example with NTP",
        )
    ]


def explain_silence(exc: RedisUnavailable, *, variable: str, place: str) -> Finding:
    """Tell what no waiting helps against from what may heal."""
    certain, said = word_outage(exc, variable=variable, place=place)
    return (refused_finding if certain else unreached_finding)(_WHAT, said)


async def _check_set_up(redis: Redis, *, variable: str) -> list[Finding]:
    told = read_info(await _ask_perhaps(redis, "INFO"))
    return [*_judge_eviction(told, variable), *await _judge_persistence(redis, told, variable)] or [
        fine_finding(_WHAT)
    ]


def read_info(text: Any) -> Mapping[str, str]:
    """Read what `INFO` tells; nothing where a service has no such command."""
    lines = (line.partition(":") for line in str(text or "").splitlines())
    return {name: value.strip() for name, colon, value in lines if colon}


def _judge_eviction(told: Mapping[str, str], variable: str) -> list[Finding]:
    policy = told.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return []
    return [
        doubtful_finding(
            _WHAT,
            f"{variable}: when this Redis is full it throws keys away (maxmemory-policy {policy}), and the "
            "schedules are among them; set maxmemory-policy noeviction",
        )
    ]


async def _judge_persistence(redis: Redis, told: Mapping[str, str], variable: str) -> list[Finding]:
    if told.get("aof_enabled", "1") != "0":
        return []
    snapshots = await _ask_perhaps(redis, "CONFIG", "GET", "save")
    if not isinstance(snapshots, list) or any(snapshots[1:]):
        return []
    return [
        doubtful_finding(
            _WHAT,
            f"{variable}: this Redis writes nothing to disk, so its restart loses all schedules; "
            "set appendonly yes",
        )
    ]


async def _ask_perhaps(redis: Redis, *command: str) -> Any:
    """Ask for what a hosted Redis may keep to itself."""
    try:
        return await redis.execute(list(command))
    except UpstashError:
        return None
    except RedisUnavailable as exc:
        if "NOPERM" in str(exc):
            return None
        raise
