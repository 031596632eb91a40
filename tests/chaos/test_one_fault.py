"""What has gone wrong in storms before, each by itself and each time, in calm weather but for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.chaos.evidence import collect
from tests.chaos.faults import Fault, Wire
from tests.chaos.judge import judge
from tests.chaos.storm import EVEN, Storm, brew
from tests.chaos.workload import Kind, Prompt

OFTEN = "every 5 minutes"
RIGHT = timedelta(0)
STEPS = (
    (Wire.REST, "run:T0CHAOS0001:ask-1"),
    (Wire.MODEL, "ask ask-2"),
    (Wire.SLACK, "ask-3 part 0"),
    (Wire.SLACK, "ask-4 part 1"),
)
"""Requests of four runs: a claim, the question, a post that is short, and one in the middle of a long one."""
Brew = Callable[[timedelta], AbstractAsyncContextManager[Storm]]


async def acquit(storm: Storm) -> None:
    """Nothing is wrong."""
    await storm.drain()
    assert judge(await collect(storm)).objections == []


@pytest.fixture
def one_copy(valkey_socket: Path, redis_raw: Redis, tmp_path: Path) -> Brew:
    """Calm weather over one copy, whose clock is wrong by so much."""

    @asynccontextmanager
    async def begin(skew: timedelta) -> AsyncIterator[Storm]:
        async with brew(valkey_socket, tmp_path, skews={"one": skew}) as storm:
            yield storm

    return begin


async def test_a_copy_whose_clock_is_45_seconds_behind_posts_a_one_off_and_each_slot_as_itself(
    one_copy: Brew,
) -> None:
    async with one_copy(timedelta(seconds=-45)) as storm:
        due = storm.clock() + timedelta(minutes=3)
        await storm.ask(Prompt(label="once-1", kind=Kind.SHORT), at=due)
        await storm.command(Prompt(label="quarterly", kind=Kind.SHORT), "every 15 minutes")
        await storm.carrier.carry(storm.clock() + timedelta(minutes=32))
        await acquit(storm)


async def test_a_report_is_made_whatever_it_meets_and_again_only_where_nobody_knows_if_it_was(
    one_copy: Brew,
) -> None:
    faults = [Fault.ERROR, Fault.RESET, Fault.LOST, Fault.KILL]
    async with one_copy(RIGHT) as storm:
        for number, fault in enumerate(faults, 1):
            storm.weather.plan(Wire.SLACK, f"ask-{number} ", fault)
            await storm.ask(Prompt(label=f"ask-{number}", kind=Kind.REFUSED))
        await acquit(storm)
        told = Counter(Prompt.read(told.text).label for told in storm.workspace.told)
        assert told == {"ask-1": 1, "ask-2": 1, "ask-3": 2, "ask-4": 2}


async def test_where_the_next_slot_comes_before_the_retry_a_begun_post_is_finished_and_a_missed_one_told(
    one_copy: Brew,
) -> None:
    faults = [Fault.ERROR] * 3
    async with one_copy(RIGHT) as storm:
        await storm.command(Prompt(label="often", kind=Kind.LONG), OFTEN)
        await storm.command(Prompt(label="brief", kind=Kind.SHORT), OFTEN)
        storm.weather.plan(Wire.SLACK, "part 1", *faults)
        storm.weather.plan(Wire.MODEL, "ask brief", *faults)
        await storm.carrier.carry(storm.clock() + timedelta(minutes=6))
        await storm.keep_house()
        await acquit(storm)
        assert [told.text.count("brief short") for told in storm.workspace.told] == [1]


async def test_redis_over_rest_may_fail_in_any_way(
    valkey_socket: Path, redis_raw: Redis, tmp_path: Path
) -> None:
    faults = [Fault.RESET, Fault.LOST, Fault.HALF, Fault.SHORT, Fault.LIMIT, Fault.ERROR]
    async with brew(valkey_socket, tmp_path, skews={"one": RIGHT}, over_rest={"one"}) as storm:
        for number, fault in enumerate(faults, 1):
            storm.weather.plan(Wire.REST, f"run:T0CHAOS0001:ask-{number}", fault, fault)
            await storm.ask(Prompt(label=f"ask-{number}", kind=Kind.SHORT))
        await acquit(storm)
        assert Counter(met.fault for met in storm.weather.happened) == dict.fromkeys(faults, 2)


async def test_a_copy_that_stands_still_at_a_step_for_longer_than_any_lease_does_nothing_twice_after_it(
    valkey_socket: Path, redis_raw: Redis, tmp_path: Path
) -> None:
    async with brew(valkey_socket, tmp_path, skews=EVEN, over_rest={"one", "two"}) as storm:
        for number, (wire, about) in enumerate(STEPS, 1):
            storm.weather.plan(wire, about, Fault.FREEZE)
            await storm.ask(Prompt(label=f"ask-{number}", kind=Kind.LONG if number == 4 else Kind.SHORT))
            await storm.carrier.carry()
        await acquit(storm)
        assert sum(copy.freezes for copy in storm.copies) == len(STEPS)
        assert len(storm.workspace.ever_posted) == 3 + 3
