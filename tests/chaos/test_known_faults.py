"""Faults of the product today, each by itself and each time: a test that passes says that it is mended.

Then it loses its mark here, and its rule in the judge.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.chaos.evidence import collect
from tests.chaos.faults import Fault, Wire
from tests.chaos.judge import Known, judge
from tests.chaos.storm import Storm, brew
from tests.chaos.workload import Kind, Prompt

OFTEN = "every 5 minutes"
RIGHT = timedelta(0)
Brew = Callable[[timedelta], AbstractAsyncContextManager[Storm]]


class StillSo(Exception):
    """The known fault, and nothing else, is there."""


async def acquit(storm: Storm, fault: Known) -> None:
    """Nothing is wrong. Raises `StillSo` where exactly this is."""
    await storm.drain()
    judgement = judge(await collect(storm))
    assert judgement.unknown == []
    assert set(judgement.known) <= {fault}
    if judgement.known:
        raise StillSo(fault)


@pytest.fixture
def one_copy(valkey_socket: Path, redis_raw: Redis, tmp_path: Path) -> Brew:
    """Calm weather over one copy, whose clock is wrong by so much."""

    @asynccontextmanager
    async def begin(skew: timedelta) -> AsyncIterator[Storm]:
        async with brew(valkey_socket, tmp_path, skews={"one": skew}) as storm:
            yield storm

    return begin


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="a delivery that comes 30 to 60 s early by the copy's clock is sent on its way again, under the "
    "deduplication id of the message that brought it, so QStash takes it for a repeat and drops it",
)
async def test_a_one_off_is_posted_by_a_copy_whose_clock_is_45_seconds_behind(one_copy: Brew) -> None:
    async with one_copy(timedelta(seconds=-45)) as storm:
        due = storm.clock() + timedelta(minutes=3)
        await storm.ask(Prompt(label="once-1", kind=Kind.SHORT), at=due)
        await storm.carrier.carry(due + timedelta(minutes=15))
        await acquit(storm, Known.EARLY_ONE_OFF)


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="the slot that a delivery serves is told by the copy's clock, give or take 30 s: the run of the "
    "slot before is posted, or is over, and this one is missed",
)
async def test_a_slot_is_posted_as_itself_by_a_copy_whose_clock_is_45_seconds_behind(one_copy: Brew) -> None:
    async with one_copy(timedelta(seconds=-45)) as storm:
        await storm.command(Prompt(label="quarterly", kind=Kind.SHORT), "every 15 minutes")
        await storm.carrier.carry(storm.clock() + timedelta(minutes=32))
        await acquit(storm, Known.EARLIER_SLOT)


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="a report whose fate is unknown is not made again, and the run is written down as over",
)
@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.RESET])
async def test_a_report_that_meets_a_fault_of_slack_is_made_again(one_copy: Brew, fault: Fault) -> None:
    async with one_copy(RIGHT) as storm:
        storm.weather.plan(Wire.SLACK, "tell in", fault)
        await storm.ask(Prompt(label="ask-1", kind=Kind.REFUSED))
        await acquit(storm, Known.REPORT_LOST)


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="the slot that a retry serves is told by the clock, so after the next slot nobody goes on with "
    "the answer of this one",
)
async def test_a_long_answer_is_finished_although_the_next_slot_has_come(one_copy: Brew) -> None:
    async with one_copy(RIGHT) as storm:
        await storm.command(Prompt(label="often", kind=Kind.LONG), OFTEN)
        storm.weather.plan(Wire.SLACK, "part 1", Fault.ERROR, Fault.ERROR, Fault.ERROR)
        await storm.carrier.carry(storm.clock() + timedelta(minutes=14))
        await acquit(storm, Known.CUT_OFF)


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="a retry that comes after the next slot finds that one posted, and is done: nobody is told of the "
    "slot before it (housekeeping, which wakes a minute after the start, writes a line of history at most)",
)
async def test_a_slot_that_was_missed_is_told_to_someone(one_copy: Brew) -> None:
    async with one_copy(RIGHT) as storm:
        await storm.command(Prompt(label="often", kind=Kind.SHORT), OFTEN)
        storm.weather.plan(Wire.MODEL, "ask often", Fault.ERROR, Fault.ERROR, Fault.ERROR)
        await storm.carrier.carry(storm.clock() + timedelta(minutes=14))
        await acquit(storm, Known.MISSED_SLOT)


@pytest.mark.xfail(
    strict=True,
    raises=StillSo,
    reason="that a report is about to be made is not written down before, so a copy that takes the run up "
    "after a crash makes it again",
)
async def test_a_report_is_made_once_although_the_copy_dies_after_it(one_copy: Brew) -> None:
    async with one_copy(RIGHT) as storm:
        storm.weather.plan(Wire.SLACK, "tell in", Fault.KILL)
        await storm.ask(Prompt(label="ask-1", kind=Kind.REFUSED))
        await acquit(storm, Known.REPORTED_AGAIN)
