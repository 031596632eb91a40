"""One question for all who ask within a second."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import RedisUnavailable
from bot.server.intake.briefly_kept import BrieflyKept


class Source:
    """Counts how often it is asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.is_down = False
        self.now = 0.0

    async def __call__(self) -> int:
        self.asked += 1
        await self.may_answer.wait()
        if self.is_down:
            raise RedisUnavailable
        return self.asked


async def test_all_who_ask_within_a_second_share_one_question() -> None:
    source = Source()
    kept = BrieflyKept(source, clock=lambda: source.now)
    asking = [asyncio.create_task(kept()) for _ in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()
    source.may_answer.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 99
    source.now = 0.9
    assert (await kept(), source.asked) == (1, 1)
    source.now = 1.0
    assert (await kept(), source.asked) == (2, 2)


async def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    source = Source()
    source.is_down = True
    kept = BrieflyKept(source, clock=lambda: source.now)
    asking = [asyncio.create_task(kept()) for _ in range(3)]
    await asyncio.sleep(0)
    source.may_answer.set()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(failure) for failure in told] == [RedisUnavailable] * 3
    assert source.asked == 1
    with pytest.raises(RedisUnavailable):
        await kept()
    source.is_down = False
    assert await kept() == 3
