"""A flow control key as its API shows it: limits, messages under way, messages that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.clock import to_ms
from scheduler.embedded.storage.message_store import MessageStore


@dataclass(frozen=True, kw_only=True)
class FlowControl:
    """Reads only: the counters are moved by the script that takes messages."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not
    messages: MessageStore

    async def describe_keys(self, now: datetime) -> list[dict[str, Any]]:
        """Every key that was used within the last days."""
        used = await self.redis.zrange(keys.FLOWS, 0, -1)
        return [await self.describe_key(key.decode(), now) for key in used]

    async def describe_key(self, key: str, now: datetime) -> dict[str, Any]:
        """One key; its limits are those of the pending messages, or of the last one if none is left."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.zcount(keys.ACTIVE + key, to_ms(now), "+inf")
            pipe.hgetall(keys.FLOW + key)
            active, raw = await pipe.execute()
        counted = {name.decode(): int(value) for name, value in raw.items()}
        flows = [
            pending.message.flow
            async for pending in self.messages.pending_messages()
            if pending.message.flow and pending.message.flow.key == key
        ]
        parallelism = max((flow.parallelism or 0 for flow in flows), default=counted.get("parallelism", 0))
        rate = max((flow.rate or 0 for flow in flows), default=counted.get("rate", 0))
        period = max((flow.period for flow in flows if flow.rate), default=counted.get("period", 0))
        started = counted.get("started", 0)
        running = to_ms(now) < started + period * 1000
        return {
            "flowControlKey": key,
            "waitListSize": max(0, len(flows) - active),
            "parallelismMax": parallelism,
            "parallelismCount": active,
            "rateMax": rate,
            "rateCount": counted.get("count", 0) if running else 0,
            "ratePeriod": period,
            "ratePeriodStart": started // 1000 if running else 0,
            "isPaused": False,
            "isPinnedParallelism": False,
            "isPinnedRate": False,
        }
