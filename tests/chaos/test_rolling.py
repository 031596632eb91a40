"""A new version is rolled out under load: copies are told to stop and are replaced, one after the other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from tests.chaos.copies import Copy
from tests.chaos.evidence import collect
from tests.chaos.faults import Fault, Rates, Wire
from tests.chaos.judge import judge
from tests.chaos.rage import rage
from tests.chaos.storm import Storm, brew
from tests.waiting import wait_until

CALM = Rates(of=dict.fromkeys(Wire, 0.0), deadly=0.0, freezing=0.0)
THREE = dict.fromkeys(("one", "two", "three"), timedelta(0))


async def roll(copies: list[Copy]) -> None:
    """Replace each when the one before it serves again."""
    for copy in copies:
        copy.end(Fault.STOP)
        await wait_until(partial(_is_replaced, copy, copy.starts), "it is replaced")


def _is_replaced(copy: Copy, starts: int) -> bool:
    return copy.starts > starts and copy.url is not None


async def test_a_rolling_restart_under_load_loses_and_doubles_nothing(
    valkey_socket: Path, redis_raw: Redis, tmp_path: Path
) -> None:
    async with brew(valkey_socket, tmp_path, seed=7, skews=THREE) as storm:
        storm.weather.rates = CALM
        rolling = asyncio.create_task(_roll_under_load(storm))
        await rage(storm, turns=1)
        await rolling
        evidence = await collect(storm)
        judgement = judge(evidence)
        assert list(judgement.objections) == []
        assert judgement.runs > 20
        assert sum(copy.starts for copy in storm.copies) >= 2 * len(storm.copies), "each was replaced"


async def _roll_under_load(storm: Storm) -> None:
    await wait_until(lambda: not storm.weather.calm, "the load begins")
    await roll(storm.copies)
