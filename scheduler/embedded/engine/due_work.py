"""Time passes here: finds what is due, publishes slots, has messages delivered.

APScheduler only wakes the engine, at the earliest due time and on a slow beat for messages that other
processes publish into the same Redis; it holds no job per message or schedule. Due work is found in sorted
sets, under leases. Whatever is due together is worked off in turns, a batch of slots and then a batch of
deliveries, so that the first ones leave at once and the event loop is never kept for long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.exceptions import RedisError

from scheduler.embedded.engine.deliver import open_session
from scheduler.embedded.engine.deliveries import Deliveries
from scheduler.embedded.storage import (
    Addresses,
    Credentials,
    Firing,
    Journal,
    MessageStore,
    utc_now,
)

log = logging.getLogger(__name__)

_BATCH: Final = 25
"""Slots that are published in one turn."""
_RINGS: Final = 1_000
"""Rings of the alarm that may be under way: of two at once, APScheduler would leave one out."""


@dataclass(kw_only=True)
class Engine:
    """One per process; any number of processes may share a Redis."""

    messages: MessageStore
    firing: Firing
    addresses: Addresses
    journal: Journal
    read_credentials: Callable[[], Awaitable[Credentials]]
    now: Callable[[], datetime]
    concurrency: int
    lease: timedelta
    heartbeat: timedelta
    drain: timedelta
    _deliveries: Deliveries = field(init=False)
    _woken: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _alarm: AsyncIOScheduler | None = field(init=False, default=None)
    _stopping: bool = field(init=False, default=False)
    _stalled: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._deliveries = Deliveries(
            messages=self.messages,
            addresses=self.addresses,
            journal=self.journal,
            read_credentials=self.read_credentials,
            now=self.now,
            wake=self.wake,
            lanes=self.concurrency,
            lease=self.lease,
        )

    def wake(self) -> None:
        """Look for due work now."""
        self._woken.set()

    def wake_for(self, moment: datetime) -> None:
        """Look for due work now if something is due before the next beats would find it."""
        if moment - self.now() <= 2 * self.heartbeat:
            self.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block ends; what is under way then has `drain` to finish, and is given back."""
        async with open_session(self.concurrency) as session:
            self._alarm = AsyncIOScheduler(
                timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
            )
            self._alarm.add_job(self._ring_alarm, "interval", seconds=self.heartbeat.total_seconds())
            self._alarm.add_job(self._keep_leases, "interval", seconds=self.lease.total_seconds() / 3)
            # It tells of every wake-up at INFO, which is once a beat.
            logging.getLogger("apscheduler").setLevel(logging.WARNING)
            self._alarm.start()
            self._stopping = False
            worker = asyncio.create_task(self._work_until_stopped(session))
            self.wake()
            try:
                yield
            finally:
                self._stopping = True
                self.wake()
                await worker
                await self._deliveries.finish(self.drain)
                self._alarm.shutdown(wait=False)
                self._alarm = None

    async def _work_until_stopped(self, session: aiohttp.ClientSession) -> None:
        while not self._stopping:
            try:
                self._set_alarm(await self._work_off(session))
            except RedisError as exc:
                # It may be away for a while; the next beat asks again.
                self._report_stall(exc)
            except Exception:
                log.exception("qstash.failed")
            else:
                self._report_recovery()
            await self._woken.wait()
            self._woken.clear()

    async def _work_off(self, session: aiohttp.ClientSession) -> datetime | None:
        """Work off what is due, in turns; the moment to look again, if known.

        Slots are published even if no delivery can begin: they must not get too old meanwhile.
        """
        while not self._stopping:
            more_slots, next_firing = await self.firing.fire_due(self.now(), most=_BATCH)
            more_messages, next_due = await self._deliveries.start_due(session)
            if not (more_slots or more_messages):
                return min(filter(None, (next_firing, next_due)), default=None)
        return None

    async def _keep_leases(self) -> None:
        try:
            await self._deliveries.keep_leases()
        except RedisError as exc:
            self._report_stall(exc)

    def _report_stall(self, exc: RedisError) -> None:
        """Say it once for all the beats that pass until Redis is back."""
        if not self._stalled:
            self._stalled = True
            log.error("qstash.stalled: %s", exc)

    def _report_recovery(self) -> None:
        if self._stalled:
            self._stalled = False
            log.warning("qstash.resumed")

    async def _ring_alarm(self) -> None:
        # A coroutine, because APScheduler calls plain functions in another thread.
        self.wake()

    def _set_alarm(self, next_look: datetime | None) -> None:
        if self._alarm and next_look:
            wait = max(next_look - self.now(), timedelta())
            self._alarm.add_job(
                self._ring_alarm,
                "date",
                run_date=utc_now() + wait,
                id="due",
                replace_existing=True,
                max_instances=_RINGS,
            )
