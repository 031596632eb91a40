"""Time passes here: finds what is due, delivers it, settles it.

APScheduler only wakes the engine, at the earliest due time and on a slow beat for messages that other
processes publish into the same Redis; it holds no job per message. Due work is found in a sorted set,
under leases.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import aiohttp
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.exceptions import RedisError

from scheduler.embedded.engine.deliver import deliver_once, open_session
from scheduler.embedded.engine.retry import judge_attempt
from scheduler.embedded.engine.settle import settle_attempt
from scheduler.embedded.storage import (
    Addresses,
    Credentials,
    Journal,
    MessageStore,
    Pending,
    ScheduleStore,
    utc_now,
    write_entry,
)

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Engine:
    """One per process; any number of processes may share a Redis."""

    messages: MessageStore
    schedules: ScheduleStore
    addresses: Addresses
    journal: Journal
    read_credentials: Callable[[], Awaitable[Credentials]]
    now: Callable[[], datetime]
    concurrency: int
    lease: timedelta
    heartbeat: timedelta
    drain: timedelta
    _token: str = field(init=False, repr=False, default_factory=lambda: secrets.token_hex(8))
    _woken: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _in_flight: dict[asyncio.Task[None], str] = field(init=False, default_factory=dict)
    _alarm: AsyncIOScheduler | None = field(init=False, default=None)
    _stopping: bool = field(init=False, default=False)
    _stalled: bool = field(init=False, default=False)

    def wake(self) -> None:
        """Look for due work now."""
        self._woken.set()

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
                await self._finish_deliveries()
                self._alarm.shutdown(wait=False)
                self._alarm = None

    async def _work_until_stopped(self, session: aiohttp.ClientSession) -> None:
        while not self._stopping:
            try:
                self._set_alarm(await self._start_due(session))
            except RedisError as exc:
                # It may be away for a while; the next beat asks again.
                self._report_stall(exc)
            except Exception:
                log.exception("qstash.failed")
            else:
                self._report_recovery()
            await self._woken.wait()
            self._woken.clear()

    async def _start_due(self, session: aiohttp.ClientSession) -> datetime | None:
        """Start what is due as far as there is room; the moment to look again, if known."""
        while not self._stopping and (room := self.concurrency - len(self._in_flight)) > 0:
            now = self.now()
            next_firing = await self.schedules.fire_due(now)
            taken, next_due = await self.messages.take_due(
                token=self._token, now=now, lease=self.lease, most=room
            )
            self._start_deliveries(session, taken)
            if next_due is None or next_due > now:
                return min(filter(None, (next_firing, next_due)), default=None)
        return None

    def _start_deliveries(self, session: aiohttp.ClientSession, taken: list[Pending]) -> None:
        for pending in taken:
            task = asyncio.create_task(self._deliver_message(session, pending))
            self._in_flight[task] = pending.id
            task.add_done_callback(self._drop_finished)

    def _drop_finished(self, task: asyncio.Task[None]) -> None:
        del self._in_flight[task]
        self.wake()

    async def _deliver_message(self, session: aiohttp.ClientSession, pending: Pending) -> None:
        message = pending.message
        try:
            await self.journal.append_entries([write_entry(pending.id, message, "ACTIVE", self.now())])
            credentials = await self.read_credentials()
            sent = replace(pending, message=await self.addresses.readdress(message))
            response = await deliver_once(session, sent, key=credentials.current, now=self.now())
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

    async def _keep_leases(self) -> None:
        if not self._in_flight:
            return
        try:
            await self.messages.move_leases(
                list(self._in_flight.values()), token=self._token, lease_end=self.now() + self.lease
            )
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
                self._ring_alarm, "date", run_date=utc_now() + wait, id="due", replace_existing=True
            )

    async def _finish_deliveries(self) -> None:
        if not self._in_flight:
            return
        _, late = await asyncio.wait(self._in_flight, timeout=self.drain.total_seconds())
        unfinished = [self._in_flight[task] for task in late]
        # A cancellation that meets the Redis client at the wrong moment is lost, hence again and again.
        while late:
            for task in late:
                task.cancel()
            _, late = await asyncio.wait(late, timeout=0.5)
        if unfinished:
            await self.messages.move_leases(unfinished, token=self._token, lease_end=self.now())
