"""The short form: a few seeds, each with all that can go wrong; what a judge objects to must be known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.chaos.evidence import collect
from tests.chaos.judge import judge
from tests.chaos.rage import rage
from tests.chaos.storm import EVEN, brew


@pytest.mark.parametrize(
    ("seed", "skews", "over_rest"),
    [
        (1, EVEN, {"one"}),
        (2, {"one": timedelta(seconds=-45), "two": timedelta(seconds=45)}, set()),
    ],
    ids=["clocks that are right, one copy over REST", "clocks 90 s apart"],
)
async def test_each_due_run_is_posted_or_reported_once_through_a_storm(
    seed: int,
    skews: Mapping[str, timedelta],
    over_rest: set[str],
    valkey_socket: Path,
    redis_raw: Redis,
    tmp_path: Path,
) -> None:
    async with brew(
        valkey_socket,
        tmp_path,
        seed=seed,
        most_deaths=2,
        most_freezes=2,
        skews=skews,
        over_rest=over_rest,
    ) as storm:
        await rage(storm, turns=1)
        evidence = await collect(storm)
        judgement = judge(evidence)
        assert judgement.unknown == []
        assert judgement.runs > 20
        runs = {post["metadata"]["event_payload"]["run"] for post in evidence.posts}
        assert any(due.first and due.run in runs for due in evidence.dues), "in several places"
        assert evidence.cards, "somebody was asked to look"
        assert len(evidence.posts) > judgement.runs // 2
        assert len(storm.weather.happened) > 10
