"""Variables in prompts: which words in braces are filled, and which are code or somebody else's."""

from __future__ import annotations

import pytest

from bot.day import Variable, fill_variables, find_unknown_variables, find_variables

VALUES: dict[Variable, str] = {
    "date": "29 November 2026",
    "weekday": "Sunday",
    "since": "Saturday, 28 November 2026, 09:00",
    "channel": "#ops",
}


@pytest.mark.parametrize(
    ("prompt", "filled"),
    [
        ("What is due on {date}?", "What is due on 29 November 2026?"),
        ("{weekday}s in {channel}", "Sundays in #ops"),
        ("News since { since }", "News since Saturday, 28 November 2026, 09:00"),
        ("{{date}} and {Date}", "29 November 2026 and 29 November 2026"),
        ("{date} {date}", "29 November 2026 29 November 2026"),
        ("Explain `f'{date}'` to {channel}", "Explain `f'{date}'` to #ops"),
        ('{"date": 1} {dates} {da te} {} {', '{"date": 1} {dates} {da te} {} {'),
    ],
)
def test_variables_are_filled_and_nothing_else_is(prompt: str, filled: str) -> None:
    assert fill_variables(prompt, VALUES) == filled


def test_a_variable_without_a_value_stays() -> None:
    assert fill_variables("{date} {since}", {"date": "today"}) == "today {since}"


def test_a_value_that_looks_like_a_variable_is_not_filled_again() -> None:
    assert fill_variables("{channel} {date}", {**VALUES, "channel": "#{date}"}) == "#{date} 29 November 2026"


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("{since} {date} {date}", ("date", "since")),
        ("no braces", ()),
        ("`{date}`", ()),
        ("{name}", ()),
    ],
)
def test_variables_are_found_once_each(prompt: str, named: tuple[Variable, ...]) -> None:
    assert find_variables(prompt) == named


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("{today} and {tody}", ("today",)),
        ("{wekday} {chanel}", ("wekday", "chanel")),
        ("{Time} {date}", ("Time",)),
        ('{"a": {"b": 1}} {x} {foo} `{today}`', ()),
    ],
)
def test_names_that_were_meant_as_variables_are_told(prompt: str, unknown: tuple[str, ...]) -> None:
    assert find_unknown_variables(prompt) == unknown
