"""`python -m tests.benchmarks.reconcile`: a pass over many schedules of which QStash and the records agree.

The embedded QStash answers in the same process, so its part of each stall counts as well.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import redis.asyncio

from bot.errors import NotInstalled
from bot.housekeeping import Reconcile, SubscriptionCheck, WatchList
from bot.housekeeping.watchdog import slot_job
from bot.schedules import Schedule, ScheduleStore
from bot.storage import CountedRedis, socket_redis
from bot.subscriptions import SubscriptionStore
from scheduler import Publisher
from scheduler.embedded import EmbeddedQStash, load_credentials, run_valkey
from tests.benchmarks import report
from tests.benchmarks.embedded import Stall, resident, stall_of
from tests.benchmarks.load import at_once
from tests.stand_ins.serve import serve

_LONGEST = 300  # seconds
_NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
_URL = "https://bot.example/api/announce"


class Nobody:
    """Workspaces of which none is installed, so that Slack is not asked."""

    async def slack_of(self, team: str) -> Any:
        raise NotInstalled(team)


async def add_schedule(number: int, store: ScheduleStore, publisher: Publisher) -> None:
    """In the book and at QStash, an hour old."""
    record = Schedule(
        id=f"s-{number:06}",
        team="T1",
        channel=f"C{number % 100}",
        user="U1",
        query="What has changed since yesterday, and what should the team look at first?",
        zone="Europe/Berlin",
        cron="0 9 * * *",
        created=_NOON - timedelta(hours=1),
        state="active",
        revision=0,
    )
    added = await store.add_record(record, now=_NOON)
    assert isinstance(added, Schedule)
    active = await store.change_record(added, replace(added, state="active"))
    assert isinstance(active, Schedule)
    await publisher.put_schedule(slot_job(active, now=_NOON), str(active.when))


async def measure_pass(reconcile: Reconcile, counted: CountedRedis, number: int) -> None:
    stall = Stall()
    watching = asyncio.create_task(stall.watch())
    requests, memory, began, cpu = counted.requests, resident(), time.perf_counter(), time.process_time()
    await reconcile.make_agree()
    watching.cancel()
    asked = counted.requests - requests
    rows = {
        "Redis requests": f"{asked:,}, {asked / number:.3f} a schedule",
        "time": f"{time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} s of CPU",
        "longest stall": stall_of(stall.take()),
        "memory": f"{resident() - memory:+.0f} MB",
    }
    for name, found in rows.items():
        print(f"| a pass over {number:,}: {name} | {found} |", flush=True)


async def run(number: int) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(_LONGEST))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        socket = await stack.enter_async_context(run_valkey(folder))
        counted = await stack.enter_async_context(socket_redis(f"unix://{socket}"))
        pool = redis.asyncio.BlockingConnectionPool.from_url(f"unix://{socket}", max_connections=32)
        stack.push_async_callback(pool.aclose)
        client: Any = redis.asyncio.Redis(connection_pool=pool)
        credentials = await load_credentials(client)
        qstash = EmbeddedQStash(client, credentials, now=lambda: _NOON)
        url = await stack.enter_async_context(serve(qstash.app))
        publisher = await stack.enter_async_context(
            Publisher.connect(token=credentials.token, base_url=url, announce_url=_URL)
        )
        store = ScheduleStore(redis=counted)
        await at_once(lambda n: add_schedule(n, store, publisher), range(number), concurrency=24)
        gc.collect()
        gc.freeze()  # as the app does, once it has started
        reconcile = Reconcile(
            schedule_store=store,
            watch_list=WatchList(redis=counted),
            publisher=publisher,
            upkeep=cast("Any", None),  # where all agrees, nothing is published
            events=cast("Any", None),
            subscription_check=SubscriptionCheck(
                subscriptions=cast("Any", None),
                subscription_store=SubscriptionStore(redis=counted),
                schedule_store=store,
                publisher=publisher,
                workspaces=cast("Any", Nobody()),
                now=lambda: _NOON,
            ),
            workspaces=cast("Any", Nobody()),
            now=lambda: _NOON,
        )
        await measure_pass(reconcile, counted, number)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reconcile", description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    print(f"{report.machine()}\n\n| reconcile | measured |\n| --- | --- |")
    asyncio.run(run(options.schedules))


if __name__ == "__main__":
    main()
