"""One real Valkey for the whole run, which each test finds empty; and no test is against the clock."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import certifi
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from redis.asyncio import BlockingConnectionPool, Redis, UnixDomainSocketConnection

from scheduler.embedded import run_valkey
from tests.examples import examples

# A busy one is slow, not wrong.
settings.register_profile(
    "any machine",
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")

# Files that take longest for their number of tests. They begin first, so that none is left running alone.
LONG = (
    "tests/bot/runs/test_crash.py",
    "tests/bot/model/test_demo.py",
    "tests/chaos/",
    "tests/test_lost_work.py",
    "tests/test_survival.py",
    "tests/browser/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a server, a browser or a child process."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One authority to trust: each HTTP client reads them anew, all in 40 ms, and no test needs them."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    path = tmp_path_factory.mktemp("authorities") / "first.pem"
    path.write_text(first + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_socket() -> AsyncIterator[Path]:
    """The path of a Unix socket: a value, so that tests with loops of their own can share the server."""
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        async with run_valkey(Path(folder)) as socket:
            yield socket


@pytest_asyncio.fixture
async def redis_raw(valkey_socket: Path) -> AsyncIterator[Redis]:
    """A client of an empty Redis."""
    pool = BlockingConnectionPool(connection_class=UnixDomainSocketConnection, path=str(valkey_socket))
    async with Redis.from_pool(pool) as client:
        await client.flushall()
        yield client
