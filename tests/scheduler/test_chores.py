"""However many copies there are, a chore is done by one at a time, and none waits for one that died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.errors import RedisUnavailable
from bot.storage import chore_key
from bot.storage.client import CountedRedis, socket_redis
from scheduler import Chore, Housekeeping
from scheduler.errors import Unreachable
from tests.waiting import wait_until

LOCK = chore_key("sweeping")
HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=30)


@dataclass(kw_only=True)
class Work:
    """Work to be done, which a test lets go on when it wants to."""

    begun: int = 0
    done: int = 0
    error: Exception | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.begun += 1
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        self.done += 1


@pytest.fixture
def work() -> Work:
    return Work()


@pytest_asyncio.fixture
async def redis(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[CountedRedis]:
    async with socket_redis(f"unix://{valkey_socket}") as client:
        yield client


def sweeping(
    work: Work, *, every: timedelta = HOUR, within: timedelta = HOUR, first: timedelta = HOUR
) -> Chore:
    return Chore(name="sweeping", work=work, every=every, within=within, first=first)


def copy(redis: CountedRedis, *chores: Chore) -> Housekeeping:
    """One copy of the process."""
    return Housekeeping(redis, chores, lock_key=chore_key, outages=(RedisUnavailable,))


async def test_of_copies_that_come_at_once_one_does_it(redis: CountedRedis, work: Work) -> None:
    chore = sweeping(work)
    copies = [asyncio.create_task(copy(redis).do_chore(chore)) for _ in range(5)]
    await wait_until(lambda: sum(copy.done() for copy in copies) == 4, "the others have turned away")
    assert work.begun == 1
    work.go_on.set()
    assert sorted(await asyncio.gather(*copies)) == [False] * 4 + [True]
    assert work.done == 1


async def test_what_was_just_done_is_not_done_again_before_its_next_time_and_then_by_anyone(
    redis: CountedRedis, redis_raw: RawRedis, work: Work
) -> None:
    work.go_on.set()
    assert await copy(redis).do_chore(sweeping(work))
    assert not await copy(redis).do_chore(sweeping(work))
    assert HOUR * 0.89 < timedelta(milliseconds=await redis_raw.pttl(LOCK)) <= HOUR * 0.9
    await redis_raw.delete(LOCK)
    often = sweeping(work, every=MOMENT)
    assert await copy(redis).do_chore(often)

    async def again() -> bool:
        return await copy(redis).do_chore(often)

    assert await wait_until(again, "another copy does the next")


async def test_a_copy_that_dies_while_at_it_holds_the_others_up_no_longer_than_a_pass_may_take(
    redis: CountedRedis, redis_raw: RawRedis, work: Work
) -> None:
    within = timedelta(minutes=5)
    task = asyncio.create_task(copy(redis).do_chore(sweeping(work, within=within)))
    await wait_until(lambda: work.begun, "it has begun")
    left = timedelta(milliseconds=await redis_raw.pttl(LOCK))
    assert within < left < within + timedelta(minutes=1)
    work.go_on.set()
    assert await task


@pytest.mark.parametrize("error", [RedisUnavailable("Redis did not answer"), Unreachable("no QStash")])
async def test_an_outage_is_one_line_and_the_next_copy_may_have_more_luck(
    redis: CountedRedis, work: Work, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    work.error = error
    work.go_on.set()
    assert not await copy(redis).do_chore(sweeping(work))
    (line,) = caplog.messages
    assert line == f"chore.put_off name=sweeping: {error}"
    work.error = None
    assert await copy(redis).do_chore(sweeping(work))


async def test_what_nobody_expected_is_told_in_full_and_ends_nothing(
    redis: CountedRedis, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.error = ZeroDivisionError()
    work.go_on.set()
    assert not await copy(redis).do_chore(sweeping(work))
    (record,) = caplog.records
    assert record.exc_info is not None
    work.error = None
    assert await copy(redis).do_chore(sweeping(work))


async def test_without_redis_nothing_is_done(work: Work, tmp_path: Path) -> None:
    async with socket_redis(f"unix://{tmp_path}/nobody") as nowhere:
        assert not await copy(nowhere).do_chore(sweeping(work))
    assert work.begun == 0


async def test_a_pass_that_takes_too_long_is_cut_off_and_may_be_done_again(
    redis: CountedRedis, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await copy(redis).do_chore(sweeping(work, within=MOMENT))
    assert caplog.messages == ["chore.cut_off name=sweeping after=0s"]
    work.go_on.set()
    assert await copy(redis).do_chore(sweeping(work))


async def test_a_lock_that_has_become_anothers_is_left_to_it(
    redis: CountedRedis, redis_raw: RawRedis, work: Work
) -> None:
    task = asyncio.create_task(copy(redis).do_chore(sweeping(work)))
    await wait_until(lambda: work.begun, "it has begun")
    await redis_raw.set(LOCK, "another", px=60_000)
    work.go_on.set()
    await task
    assert await redis_raw.get(LOCK) == b"another"
    assert await redis_raw.pttl(LOCK) <= 60_000


async def test_a_chore_is_done_at_its_first_time_and_again_and_again(redis: CountedRedis, work: Work) -> None:
    work.go_on.set()
    async with copy(redis, sweeping(work, every=MOMENT, first=MOMENT)).running():
        await wait_until(lambda: work.done >= 3, "it was done three times")


async def test_one_that_comes_seconds_late_is_done_all_the_same(redis: CountedRedis, work: Work) -> None:
    """APScheduler would drop it; a busy event loop is late soon."""
    work.go_on.set()
    async with copy(redis, sweeping(work, first=timedelta(seconds=-5))).running():
        await wait_until(lambda: work.done, "it was done")


async def test_one_that_is_under_way_at_the_end_is_cut_off_and_goes_on_after_the_next_start(
    redis: CountedRedis, redis_raw: RawRedis, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    housekeeping = copy(redis, sweeping(work, first=MOMENT))
    async with housekeeping.running():
        await wait_until(lambda: work.begun, "it has begun")
    assert (work.done, await redis_raw.exists(LOCK)) == (0, 0)
    work.go_on.set()
    async with housekeeping.running():
        await wait_until(lambda: work.done, "it was done")
    assert caplog.messages == []
