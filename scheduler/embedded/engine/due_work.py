"""Time passes here: finds what is due, delivers it, settles it.

APScheduler only wakes the engine, at the earliest due time and on a slow beat for what other processes
publish into the same Redis; it holds no job per message. Due work is found in a sorted set, under leases.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import redis.asyncio
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.exceptions import RedisError

from scheduler.embedded.engine.deliver import attempt, open_session
from scheduler.embedded.engine.retry import judge
from scheduler.embedded.engine.settle import settle
from scheduler.embedded.storage.addresses import Addresses
from scheduler.embedded.storage.credentials import read_credentials
from scheduler.embedded.storage.journal import Journal, write_entry
from scheduler.embedded.storage.message import utc_now
from scheduler.embedded.storage.message_store import Pending, Store
from scheduler.embedded.storage.schedule_store import Schedules

log = logging.getLogger(__name__)


class Engine:
    """One per process; any number of processes may share a Redis."""

    def __init__(
        self,
        redis: redis.asyncio.Redis,
        store: Store,
        schedules: Schedules,
        addresses: Addresses,
        *,
        now: Callable[[], datetime],
        concurrency: int,
        lease: timedelta,
        heartbeat: timedelta,
        drain: timedelta,
    ) -> None:
        self._redis = redis
        self._store = store
        self._schedules = schedules
        self._addresses = addresses
        self._journal = Journal(redis)
        self._now = now
        self._concurrency = concurrency
        self._lease = lease
        self._heartbeat = heartbeat
        self._drain = drain
        self._token = secrets.token_hex(8)
        self._woken = asyncio.Event()
        self._in_flight: dict[asyncio.Task[None], str] = {}
        self._alarm: AsyncIOScheduler | None = None
        self._stopping = False
        self._stalled = False

    def wake(self) -> None:
        """Look for due work now."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block ends; what is under way then has `drain` to finish, and is given back."""
        async with open_session(self._concurrency) as session:
            self._alarm = AsyncIOScheduler(
                timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
            )
            self._alarm.add_job(self._ring, "interval", seconds=self._heartbeat.total_seconds())
            self._alarm.add_job(self._keep_leases, "interval", seconds=self._lease.total_seconds() / 3)
            # It tells of every wake-up at INFO, which is once a beat.
            logging.getLogger("apscheduler").setLevel(logging.WARNING)
            self._alarm.start()
            self._stopping = False
            worker = asyncio.create_task(self._work(session))
            self.wake()
            try:
                yield
            finally:
                self._stopping = True
                self.wake()
                await worker
                await self._finish()
                self._alarm.shutdown(wait=False)
                self._alarm = None

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while not self._stopping:
            try:
                self._set_alarm(await self._start_due(session))
            except RedisError as exc:
                # It may be away for a while; the next beat asks again.
                self._stall(exc)
            except Exception:
                log.exception("qstash.failed")
            else:
                self._resume()
            await self._woken.wait()
            self._woken.clear()

    async def _start_due(self, session: aiohttp.ClientSession) -> datetime | None:
        """Start what is due as far as there is room; when to look again, if known."""
        while not self._stopping and (room := self._concurrency - len(self._in_flight)) > 0:
            now = self._now()
            next_firing = await self._schedules.fire_due(now)
            taken, next_due = await self._store.take(token=self._token, now=now, lease=self._lease, most=room)
            self._start(session, taken)
            if next_due is None or next_due > now:
                return min(filter(None, (next_firing, next_due)), default=None)
        return None

    def _start(self, session: aiohttp.ClientSession, taken: list[Pending]) -> None:
        for pending in taken:
            task = asyncio.create_task(self._deliver(session, pending))
            self._in_flight[task] = pending.id
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._in_flight[task]
        self.wake()

    async def _deliver(self, session: aiohttp.ClientSession, pending: Pending) -> None:
        message = pending.message
        try:
            await self._journal.note([write_entry(pending.id, message, "ACTIVE", self._now())])
            credentials = await read_credentials(self._redis)
            sent = replace(pending, message=await self._addresses.present(message))
            response = await attempt(session, sent, key=credentials.current, now=self._now())
            now = self._now()
            verdict = judge(
                response,
                retried=pending.retried,
                retries=message.retries,
                retry_delay=message.retry_delay,
                now=now,
            )
            settlement = settle(pending, response, verdict, now)
            ours = await self._store.settle(pending, settlement, token=self._token, now=now)
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
            await self._store.lease(
                list(self._in_flight.values()), token=self._token, until=self._now() + self._lease
            )
        except RedisError as exc:
            self._stall(exc)

    def _stall(self, exc: RedisError) -> None:
        """Say it once for all the beats that pass until Redis is back."""
        if not self._stalled:
            self._stalled = True
            log.error("qstash.stalled: %s", exc)

    def _resume(self) -> None:
        if self._stalled:
            self._stalled = False
            log.warning("qstash.resumed")

    async def _ring(self) -> None:
        # A coroutine, because APScheduler calls plain functions in another thread.
        self.wake()

    def _set_alarm(self, following: datetime | None) -> None:
        if self._alarm and following:
            wait = max(following - self._now(), timedelta())
            self._alarm.add_job(
                self._ring, "date", run_date=utc_now() + wait, id="due", replace_existing=True
            )

    async def _finish(self) -> None:
        if not self._in_flight:
            return
        _, late = await asyncio.wait(self._in_flight, timeout=self._drain.total_seconds())
        unfinished = [self._in_flight[task] for task in late]
        # A cancellation that meets the Redis client at the wrong moment is lost, hence again and again.
        while late:
            for task in late:
                task.cancel()
            _, late = await asyncio.wait(late, timeout=0.5)
        if unfinished:
            await self._store.lease(unfinished, token=self._token, until=self._now())
