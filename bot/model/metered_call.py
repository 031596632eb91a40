"""One call of a model: let through, timed and metered.

Its time begins when the meter has let it through, so waiting for that takes nothing of the model's time.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.errors import RedisUnavailable
from bot.model.meter import Call, Meter, Tokens

logger = logging.getLogger(__name__)


class MeteredCall:
    """`async with metered.deadline` ends the call in time, from `start_call` on."""

    def __init__(self, call: Call, meter: Meter | None, *, within: timedelta) -> None:
        self._call = call
        self._meter = meter
        self._within = within.total_seconds()
        self.deadline = asyncio.timeout(None)
        self._under_way = False

    async def start_call(self) -> None:
        """Have the meter let it through; raises what that raises."""
        if self._meter:
            await self._meter.admit_call(self._call)
        self._under_way = True
        self.deadline.reschedule(asyncio.get_running_loop().time() + self._within)

    async def stop_call(self, tokens: Tokens | None, *, billed: bool) -> int | None:
        """Tell the meter what came of the call, if there was one; what it cost."""
        if not self._under_way or self._meter is None:
            return None
        self._under_way = False
        try:
            return await self._meter.record_call(self._call, tokens, billed=billed)
        except RedisUnavailable as exc:  # the answer is there, and is not to be lost over this
            logger.warning("model.not_metered model=%s: %s", self._call.model, exc)
            return None
