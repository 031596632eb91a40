"""The addresses of the app that hosts this QStash: the one it has, and all it has had.

Destinations are kept as they were given. An app on a laptop comes back on another port, though, and two may
share one Redis: a message for an address that was ever the app's is therefore delivered to, and signed
for, the one that the delivering process has now, and schedules are shown with it. Nothing else is translated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.message import Message


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """`own` is the host's address, without a query; None if its host takes no deliveries."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not
    own: str | None

    async def remember_own(self) -> None:
        """From now on, every process takes a message for our address for its own."""
        if self.own is not None:
            await self.redis.sadd(keys.ADDRESSES, self.own)

    async def readdress(self, message: Message) -> Message:
        """The message with its destination, and those of its callbacks, at our address."""
        own = self.own
        if own is None:
            return message
        former = [address.decode() for address in await self.redis.smembers(keys.ADDRESSES)]
        callback, failure = message.callback, message.failure_callback
        return replace(
            message,
            url=move_url(message.url, former, own),
            callback=callback and replace(callback, url=move_url(callback.url, former, own)),
            failure_callback=failure and replace(failure, url=move_url(failure.url, former, own)),
        )


def move_url(url: str, former: Iterable[str], own: str) -> str:
    """`url`, or its successor if it is one of the `former` addresses or below one."""
    for address in former:
        rest = url.removeprefix(address)
        if rest != url and (not rest or rest[0] in "/?"):
            return own + rest
    return url
