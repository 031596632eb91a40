"""Dead letters in Redis: messages that were given up, kept for a week."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.embedded.storage import keys
from scheduler.embedded.storage import message_scripts as scripts
from scheduler.embedded.storage.clock import new_id
from scheduler.embedded.storage.describe import describe_message
from scheduler.embedded.storage.message import Message
from scheduler.embedded.storage.message_store import Pending
from scheduler.embedded.storage.scripts import run_script


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


@dataclass(frozen=True, kw_only=True)
class DeadLetterStore:
    """The redis client must not decode replies: bodies are bytes."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not

    async def find_letter(self, dead_id: str) -> DeadLetter | None:
        """A message that was given up."""
        found = await self.redis.hgetall(keys.DEAD + dead_id)
        if not found:
            return None
        return DeadLetter(
            id=dead_id,
            message_id=found[b"message_id"].decode(),
            message=Message.decode(found[b"spec"]),
            body=found[b"body"],
            response=json.loads(found[b"response"]),
        )

    async def letters_after(self, cursor: str | None) -> AsyncIterator[DeadLetter]:
        """Every message that was given up, the latest first; their ids sort by time."""
        for raw in await self.redis.zrevrange(keys.DEAD_LETTERS, 0, -1):
            dead_id = raw.decode()
            if (cursor is None or dead_id < cursor) and (found := await self.find_letter(dead_id)):
                yield found

    async def revive_letter(self, letter: DeadLetter, message: Message, *, now: datetime) -> str | None:
        """Publish a dead letter again and remove it; the new message's id, or None if it was gone."""
        revived = Pending(id=new_id("msg", now), message=message, body=letter.body)
        call = scripts.ReviveLetter(
            dead_id=letter.id,
            message_id=revived.id,
            spec=message.encode(),
            due=revived.due,
            entry=revived.write_created(now),
        )
        return revived.id if await run_script(self.redis, call) else None

    async def delete_letter(self, dead_id: str) -> bool:
        """False if there is none."""
        return bool(await run_script(self.redis, scripts.DeleteLetter(dead_id=dead_id)))
