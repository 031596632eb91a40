"""The short form: a few seeds, each with all that can go wrong; what a judge objects to must be known."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.chaos.evidence import collect
from tests.chaos.judge import judge
from tests.chaos.rage import rage
from tests.chaos.storm import brew


@pytest.mark.parametrize("seed", [1, 2])
async def test_each_due_run_is_posted_or_reported_once_through_a_storm(
    seed: int, valkey_socket: Path, redis_raw: Redis, tmp_path: Path
) -> None:
    async with brew(valkey_socket, tmp_path, seed=seed, most_deaths=2) as storm:
        await rage(storm, turns=1)
        evidence = await collect(storm)
        judgement = judge(evidence)
        assert judgement.unknown == []
        assert judgement.runs > 20
        assert len(evidence.posts) > judgement.runs // 2
        assert len(storm.weather.happened) > 10
