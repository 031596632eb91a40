"""What people are told of caps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import replies
from bot.budget import Kind, Near, Period, Scope
from bot.budget.amount import DOLLAR
from bot.errors import CapReached
from bot.schedules.schedule import Schedule

ENDS = datetime(2026, 12, 1, tzinfo=UTC)
WHEN = f"<!date^{int(ENDS.timestamp())}^{{date_short_pretty}} {{time}}|2026-12-01 00:00 UTC>"
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
            "*Morning* (`kolu-tane`) may spend $2.50 today, and may have come to $2.05.",
        ),
        (
            ("schedule", "month", "calls", 1, 1),
            None,
            "Your schedule may make 1 call of the model this month, "
            "and may have come to 1 call of the model.",
        ),
        (
            ("team", "month", "calls", 1_000, 1_200),
            SCHEDULE,
            "This workspace may make 1,200 calls of the model this month, "
            "and may have come to 1,000 calls of the model.",
        ),
        (
            ("all", "day", "money", 80 * DOLLAR, 100 * DOLLAR),
            SCHEDULE,
            "Whoever runs me has capped what I may use today, and little room is left until {when}.",
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
    rest = " When that leaves no room for another answer, I ask the model nothing more for it until {when}."
    assert text == (told if scope == "all" else told + rest).replace("{when}", WHEN)


@pytest.mark.parametrize(
    ("scope", "kind", "most", "schedule", "told"),
    [
        (
            "schedule",
            "money",
            DOLLAR // 2,
            SCHEDULE,
            "*Morning* (`kolu-tane`) may spend $0.50 this month",
        ),
        (
            "team",
            "calls",
            40,
            None,
            "this workspace may make 40 calls of the model this month",
        ),
        (
            "all",
            "money",
            77 * DOLLAR,
            SCHEDULE,
            "whoever runs me has capped what I may use this month",
        ),
    ],
)
def test_who_is_refused_is_told_by_what_and_when_there_is_room_again(
    scope: Scope, kind: Kind, most: int, schedule: Schedule | None, told: str
) -> None:
    reached = CapReached(scope=scope, period="month", kind=kind, most=most, ends=ENDS)
    text = replies.cap_reached(reached, schedule=schedule, query="Is <!here> <b>?")
    assert text.startswith(
        f"I have not asked the model about “Is &lt;!here&gt; &lt;b&gt;?”: {told}, "
        "and that leaves no room for another answer. "
    )
    assert f"There is room again from {WHEN}." in text
    assert ("I say so once" in text) is (schedule is not None)
    assert "77" not in text, "what all workspaces may spend is not told in one of them"
