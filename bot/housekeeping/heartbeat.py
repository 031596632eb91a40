"""A call to a monitoring service after each good round, so that it tells when there are none any more."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import aiohttp

logger = logging.getLogger(__name__)

_WITHIN: Final = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """Calls one address, which stays out of the log: those who know it can call it, too."""

    url: str = field(repr=False)
    within: timedelta = _WITHIN

    async def beat(self) -> None:
        """Call it; that it failed is logged, and ends nothing: the next round calls again."""
        timeout = aiohttp.ClientTimeout(total=self.within.total_seconds())
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self.url) as response:
                if response.status >= 300:
                    logger.warning("heartbeat.refused status=%d", response.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            logger.warning("heartbeat.failed: %s", type(exc).__name__)
