"""A contest as a whole: everything is opened, warmed up, played in turns, and closed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from tests.benchmarks.contest.cases import STORED
from tests.benchmarks.contest.contestants import LOAD, Contestant, open_precache, open_rivals
from tests.benchmarks.contest.services import open_services
from tests.benchmarks.contest.turns import Warmth, warm_up
from tests.benchmarks.processes import keep_to_core


@asynccontextmanager
async def open_http() -> AsyncIterator[aiohttp.ClientSession]:
    # Uvicorn ends a connection after five idle seconds: never begin a request in that moment.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(30)) as http:
        yield http


@asynccontextmanager
async def open_contest() -> AsyncIterator[list[Contestant]]:
    """All contestants, warm."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        stack.enter_context(keep_to_core(LOAD))
        http = await stack.enter_async_context(open_http())
        services = await stack.enter_async_context(open_services(folder / "valkey", http=http))
        slot = datetime.now(UTC).replace(second=0, microsecond=0)
        await services.store_answers(range(STORED))
        contestants = [
            *await stack.enter_async_context(open_precache(services, folder, slot=slot)),
            *await stack.enter_async_context(open_rivals(services, slot=slot)),
        ]
        for contestant in contestants:
            await warm_up(contestant, Warmth())
            print(f"{contestant.name} is up", file=sys.stderr, flush=True)
        yield contestants
