"""Publishes a message to QStash for each person who gets a copy together with the post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.schedules import ScheduleRef
from bot.subscriptions.subscription import make_copy_job
from scheduler import Publisher, Send, deduplication_id


@dataclass(frozen=True, kw_only=True)
class CopyFanOut:
    """Publishes copies, in as few requests as they take."""

    publisher: Publisher = field(repr=False)

    async def publish_copies(self, ref: ScheduleRef, users: Sequence[str], *, slot: datetime) -> None:
        """Have the post of a `slot` sent to these people. Raises `PublishError` if that is not sure."""
        await self.publisher.publish_jobs(
            [
                Send(
                    job=make_copy_job(ref, user, slot=slot),
                    deduplication_id=deduplication_id(*ref, user, int(slot.timestamp()), "copy"),
                    at=None,
                )
                for user in users
            ]
        )
