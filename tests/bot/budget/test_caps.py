"""Caps that the operator may set, and the end of a day and of a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Cap, Caps, Kind, Period, Prices, check_priced, parse_caps
from bot.budget.amount import DOLLAR, MOST
from bot.budget.caps import Span

PRICES = Prices.parse("openai:priced=1/2")
CAPS = st.lists(
    st.one_of(
        st.builds(
            Cap, most=st.integers(1, MOST), kind=st.just("money"), period=st.sampled_from(["day", "month"])
        ),
        st.builds(
            Cap,
            most=st.integers(1, 999_999_999),
            kind=st.just("calls"),
            period=st.sampled_from(["day", "month"]),
        ),
    ),
    unique_by=lambda cap: (cap.kind, cap.period),
)


def cap(most: int, kind: Kind, period: Period) -> Cap:
    return Cap(most=most, kind=kind, period=period)


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("", ()),
        ("2.50/day", (cap(5 * DOLLAR // 2, "money", "day"),)),
        ("40 calls/day", (cap(40, "calls", "day"),)),
        (" $30 / Month ,1 call/DAY,", (cap(30 * DOLLAR, "money", "month"), cap(1, "calls", "day"))),
        (
            "2.50/day, 40 calls/day, 30/month, 500 calls/month",
            (
                cap(5 * DOLLAR // 2, "money", "day"),
                cap(40, "calls", "day"),
                cap(30 * DOLLAR, "money", "month"),
                cap(500, "calls", "month"),
            ),
        ),
    ],
)
def test_caps_are_read_as_they_are_written(text: str, caps: tuple[Cap, ...]) -> None:
    assert parse_caps(text) == caps


@pytest.mark.parametrize(
    "text",
    [
        "2.50",
        "/day",
        "2.50/week",
        "0/day",
        "0.00/day",
        "0 calls/day",
        "-1/day",
        "1.5 calls/day",
        "calls/day",
        "..5/day",
        "1..2/day",
        "2000000/day",
        "1/day, 2/day",
        "1 call/month, 2 calls/month",
        "1/day 2/month",
        "٢/day",
    ],
)
def test_anything_else_is_refused_as_caps(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_caps(text)


@given(CAPS)
def test_caps_that_are_written_down_are_read_as_they_were(caps: list[Cap]) -> None:
    assert parse_caps(", ".join(map(str, caps))) == tuple(caps)


def test_each_scope_has_its_own_caps() -> None:
    caps = Caps(schedule=parse_caps("1/day"), team=parse_caps("2 calls/day"), overall=parse_caps("3/month"))
    assert caps.most_for("schedule", "money", "day") == DOLLAR
    assert caps.most_for("team", "calls", "day") == 2
    assert caps.most_for("all", "money", "month") == 3 * DOLLAR
    assert caps.most_for("team", "money", "day") is None


@pytest.mark.parametrize("caps", [Caps(schedule=parse_caps("1/day")), Caps(overall=parse_caps("1/month"))])
def test_money_cannot_be_capped_for_a_model_without_a_price(caps: Caps) -> None:
    (problem,) = check_priced(caps, PRICES, ["openai:priced", "openai:new", "demo:small", "openai:new"])
    assert problem.startswith("PRECACHE_PRICES: ")
    assert "openai:new has no price" in problem
    assert check_priced(caps, PRICES, ["openai:priced"]) == []


def test_calls_can_be_capped_without_a_price() -> None:
    assert check_priced(Caps(team=parse_caps("40 calls/day")), Prices(), ["openai:new"]) == []


@pytest.mark.parametrize(
    ("period", "moment", "name", "ends"),
    [
        ("day", datetime(2026, 11, 22, tzinfo=UTC), "2026-11-22", datetime(2026, 11, 23, tzinfo=UTC)),
        (
            "day",
            datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC),
            "2026-12-31",
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (
            "month",
            datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
            "2026-12",
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        ("month", datetime(2028, 2, 29, 12, tzinfo=UTC), "2028-02", datetime(2028, 3, 1, tzinfo=UTC)),
        (
            "day",
            datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-30",
            datetime(2026, 12, 1, tzinfo=UTC),
        ),
        (
            "month",
            datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2026-11",
            datetime(2026, 12, 1, tzinfo=UTC),
        ),
    ],
)
def test_days_and_months_are_those_of_utc(
    period: Period, moment: datetime, name: str, ends: datetime
) -> None:
    assert Span.containing(period, moment) == Span(period=period, name=name, ends=ends)
