"""Messages and dead letters in Redis. A message is there before it is acknowledged and until it is settled.

Taking a message moves it to the end of a lease instead of removing it, so whoever dies with it in hand
only delays it; the lease's token keeps a late process from settling what another has taken over.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import redis.asyncio

from scheduler.embedded.storage import keys, scripts
from scheduler.embedded.storage.journal import write_entry
from scheduler.embedded.storage.message import Message, describe_message, millis, moment, new_id
from scheduler.embedded.storage.refused import Refused


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A message with its id and body; `retried` counts the attempts after the first."""

    id: str
    message: Message
    body: bytes
    retried: int = 0

    def enqueued(self, now: datetime) -> list[str | bytes | int]:
        """The arguments with which a script stores it."""
        entry = write_entry(self.id, self.message, "CREATED", now, following=self.message.not_before)
        return [self.id, self.message.encode(), self.body, millis(self.message.not_before), entry]


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
    """What a dead letter says about the last response."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that was given up, and the last response to it."""

    id: str
    message_id: str
    message: Message
    body: bytes
    response: dict[str, Any]

    def describe(self) -> dict[str, Any]:
        """As `GET /v2/dlq` shows it."""
        return {
            **describe_message(self.message_id, self.message, self.body),
            "dlqId": self.id,
            **self.response,
        }


class Store:
    """The redis client must not decode replies: bodies are bytes."""

    def __init__(self, redis: redis.asyncio.Redis, *, max_messages_per_day: int | None = None) -> None:
        self._redis: Any = redis  # typed for clients that decode and that do not
        self._limit = max_messages_per_day
        self._publish = redis.register_script(scripts.PUBLISH)
        self._take = redis.register_script(scripts.TAKE)
        self._lease = redis.register_script(scripts.LEASE)
        self._settle = redis.register_script(scripts.SETTLE)
        self._cancel = redis.register_script(scripts.CANCEL)
        self._revive = redis.register_script(scripts.REVIVE)
        self._bury = redis.register_script(scripts.BURY)

    async def publish(self, pending: Pending, *, seen: str | None, now: datetime) -> tuple[str, bool]:
        """Its id, or that of the message it duplicates, and whether it does."""
        limit = -1 if self._limit is None else self._limit
        outcome, *found = await self._publish(
            args=[seen or "", f"{now:%Y-%m-%d}", limit, *pending.enqueued(now)]
        )
        if outcome == b"limit":
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            raise Refused(
                f"exceeded the daily message limit of {limit}",
                status=429,
                headers={
                    "RateLimit-Limit": str(limit),
                    "RateLimit-Remaining": "0",
                    "RateLimit-Reset": str(int(midnight.timestamp())),
                },
            )
        return found[0].decode(), outcome == b"seen"

    async def take(
        self, *, token: str, now: datetime, lease: timedelta, most: int
    ) -> tuple[list[Pending], datetime | None]:
        """Up to `most` messages that are due, under our lease, and when to ask again."""
        taken, following = await self._take(
            args=[millis(now), lease // timedelta(milliseconds=1), most, token]
        )
        return (
            [
                Pending(id=found.decode(), message=Message.decode(spec), body=body, retried=retried)
                for found, spec, body, retried in taken
            ],
            moment(float(following)) if following else None,
        )

    async def lease(self, ids: Sequence[str], *, token: str, until: datetime) -> None:
        """Move the end of our leases: onwards to keep them, to now to give the messages back."""
        await self._lease(args=[millis(until), token, *ids])

    async def settle(self, pending: Pending, settled: Settlement, *, token: str, now: datetime) -> bool:
        """Record what followed an attempt and store what it sets off; False if it was not ours any more."""
        fixed: list[str | bytes | int] = [pending.id, token, millis(now), settled.verdict, millis(settled.at)]
        dead = [settled.dead_id, json.dumps(settled.response)]
        stored = [argument for follower in settled.followers for argument in follower.enqueued(now)]
        args = [*fixed, *dead, len(settled.entries), *settled.entries, *stored]
        return bool(await self._settle(args=args))

    async def get(self, message_id: str) -> Pending | None:
        """A message that is not settled yet."""
        found = await self._redis.hmget(keys.MESSAGE + message_id, ["spec", "body", "retried"])
        spec, body, retried = found
        if spec is None:
            return None
        return Pending(id=message_id, message=Message.decode(spec), body=body, retried=int(retried))

    async def pending(self) -> AsyncIterator[Pending]:
        """Every message that is not settled yet, the soonest first."""
        for message_id in await self._redis.zrange(keys.DUE, 0, -1):
            if found := await self.get(message_id.decode()):
                yield found

    async def cancel(self, pending: Pending, *, now: datetime) -> bool:
        """Forget a message; False if it is settled already."""
        entry = write_entry(pending.id, pending.message, "CANCELLED", now)
        return bool(await self._cancel(args=[pending.id, millis(now), entry]))

    async def dead_letter(self, dead_id: str) -> DeadLetter | None:
        """A message that was given up."""
        found = await self._redis.hgetall(keys.DEAD + dead_id)
        if not found:
            return None
        return DeadLetter(
            id=dead_id,
            message_id=found[b"message_id"].decode(),
            message=Message.decode(found[b"spec"]),
            body=found[b"body"],
            response=json.loads(found[b"response"]),
        )

    async def dead_letters(self, *, after: str | None = None) -> AsyncIterator[DeadLetter]:
        """Every message that was given up, the latest first; their ids sort by time."""
        for raw in await self._redis.zrevrange(keys.DEAD_LETTERS, 0, -1):
            dead_id = raw.decode()
            if (after is None or dead_id < after) and (found := await self.dead_letter(dead_id)):
                yield found

    async def revive(self, dead: DeadLetter, message: Message, *, now: datetime) -> str | None:
        """Publish a dead letter again and remove it; the new message's id, or None if it was gone."""
        revived = Pending(id=new_id("msg", now), message=message, body=b"")
        message_id, spec, _, due, entry = revived.enqueued(now)
        done = await self._revive(args=[dead.id, message_id, spec, due, entry])
        return revived.id if done else None

    async def bury(self, dead_id: str) -> bool:
        """Delete a dead letter; False if there is none."""
        return bool(await self._bury(args=[dead_id]))
