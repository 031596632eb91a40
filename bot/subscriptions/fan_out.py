"""With a post, a message to QStash for each person who is sent it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.schedules import ScheduleRef
from bot.subscriptions.subscription import make_copy_job
from scheduler import Publisher, deduplication_id


@dataclass(frozen=True, kw_only=True)
class CopyFanOut:
    """Publishes copies; they share requests, as all that is published at the same time does."""

    publisher: Publisher = field(repr=False)

    async def publish_copies(self, ref: ScheduleRef, users: Sequence[str], *, slot: datetime) -> None:
        """Have the post of a `slot` sent to these people. Raises `PublishError` if that is not sure."""
        sent = [self._publish_copy(ref, user, slot=slot) for user in users]
        for outcome in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _publish_copy(self, ref: ScheduleRef, user: str, *, slot: datetime) -> None:
        job = make_copy_job(ref, user, slot=slot)
        name = deduplication_id(*ref, user, int(slot.timestamp()), "copy")
        await self.publisher.publish_job(job, deduplication_id=name)
