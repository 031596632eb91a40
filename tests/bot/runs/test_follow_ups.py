"""A question about an answer that is still being posted waits for it, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.answers import Answer, AnswerBasis, Found
from bot.errors import SlackUnavailable
from bot.runs.follow_ups.earlier_answer import find_basis
from bot.runs.state.claims import Taken
from bot.runs.state.ending import make_ending
from bot.runs.state.taken_run import TakenRun
from bot.sources import Material, Piece
from bot.storage import run_key
from tests.bot.announcing import JOB, RUN, Process

ABOUT = Material(pieces=(Piece(title="A thread", name="a thread", text="Why?", about=RUN),))


async def test_what_a_run_was_asked_is_kept_with_its_post(bot: Process) -> None:
    await bot.deliver()
    basis = await find_basis(bot.redis, RUN)
    assert isinstance(basis, AnswerBasis)
    assert (basis.query, basis.schedule, basis.material_of) == (JOB.query, "", "")
    assert await bot.announcer.prepare.earlier.find_answered(JOB, ABOUT) == basis


async def test_a_question_waits_a_minute_for_the_end_of_the_post(bot: Process) -> None:
    await bot.redis.hset(run_key(RUN), "state", "posting")
    earlier = bot.announcer.prepare.earlier
    asked = replace(JOB, asked=bot.clock())
    with pytest.raises(SlackUnavailable) as refused:
        await earlier.find_answered(asked, ABOUT)
    assert refused.value.retry_after == timedelta(seconds=5)
    bot.clock.ahead += timedelta(minutes=2)
    assert await earlier.find_answered(asked, ABOUT) is None, "it is answered from the thread alone"


async def test_the_run_of_another_team_is_none_of_ours(bot: Process) -> None:
    await bot.deliver()
    other = replace(JOB, team="T2")
    assert await bot.announcer.prepare.earlier.find_answered(other, ABOUT) is None


@pytest.mark.parametrize(("is_edited", "kept"), [(False, "T1:made"), (True, "")])
async def test_what_a_reviewer_has_taken_away_is_not_kept_to_be_asked_for(
    bot: Process, is_edited: bool, kept: str
) -> None:
    claim = Taken(parts=0, ts=None, unsettled_since=None, found=None, shared=0, schedule=None)
    question = bot.questions.of_job(JOB, slot=None)
    taken = TakenRun(job=JOB, run=RUN, slot=None, question=question, claim=claim, token="t")
    answer = Answer(text="All is well.", made=bot.clock(), model="m", material_of="T1:made")
    posted = replace(answer, reviewed="Grace", edited=is_edited)
    ending = make_ending(taken, "posted", found=Found(answer=posted, cache="HIT"), now=bot.clock())
    assert AnswerBasis.decode(ending.basis).material_of == kept
