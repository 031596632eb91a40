"""The time of a schedule in the words of who typed it."""

from __future__ import annotations

import pytest

from bot.commands import ScheduleRequest, parse_command
from bot.ui.typed.typed_words import typed_time
from tests.bot.commands.test_parse import NOW


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("every weekday at 9am What is new?", "every weekday at 9am"),
        ("What is new? every weekday at 9am", "every weekday at 9am"),
        ("every monday at 9 o'clock: What is new?", "every monday at 9 o'clock"),
        ("remind us at 17:30 to stretch", "at 17:30"),
        ("0 9 * * 1-5 What is new?", "0 9 * * 1-5"),
    ],
)
def test_it_is_what_stands_around_the_prompt(text: str, typed: str) -> None:
    request = parse_command(text, now=NOW, zone="UTC")
    assert isinstance(request, ScheduleRequest)
    assert typed_time(text, request.query) == typed


@pytest.mark.parametrize(
    ("text", "query", "typed"),
    [
        ("every day at 9 Hi", "Hello", None),
        ("Hi", "Hi", None),
        ("Hi", "", None),
        ("x" * 300 + " Hi", "Hi", "x" * 200),
    ],
)
def test_it_is_unknown_where_the_prompt_was_put_otherwise(text: str, query: str, typed: str | None) -> None:
    assert typed_time(text, query) == typed
