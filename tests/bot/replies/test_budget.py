"""Words about caps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import replies
from bot.budget import Kind, Near, Period, Scope
from bot.budget.amount import DOLLAR
from bot.errors import CapReached
from bot.schedules.schedule import Schedule

ENDS = datetime(2026, 12, 1, tzinfo=UTC)
WHEN = f"<!date^{int(ENDS.timestamp())}^{{date_short_pretty}} at {{time}}|2026-12-01 00:00 UTC>"
SCHEDULE = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="UTC",
    cron="0 9 * * *",
    name="Morning",
)


@pytest.mark.parametrize(
    ("near", "schedule", "told"),
    [
        (
            ("schedule", "day", "money", 2_050_000_000, 5 * DOLLAR // 2),
            SCHEDULE,
            "*Morning* may have spent $2.05 of its $2.50 for today.",
        ),
        (
            ("schedule", "month", "calls", 1, 1),
            None,
            "Your schedule may have used 1 of its 1 model call for this month.",
        ),
        (
            ("team", "month", "calls", 1_000, 1_200),
            SCHEDULE,
            "This workspace may have used 1,000 of its 1,200 model calls for this month.",
        ),
        (
            ("all", "day", "money", 80 * DOLLAR, 100 * DOLLAR),
            SCHEDULE,
            "I've almost reached my limit for today. It resets {when}.",
        ),
    ],
)
def test_who_comes_near_a_cap_is_told_how_near(
    near: tuple[Scope, Period, Kind, int, int], schedule: Schedule | None, told: str
) -> None:
    scope, period, kind, used, most = near
    text = replies.near_cap(
        Near(scope=scope, period=period, kind=kind, used=used, most=most, ends=ENDS), schedule=schedule
    )
    rest = " If it reaches the limit, it gets no new answers until {when}."
    assert text == (told if scope == "all" else told + rest).replace("{when}", WHEN)


@pytest.mark.parametrize(
    ("scope", "kind", "most", "schedule", "told"),
    [
        (
            "schedule",
            "money",
            DOLLAR // 2,
            SCHEDULE,
            "this month's limit of $0.50 for *Morning*",
        ),
        (
            "team",
            "calls",
            40,
            None,
            "this month's limit of 40 model calls for this workspace",
        ),
        (
            "all",
            "money",
            77 * DOLLAR,
            SCHEDULE,
            "my limit for this month",
        ),
    ],
)
def test_who_is_refused_is_told_by_what_and_when_there_is_room_again(
    scope: Scope, kind: Kind, most: int, schedule: Schedule | None, told: str
) -> None:
    reached = CapReached(scope=scope, period="month", kind=kind, most=most, ends=ENDS)
    text = replies.cap_reached(reached, schedule=schedule, query="Is <!here> <b>?")
    assert text.startswith(
        f"I didn't answer “Is &lt;!here&gt; &lt;b&gt;?”, because that could exceed {told}. "
    )
    assert WHEN in text
    assert ("I won't remind you" in text) is (schedule is not None)
    assert "77" not in text, "what all workspaces may spend is not told in one of them"
