"""An embedded QStash that serves and delivers, with its real clients, under a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from qstash import AsyncQStash, QStash
from qstash.message import PublishResponse
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import Mount

from scheduler.embedded import Credentials, EmbeddedQStash, load_credentials
from tests.stand_ins.serve import serve


@dataclass
class Clock:
    """The time; it stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        """Let time pass; the engine notices at its next beat."""
        self.now += timedelta(**duration)


@dataclass(frozen=True, kw_only=True)
class Running:
    """Its address, and the credentials to ask it with."""

    url: str
    credentials: Credentials
    clock: Clock
    client: AsyncQStash
    http: httpx.AsyncClient
    qstash: EmbeddedQStash

    async def publish(self, **options: Any) -> PublishResponse:
        """Publish to one URL, so that one response comes back."""
        published = await self.client.message.publish(**options)
        assert isinstance(published, PublishResponse)
        return published

    def sync_client(self) -> QStash:
        """The blocking client, for a thread."""
        return QStash(self.credentials.token, retry=False, base_url=self.url)


@asynccontextmanager
async def run_qstash(
    redis: Redis, clock: Clock | None = None, *, deliver: bool = True, **settings: Any
) -> AsyncIterator[Running]:
    """Mounted at /qstash, as the application does it."""
    credentials = await load_credentials(redis)
    clock = clock or Clock()
    settings = {"heartbeat": timedelta(seconds=0.02), "drain": timedelta(seconds=0), **settings}
    qstash = EmbeddedQStash(redis, credentials, now=clock, **settings)
    async with serve(Starlette(routes=[Mount("/qstash", app=qstash.app)])) as base:
        url = f"{base}/qstash"
        client = AsyncQStash(credentials.token, retry=False, base_url=url)
        headers = {"Authorization": f"Bearer {credentials.token}"}
        async with client.http._client, httpx.AsyncClient(base_url=url, headers=headers) as http:  # noqa: SLF001 - the SDK has no close()
            running = Running(
                url=url, credentials=credentials, clock=clock, client=client, http=http, qstash=qstash
            )
            if not deliver:
                yield running
                return
            async with qstash.running():
                yield running
