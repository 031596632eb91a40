"""QStash on this machine: the same HTTP API, durable in Redis, for the unmodified SDK and `Receiver`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import redis.asyncio
from starlette.applications import Starlette

from scheduler.embedded.api.app import Api
from scheduler.embedded.engine.due_work import Engine
from scheduler.embedded.storage.addresses import Addresses
from scheduler.embedded.storage.credentials import Credentials, keep_credentials
from scheduler.embedded.storage.message import utc_now
from scheduler.embedded.storage.message_store import Store
from scheduler.embedded.storage.schedule_store import Schedules


class EmbeddedQStash:
    """`app` takes messages, `running` delivers them; either may run without the other, on one Redis."""

    app: Starlette

    def __init__(
        self,
        redis: redis.asyncio.Redis,
        credentials: Credentials,
        *,
        own_url: str | None = None,
        now: Callable[[], datetime] = utc_now,
        concurrency: int = 50,
        largest_message: int = 1_048_576,
        max_schedules: int | None = None,
        max_messages_per_day: int | None = None,
        lease: timedelta = timedelta(seconds=15),
        heartbeat: timedelta = timedelta(seconds=1),
        drain: timedelta = timedelta(seconds=5),
    ) -> None:
        """`redis` must not decode replies. A process that dies delays what it was delivering by a `lease`.

        `own_url` is where the app around it takes deliveries; see `addresses` for when it changes.
        """
        self._redis = redis
        self._credentials = credentials
        store = Store(redis, max_messages_per_day=max_messages_per_day)
        schedules = Schedules(redis, max_schedules=max_schedules)
        self._addresses = Addresses(redis, own_url)
        self._engine = Engine(
            redis,
            store,
            schedules,
            self._addresses,
            now=now,
            concurrency=concurrency,
            lease=lease,
            heartbeat=heartbeat,
            drain=drain,
        )
        self.app = Api(
            redis=redis,
            store=store,
            schedules=schedules,
            addresses=self._addresses,
            credentials=credentials,
            largest_message=largest_message,
            now=now,
            wake=self._engine.wake,
        ).build()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block ends; what is under way then has a moment to finish."""
        await keep_credentials(self._redis, self._credentials)
        await self._addresses.register()
        async with self._engine.running():
            yield
