"""The word that a demo model answers comes once a day in each channel."""

from __future__ import annotations

from dataclasses import replace

from redis.asyncio import Redis as RawRedis

from bot.answers import Question
from bot.runs.demo_notice import DemoNotice
from bot.runs.state.claims import Taken
from bot.runs.state.taken_run import TakenRun
from bot.storage import CountedRedis, demo_notice_key
from tests.bot.announcing import JOB, Process


async def test_a_channel_is_told_once_a_day_that_a_demo_model_answers(
    bot: Process, redis: CountedRedis, redis_raw: RawRedis
) -> None:
    def taken(run: str, channel: str = "C1") -> TakenRun:
        job = replace(JOB, channel=channel)
        question: Question = bot.questions.of_job(job, slot=None)
        claim = Taken(parts=0, ts=None, unsettled_since=None, found=None, shared=0, schedule=None)
        return TakenRun(job=job, run=run, slot=None, question=question, claim=claim, token="t")

    notice = DemoNotice(demo=True, redis=redis)
    assert [await notice.is_due(taken(run)) for run in ("T1:a", "T1:a", "T1:b")] == [True, True, False]
    assert await notice.is_due(taken("T1:b", channel="C2"))
    assert 0 < await redis_raw.ttl(demo_notice_key("T1", "C1")) <= 24 * 3_600
    assert not await DemoNotice(demo=False, redis=redis).is_due(taken("T1:c", channel="C3"))
