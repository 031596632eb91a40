"""The short form: a few rounds over a real process, each measured; what must be the same after any is."""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.soak.__main__ import do_round
from tests.soak.judge import LEAST, judge
from tests.soak.load import Load, voice
from tests.soak.pages import open_site
from tests.soak.process import soaked
from tests.stand_ins.openai import openai

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what a process holds in /proc")


async def test_a_copy_under_a_mixed_load_keeps_nothing_of_it_that_has_no_end(
    valkey_socket: Path, redis_raw: Redis, tmp_path: Path
) -> None:
    async with openai() as model, open_site() as site:
        model.otherwise = voice
        async with soaked(tmp_path, valkey_socket, model_url=model.url) as app:
            dice = random.Random(1)  # noqa: S311 - to be repeated
            load = Load(bot=app.bot, site=site, dice=dice, commands=("list", "help"))
            rounds = [await do_round(app, load, times=1) for _ in range(LEAST + 1)]
    kept = [growth for growth in judge(rounds) if "key" in growth.what]
    assert kept == []
    for earlier, later in pairwise(rounds):
        assert len(later.keys) > len(earlier.keys), "the runs of each round are remembered"
    assert rounds[-1].held.threads > 1
    assert rounds[-1].held.objects["builtins.dict"] > 100
    assert model.requests > LEAST
