"""The count of what an app asks its Valkey."""

from __future__ import annotations

import redis.asyncio


class RoundTrips:
    """The count of Valkey's reads: it reads once for each round trip, however many commands that holds.

    Counted commands would include those that scripts run.
    """

    def __init__(self, valkey: redis.asyncio.Redis) -> None:
        self._valkey = valkey
        self._own = 0

    async def count(self) -> int:
        """So far, without our own."""
        self._own += 1
        return int((await self._valkey.info("stats"))["total_reads_processed"]) - self._own
