"""Deliveries under way in this process: as many as it has lanes, and never all of them for one group.

Deliveries may wait for minutes, for their destination has its own limits to keep. So there are many lanes, a
group of messages has at most its share of them, and a lane that gets free goes to the group with the fewest.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import aiohttp
from redis.exceptions import RedisError

from scheduler.embedded.engine.deliver import deliver_once
from scheduler.embedded.engine.retry import judge_attempt
from scheduler.embedded.engine.settle import settle_attempt
from scheduler.embedded.storage import (
    Addresses,
    Credentials,
    Journal,
    MessageStore,
    Moves,
    Pending,
    Wanted,
    write_entry,
)

log = logging.getLogger(__name__)

_BATCH: Final = 8
"""Deliveries that are begun together: that many requests keep the event loop for a few milliseconds."""


@dataclass(kw_only=True)
class Deliveries:
    """Each message is taken under a lease, sent, judged and settled."""

    messages: MessageStore
    addresses: Addresses
    journal: Journal
    read_credentials: Callable[[], Awaitable[Credentials]]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    """Asks for another look at what is due, because a lane is free."""
    lanes: int
    lease: timedelta
    _token: str = field(init=False, repr=False, default_factory=lambda: secrets.token_hex(8))
    _under_way: dict[asyncio.Task[None], Pending] = field(init=False, default_factory=dict)

    @property
    def share(self) -> int:
        """The most lanes for one group: a quarter, and all of a few."""
        return max(self.lanes // 4, min(self.lanes, 16))

    async def start_due(self, session: aiohttp.ClientSession) -> tuple[bool, datetime | None]:
        """Begin a batch of what is due; true if there may be more, and else the moment to ask again."""
        wanted = Wanted(
            most=min(self.lanes - len(self._under_way), _BATCH),
            share=self.share,
            under_way=Counter(pending.group for pending in self._under_way.values()),
        )
        taken, again, next_due = await self.messages.take_due(
            wanted, token=self._token, now=self.now(), lease=self.lease
        )
        if taken:
            await self._start_batch(session, taken)
        return again, next_due

    async def _start_batch(self, session: aiohttp.ClientSession, taken: list[Pending]) -> None:
        now = self.now()
        await self.journal.append_entries(
            [write_entry(pending.id, pending.message, "ACTIVE", now) for pending in taken]
        )
        key, moves = (await self.read_credentials()).current, await self.addresses.read_moves()
        for pending in taken:
            task = asyncio.create_task(self._deliver_message(session, pending, key=key, moves=moves))
            self._under_way[task] = pending
            task.add_done_callback(self._free_lane)

    def _free_lane(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self.wake()

    async def _deliver_message(
        self, session: aiohttp.ClientSession, pending: Pending, *, key: str, moves: Moves
    ) -> None:
        message = pending.message
        try:
            sent = replace(pending, message=moves.readdress(message))
            response = await deliver_once(session, sent, key=key, now=self.now())
            now = self.now()
            verdict = judge_attempt(
                response,
                retried=pending.retried,
                retries=message.retries,
                retry_delay=message.retry_delay,
                now=now,
            )
            settlement = settle_attempt(pending, response, verdict, now)
            ours = await self.messages.settle_message(pending, settlement, token=self._token, now=now)
        except RedisError as exc:
            # Its lease runs out and someone tries again.
            log.warning("qstash.unsettled message=%s: %s", pending.id, exc)
        except Exception:
            # The same; the engine must outlive any one message.
            log.exception("qstash.unsettled message=%s", pending.id)
        else:
            log.info(
                "qstash.attempted message=%s status=%d verdict=%s ours=%s",
                *(pending.id, response.status, settlement.verdict, ours),
            )

    async def keep_leases(self) -> None:
        """Move the end of every lease, so that no other process takes what is under way here."""
        if self._under_way:
            await self._move_leases(list(self._under_way.values()), self.now() + self.lease)

    async def finish(self, drain: timedelta) -> None:
        """Let what is under way end within `drain`, and give back the rest."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=drain.total_seconds())
        unfinished = [self._under_way[task] for task in late]
        # A cancellation that meets the Redis client at the wrong moment is lost, hence again and again.
        while late:
            for task in late:
                task.cancel()
            _, late = await asyncio.wait(late, timeout=0.5)
        if unfinished:
            await self._move_leases(unfinished, self.now())

    async def _move_leases(self, pending: list[Pending], lease_end: datetime) -> None:
        ids = [message.id for message in pending]
        await self.messages.move_leases(ids, token=self._token, lease_end=lease_end)
