"""What the flow control API shows of a key: its limits, what is under way and what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import redis.asyncio

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.message import millis
from scheduler.embedded.storage.message_store import Store


async def describe_flows(redis: redis.asyncio.Redis, store: Store, now: datetime) -> list[dict[str, Any]]:
    """Every key that was used within the last days."""
    client: Any = redis
    used = await client.zrange(keys.FLOWS, 0, -1)
    return [await describe_flow(redis, store, each.decode(), now) for each in used]


async def describe_flow(redis: redis.asyncio.Redis, store: Store, key: str, now: datetime) -> dict[str, Any]:
    """One key; the limits are those of the messages that are pending with it."""
    client: Any = redis
    async with client.pipeline(transaction=True) as pipe:
        pipe.zcount(keys.ACTIVE + key, millis(now), "+inf")
        pipe.hmget(keys.FLOW + key, ["started", "count"])
        active, (started, count) = await pipe.execute()
    flows = [
        pending.message.flow
        async for pending in store.pending()
        if pending.message.flow and pending.message.flow.key == key
    ]
    period = max((flow.period for flow in flows), default=0)
    running = bool(started) and millis(now) < int(started) + period * 1000
    return {
        "flowControlKey": key,
        "waitListSize": max(0, len(flows) - active),
        "parallelismMax": max((flow.parallelism or 0 for flow in flows), default=0),
        "parallelismCount": active,
        "rateMax": max((flow.rate or 0 for flow in flows), default=0),
        "rateCount": int(count) if running else 0,
        "ratePeriod": period,
        "ratePeriodStart": int(started) // 1000 if running else 0,
        "isPaused": False,
        "isPinnedParallelism": False,
        "isPinnedRate": False,
    }
