"""QStash on this machine: the same HTTP API, durable in Redis, for the unmodified SDK and `Receiver`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import anyio.lowlevel
import redis.asyncio
from starlette.applications import Starlette

from scheduler.embedded.api import (
    DeadLetterEndpoints,
    FlowControlEndpoints,
    LogEndpoints,
    MessageEndpoints,
    ScheduleEndpoints,
    SigningKeyEndpoints,
    build_api,
)
from scheduler.embedded.engine import Engine, count_lanes
from scheduler.embedded.storage import (
    Addresses,
    Credentials,
    DeadLetterStore,
    Firing,
    FlowControl,
    Journal,
    MessageStore,
    ScheduleStore,
    keep_credentials,
    read_credentials,
    rotate_keys,
    utc_now,
)


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
        concurrency: int | None = None,
        largest_message: int = 1_048_576,
        max_schedules: int | None = None,
        max_messages_per_day: int | None = None,
        lease: timedelta = timedelta(seconds=15),
        heartbeat: timedelta = timedelta(seconds=1),
        drain: timedelta = timedelta(seconds=5),
    ) -> None:
        """`redis` must not decode replies. A process that dies delays what it was delivering by a `lease`.

        `concurrency` is how many deliveries may wait for their answers at once; if not given, as many as
        the process may have sockets open for.

        `own_url` is where the app around it takes deliveries; see `addresses` for when it changes.
        """
        messages = MessageStore(redis=redis, max_messages_per_day=max_messages_per_day)
        schedules = ScheduleStore(redis=redis, max_schedules=max_schedules)
        self._addresses = Addresses(redis=redis, own=own_url)
        self._keep_credentials = partial(keep_credentials, redis, credentials)
        self._engine = Engine(
            messages=messages,
            firing=Firing(redis=redis),
            addresses=self._addresses,
            journal=Journal(redis=redis),
            read_credentials=partial(read_credentials, redis),
            now=now,
            concurrency=count_lanes() if concurrency is None else concurrency,
            lease=lease,
            heartbeat=heartbeat,
            drain=drain,
        )
        wake = self._engine.wake
        endpoints = (
            MessageEndpoints(messages=messages, largest_message=largest_message, now=now, wake=wake),
            ScheduleEndpoints(
                schedules=schedules,
                addresses=self._addresses,
                largest_message=largest_message,
                now=now,
                wake=wake,
                wake_for=self._engine.wake_for,
            ),
            DeadLetterEndpoints(letters=DeadLetterStore(redis=redis), now=now, wake=wake),
            LogEndpoints(journal=Journal(redis=redis)),
            SigningKeyEndpoints(
                read_credentials=self._keep_credentials, rotate_keys=partial(rotate_keys, redis)
            ),
            FlowControlEndpoints(flows=FlowControl(redis=redis, messages=messages), now=now),
        )
        routes = [route for served in endpoints for route in served.routes()]
        self.app = build_api(routes, token=credentials.token)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver until the block ends; deliveries under way then have a moment to finish."""
        await (
            anyio.lowlevel.checkpoint()
        )  # loads its backend, which would stop the event loop at the first list
        await self._keep_credentials()
        await self._addresses.remember_own()
        async with self._engine.running():
            yield
