"""Where the app that hosts this QStash is reached, through all the addresses it has had.

Destinations are kept as they were given. An app on a laptop comes back on another port, though, and two may
share one Redis: what is meant for an address that was ever the app's is therefore delivered to, and signed
for, the one that the delivering process has now, and schedules are shown with it. Nothing else is translated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import redis.asyncio

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.message import Message


class Addresses:
    """`own` is the host's address, without a query; None if its host takes no deliveries."""

    def __init__(self, redis: redis.asyncio.Redis, own: str | None) -> None:
        self._redis: Any = redis  # typed for clients that decode and that do not
        self._own = own

    async def register(self) -> None:
        """From now on, every process takes what is meant for our address for its own."""
        if self._own is not None:
            await self._redis.sadd(keys.ADDRESSES, self._own)

    async def present(self, message: Message) -> Message:
        """The message with its destination, and whoever is told of it, at our address."""
        if self._own is None:
            return message
        former = [each.decode() for each in await self._redis.smembers(keys.ADDRESSES)]
        callback, failure = message.callback, message.failure_callback
        return replace(
            message,
            url=moved(message.url, former, self._own),
            callback=callback and replace(callback, url=moved(callback.url, former, self._own)),
            failure_callback=failure and replace(failure, url=moved(failure.url, former, self._own)),
        )


def moved(url: str, former: Iterable[str], own: str) -> str:
    """`url`, or what it is now if it is one of the `former` addresses or below one."""
    for each in former:
        rest = url.removeprefix(each)
        if rest != url and (not rest or rest[0] in "/?"):
            return own + rest
    return url
