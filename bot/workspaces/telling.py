"""A word that is owed to a person: told again until Slack has taken or refused it, twice rather than never.

What a run owes is told again by QStash's tries, which outlive this process. Here is what no run stands for:
replies to people, which are noted to outlive it, too, and word of what the bot has changed by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.background import Background
from bot.errors import BotError, PostUnknown, RedisUnavailable, SlackUnavailable

logger = logging.getLogger(__name__)

WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 20, 60, 300, 600))
"""The times between two tries: in all as long as a person may still wonder."""

_UNCERTAIN: Final = (PostUnknown, SlackUnavailable, RedisUnavailable)

Tell = Callable[[], Awaitable[object]]
"""Tells it once. Raises `BotError`."""
BeforeWait = Callable[[timedelta], Awaitable[None]]
"""Sees to it that it is told after this time, if this process is lost by then."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Tells what is owed."""

    background: Background = field(repr=False)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def tell_surely(self, tell: Tell, *, name: str, before_wait: BeforeWait | None = None) -> None:
        """Tell it now; where nobody knows if it was heard, again in the background. Logs a refusal."""
        try:
            await tell()
        except _UNCERTAIN as exc:
            logger.info("%s.told_again_soon: %s", name, exc)
            self.background.start_task(
                self._keep_telling(tell, exc, name=name, before_wait=before_wait), name=name
            )
        except BotError as exc:
            logger.warning("%s.not_told: %s", name, exc)

    async def _keep_telling(
        self, tell: Tell, met: BotError, *, name: str, before_wait: BeforeWait | None
    ) -> None:
        for least in WAITS:
            wait = max(least, _asked_wait(met))
            if before_wait is not None:
                await before_wait(wait)
            await self.sleep(wait.total_seconds())
            try:
                await tell()
            except _UNCERTAIN as exc:
                met = exc
            except BotError as exc:
                met = exc
                break
            else:
                return
        logger.warning("%s.not_told: %s", name, met)


def _asked_wait(error: BotError) -> timedelta:
    """The wait that Slack asks for, if that is what kept it."""
    asked = error.retry_after if isinstance(error, SlackUnavailable) else None
    return asked or timedelta(0)
