"""Messages in Redis. A message is there before it is acknowledged and until it is settled.

Taking a message moves it to the end of a lease instead of removing it, so a process that dies with it in hand
only delays it; the lease's token keeps a late process from settling what another has taken over.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from scheduler.embedded.storage import keys
from scheduler.embedded.storage import message_scripts as scripts
from scheduler.embedded.storage.clock import from_ms, to_ms
from scheduler.embedded.storage.journal import write_entry
from scheduler.embedded.storage.message import Message
from scheduler.embedded.storage.refusal import RequestRefused
from scheduler.embedded.storage.scripts import read_pages, run_script

_BATCH: Final = 200
"""Messages that join their groups in one script, which keeps Redis for two milliseconds."""

_FIELDS: Final = ["spec", "body", "retried"]


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A message with its id and body; `retried` counts the attempts after the first."""

    id: str
    message: Message
    body: bytes
    retried: int = 0
    group: str = ""
    """The messages with which it shares its part of the lanes; known once it is taken."""

    @property
    def due(self) -> int:
        """The moment (ms) of its first attempt."""
        return to_ms(self.message.not_before)

    def write_created(self, now: datetime) -> str:
        """The log entry that goes with storing it."""
        return write_entry(self.id, self.message, "CREATED", now, next_attempt=self.message.not_before)


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Everything that follows an attempt."""

    verdict: Literal["delivered", "again", "given up"]
    at: datetime
    """Of the next attempt, if there is one."""
    entries: tuple[str, ...]
    followers: tuple[Pending, ...]
    dead_id: str = ""
    response: Mapping[str, Any] | None = None
    """A dead letter's words about the last response."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The messages that there are lanes for: `most`, and of one group so many that `share` are under way."""

    most: int
    share: int
    under_way: Mapping[str, int]
    """How many of each group the process that asks has under way."""


@dataclass(frozen=True, kw_only=True)
class MessageStore:
    """The redis client must not decode replies: bodies are bytes."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not
    max_messages_per_day: int | None = None

    async def publish_message(
        self, pending: Pending, *, duplicate_key: str | None, now: datetime
    ) -> tuple[str, bool]:
        """Its id, or that of the message it duplicates, and whether it does."""
        limit = self.max_messages_per_day
        call = scripts.PublishMessage(
            duplicate_key=duplicate_key,
            day=f"{now:%Y-%m-%d}",
            daily_limit=limit,
            message_id=pending.id,
            spec=pending.message.encode(),
            body=pending.body,
            due=pending.due,
            entry=pending.write_created(now),
        )
        outcome, *found = await run_script(self.redis, call)
        if outcome == b"limit":
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            raise RequestRefused(
                f"exceeded the daily message limit of {limit}",
                status=429,
                headers={
                    "RateLimit-Limit": str(limit),
                    "RateLimit-Remaining": "0",
                    "RateLimit-Reset": str(int(midnight.timestamp())),
                },
            )
        return found[0].decode(), outcome == b"seen"

    async def take_due(
        self, wanted: Wanted, *, token: str, now: datetime, lease: timedelta
    ) -> tuple[list[Pending], bool, datetime | None]:
        """Messages that are due, under our lease; true if there may be more, else the moment to ask again."""
        call = scripts.TakeDueMessages(
            now=to_ms(now),
            lease=lease // timedelta(milliseconds=1),
            batch=_BATCH,
            most=wanted.most,
            share=wanted.share,
            token=token,
            groups=tuple(wanted.under_way),
            under_way=tuple(wanted.under_way.values()),
        )
        taken, first_left, again = await run_script(self.redis, call)
        pending = [
            Pending(
                id=found.decode(),
                message=Message.decode(spec),
                body=body,
                retried=retried,
                group=group.decode(),
            )
            for found, spec, body, retried, group in taken
        ]
        return pending, bool(again), from_ms(float(first_left)) if first_left else None

    async def move_leases(self, ids: Sequence[str], *, token: str, lease_end: datetime) -> None:
        """Move the end of our leases: onwards to keep them, to now to give the messages back."""
        call = scripts.MoveLeases(lease_end=to_ms(lease_end), token=token, message_ids=tuple(ids))
        await run_script(self.redis, call)

    async def settle_message(
        self, pending: Pending, settled: Settlement, *, token: str, now: datetime
    ) -> bool:
        """Record an attempt's outcome and store what it sets off; False if it was not ours any more."""
        followers = settled.followers
        call = scripts.SettleMessage(
            message_id=pending.id,
            token=token,
            now=to_ms(now),
            verdict=settled.verdict,
            next_attempt=to_ms(settled.at),
            dead_id=settled.dead_id,
            response=json.dumps(settled.response),
            entries=settled.entries,
            follower_ids=tuple(follower.id for follower in followers),
            follower_specs=tuple(follower.message.encode() for follower in followers),
            follower_bodies=tuple(follower.body for follower in followers),
            follower_dues=tuple(follower.due for follower in followers),
            follower_entries=tuple(follower.write_created(now) for follower in followers),
        )
        return bool(await run_script(self.redis, call))

    async def find_message(self, message_id: str) -> Pending | None:
        """A message that is not settled yet."""
        return _decode_pending(message_id, *await self.redis.hmget(keys.MESSAGE + message_id, _FIELDS))

    async def pending_messages(self) -> AsyncIterator[Pending]:
        """Every message that is not settled yet, in no order, read page by page."""
        async for page in read_pages(self.redis, keys.DUE):
            async with self.redis.pipeline(transaction=False) as pipe:
                for message_id, _ in page:
                    pipe.hmget(keys.MESSAGE + message_id, _FIELDS)
                found = await pipe.execute()
            for (message_id, _), fields in zip(page, found, strict=True):
                if pending := _decode_pending(message_id, *fields):
                    yield pending

    async def cancel_message(self, pending: Pending, *, now: datetime) -> bool:
        """Forget a message; False if it is settled already."""
        entry = write_entry(pending.id, pending.message, "CANCELLED", now)
        call = scripts.CancelMessage(message_id=pending.id, now=to_ms(now), entry=entry)
        return bool(await run_script(self.redis, call))


def _decode_pending(
    message_id: str, spec: bytes | None, body: bytes | None, retried: bytes | None
) -> Pending | None:
    if spec is None:
        return None
    return Pending(id=message_id, message=Message.decode(spec), body=body or b"", retried=int(retried or 0))
