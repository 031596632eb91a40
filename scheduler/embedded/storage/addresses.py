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

    async def read_moves(self) -> Moves:
        """The moves to our address that are known by now."""
        if self.own is None:
            return Moves(own=None, former=())
        return Moves(
            own=self.own,
            former=tuple(address.decode() for address in await self.redis.smembers(keys.ADDRESSES)),
        )


@dataclass(frozen=True, kw_only=True)
class Moves:
    """The `former` addresses of an app, and the one that it has now; None if it takes no deliveries."""

    own: str | None
    former: tuple[str, ...]

    def readdress(self, message: Message) -> Message:
        """The message with its destination, and those of its callbacks, at our address."""
        if (own := self.own) is None:
            return message
        callback, failure = message.callback, message.failure_callback
        return replace(
            message,
            url=move_url(message.url, self.former, own),
            callback=callback and replace(callback, url=move_url(callback.url, self.former, own)),
            failure_callback=failure and replace(failure, url=move_url(failure.url, self.former, own)),
        )


def move_url(url: str, former: Iterable[str], own: str) -> str:
    """`url`, or its successor if it is one of the `former` addresses or below one."""
    for address in former:
        rest = url.removeprefix(address)
        if rest != url and (not rest or rest[0] in "/?"):
            return own + rest
    return url
