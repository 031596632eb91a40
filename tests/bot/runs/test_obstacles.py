"""Runs and previews say the same of what keeps them from their answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.answers.records import NoAnswer
from bot.errors import (
    BotError,
    CapReached,
    Limited,
    Misshapen,
    ModelRefused,
    ModelUnavailable,
    NoModel,
    NotInstalled,
    RedisUnavailable,
    SlackRefused,
    SlackUnavailable,
    SourceUnavailable,
    WhyRefused,
)
from bot.runs.state.obstacles import Capped, answer_or_reason, final_reason, reason_so_far
from bot.sources.material import Problem
from scheduler import Done, Job
from tests.bot.announcing import JOB, Process
from tests.stand_ins.openai import OpenAI, fails
from tests.stand_ins.slack_channel import Slack

MINUTE = timedelta(minutes=1)
CAP = CapReached(scope="team", period="day", kind="money", most=1, ends=datetime(2026, 11, 25, tzinfo=UTC))
REASONS: list[tuple[BotError, str | None, str | None]] = [
    # What went wrong; why no attempt will help; why there is none if no attempt does.
    (NoModel(), "no_model", None),
    (ModelRefused(), "model_refused", None),
    *((ModelRefused(why=why), f"model_{why}", None) for why in get_args(WhyRefused)),
    (ModelUnavailable(retry_after=16 * MINUTE), "model_away", "model_down"),
    (ModelUnavailable(retry_after=15 * MINUTE), None, "model_down"),
    (ModelUnavailable(), None, "model_down"),
    (Misshapen(), None, "model_down"),
    (SlackRefused("missing_scope"), "source_refused", None),
    (NotInstalled("T1"), "source_refused", None),
    (SourceUnavailable("slow"), None, "source_slow"),
    (Limited(retry_after=MINUTE), None, "limited"),
    (SlackUnavailable(), None, None),
    (RedisUnavailable(), None, None),
]
PREVIEW = replace(JOB, kind="preview", id="seen")


@pytest.mark.parametrize(("error", "final", "so_far"), REASONS, ids=lambda value: str(value))
async def test_every_obstacle_is_told_or_tried_again(
    error: BotError, final: str | None, so_far: str | None
) -> None:
    async def fail() -> NoAnswer:
        raise error

    found, later = final_reason(error), reason_so_far(error)
    assert (found and found.reason, later and later.reason) == (final, so_far)
    if final is None:
        with pytest.raises(type(error)) as raised:
            await answer_or_reason(fail())
        assert raised.value is error
    else:
        assert await answer_or_reason(fail()) == found


async def test_a_cap_is_an_outcome_of_its_own() -> None:
    async def fail() -> NoAnswer:
        raise CAP

    assert await answer_or_reason(fail()) == Capped(cap=CAP)


@pytest.mark.parametrize("problem", ["slow", "gone", "refused"])
def test_only_a_source_is_told_from_a_model(problem: Problem) -> None:
    why = NoAnswer.of_source(problem, name="a page")
    assert NoAnswer.decode(why.encode()) == why
    assert why.is_for_want_of_a_source
    assert not NoAnswer(reason="model_away").is_for_want_of_a_source


@pytest.mark.parametrize("job", [JOB, PREVIEW], ids=["run", "preview"])
async def test_nobody_waits_for_hours_to_hear_that_the_model_is_away(
    bot: Process, workspace: Slack, model: OpenAI, job: Job
) -> None:
    model.otherwise = fails(429, retry_after="7200")
    assert await bot.deliver(job) == Done(text="")
    (told,) = workspace.whispers
    assert "won't be available for a while" in told
    assert model.requests == 1
