"""Money in whole billionths of a dollar, as it is read, written and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget.amount import DOLLAR, MOST, dollars, read_dollars, write_dollars

AMOUNTS = st.integers(0, MOST)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("2.50", 2_500_000_000),
        ("$2.5", 2_500_000_000),
        ("0.1", 100_000_000),
        ("0.000000001", 1),
        ("1000000", MOST),
    ],
)
def test_an_amount_is_read_to_the_last_figure(text: str, amount: int) -> None:
    assert read_dollars(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$",
        "-1",
        "+1",
        "1e3",
        "1.",
        ".5",
        "1,000",
        "1.0000000001",
        "1000000.1",
        "NaN",
        "2 .5",
        "٢",
        "2.5€",
    ],
)
def test_anything_else_is_refused_as_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="expected an amount"):
        read_dollars(text)


@given(AMOUNTS)
def test_what_is_written_is_read_as_it_was(amount: int) -> None:
    assert read_dollars(write_dollars(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "$0.00"),
        (1, "less than $0.0001"),
        (99_999, "less than $0.0001"),
        (100_000, "$0.0001"),
        (1_200_000, "$0.0012"),
        (1_249_999, "$0.0012"),
        (1_250_000, "$0.0013"),
        (100_000_000, "$0.10"),
        (125_000_000, "$0.125"),
        (999_949_999, "$0.9999"),
        (999_950_000, "$1.00"),
        (3_400_000_000, "$3.40"),
        (3_404_999_999, "$3.40"),
        (3_405_000_000, "$3.41"),
        (1_234_567 * DOLLAR, "$1,234,567.00"),
    ],
)
def test_people_are_told_as_much_of_an_amount_as_matters(amount: int, told: str) -> None:
    assert dollars(amount) == told


@given(AMOUNTS)
def test_what_people_are_told_is_never_off_by_more_than_half_of_its_last_figure(amount: int) -> None:
    told = dollars(amount)
    if told.startswith("less than "):
        assert 0 < amount < 100_000
    else:
        step = DOLLAR // 100 if amount >= DOLLAR else DOLLAR // 10_000
        assert 2 * abs(read_dollars(told.replace(",", "")) - amount) <= step


def test_a_debt_is_no_amount() -> None:
    with pytest.raises(ValueError, match="nothing or more"):
        dollars(-1)
