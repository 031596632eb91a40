"""What is said of a schedule, and with its posts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from bot import replies
from bot.book import Schedule
from bot.records import Answer
from scheduler import calendar_end

SCHEDULE = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="UTC",
    cron="0 9 * * *",
    holidays="DE",
)


@pytest.mark.parametrize(("before", "warned"), [(timedelta(days=30), True), (timedelta(days=200), False)])
def test_whoever_schedules_is_warned_before_a_calendar_of_holidays_ends(
    before: timedelta, warned: bool
) -> None:
    end = calendar_end("DE")
    run = datetime.combine(end, time(9), UTC) - before
    told = replies.scheduled(SCHEDULE, [run], zone_known=True)
    assert (f"known until {end.day} {end:%B %Y}" in told) is warned


def test_the_first_part_of_a_long_answer_says_that_there_is_more() -> None:
    def first(text: str) -> str:
        answer = Answer(text=text, made=datetime(2026, 11, 22, 12, tzinfo=UTC), model="m")
        return str(replies.posts(answer, query="Why?", schedule=None, demo=False, cached=False)[0].blocks)

    assert "goes on in the thread" in first("A sentence of some length. " * 400)
    assert "goes on in the thread" not in first("A sentence.")
