"""Conditions in scheduled prompts: which words are one, which are not, and what is wrong with some."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands import (
    AskRequest,
    ScheduleRequest,
    UsageError,
    fault_in_condition,
    may_hold_condition,
    parse_command,
    split_condition,
    split_scheduled,
    tidy_condition,
)
from bot.commands.reviewing import split_reviewers
from scheduler import POST_IF_LIMIT
from tests.measuring import grows_evenly

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
DOWN = "something is down"


def read(text: str) -> object:
    return parse_command(text, now=NOW, zone="Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "only if something is down every day at 9: summarise #ops",
        "only if something is down, every day at 9 summarise #ops",
        "post only if something is down, every day at 9: summarise #ops",
        "post this if something is down every day at 9: summarise #ops",
        "if: something is down, every day at 9: summarise #ops",
        "if something is down every day at 9: summarise #ops",
    ],
)
def test_a_condition_that_stands_before_the_time_is_the_same(text: str) -> None:
    request = read(split_scheduled(text, now=NOW).text)
    assert isinstance(request, ScheduleRequest)
    assert (request.query, request.post_if) == ("summarise #ops", DOWN)


@pytest.mark.parametrize(
    "text",
    [
        "if something is down every day at 9, what can it be?",
        "only if you know: what happens every day at 9 in Rome?",
        "if I get up every day at 9 I am late: why?",
        '"only if something is down every day at 9: summarise #ops"',
        "every day at 9: only if it rains, say so",
    ],
)
def test_other_texts_that_begin_with_if_stay_as_they_are(text: str) -> None:
    assert split_scheduled(text, now=NOW).text == text


@pytest.mark.parametrize(
    ("text", "query", "condition"),
    [
        ("every day at 9: summarise #ops only if something is down", "summarise #ops", DOWN),
        ("daily at 9 summarise #ops and #dev only if something is down.", "summarise #ops and #dev", DOWN),
        ("summarise #ops only if something is down every day at 9", "summarise #ops", DOWN),
        ("every day at 9: summarise #ops, only if something is down", "summarise #ops", DOWN),
        ("every day at 9: Summarise #ops. Only if something is down", "Summarise #ops.", DOWN),
        ("every day at 9: is all well? only if something is down", "is all well?", DOWN),
        ("every day at 9: summarise #ops – only if something is down", "summarise #ops", DOWN),
        ("every day at 9: summarise #ops, but only post it if something is down", "summarise #ops", DOWN),
        ("every day at 9: summarise #ops, post only if something is down", "summarise #ops", DOWN),
        ("daily at 9: list owners, then say who is late, only if one is", "list owners, then say who is late",
         "one is"),
        ("every day at 9 only if something is down: summarise #ops", "summarise #ops", DOWN),
        ("every day at 9: if: something is down: summarise #ops", "summarise #ops", DOWN),
        ("tomorrow at 9: list the tickets if: a ticket is older than two days", "list the tickets",
         "a ticket is older than two days"),
        ("every day at 9: list a, b and say hi. Then c. if: one. Or two.", "list a, b and say hi. Then c.",
         "one. Or two"),
        ("every day at 9: summarise #ops only if is anything down?", "summarise #ops", "is anything down?"),
        ("daily at 9: fasse zusammen, if: es gibt einen Ausfall", "fasse zusammen", "es gibt einen Ausfall"),
        ("every day at 9: summarise #ops only if: “something is down”", "summarise #ops", DOWN),
        ('daily at 9: "summarise, and list if any" only if something is down', "summarise, and list if any",
         DOWN),
        ("schedule a summary of #ops only if something is down every day at 9", "a summary of #ops", DOWN),
        ("every day at 9: remind us to restart if: Redis is down", "remind us to restart", "Redis is down"),
        ("daily at 9: what is down at https://a.example/b?c=d only if something is down",
         "what is down at https://a.example/b?c=d", DOWN),
        ("daily at 9: summarise https://a.example:8080/b only if something is down",
         "summarise https://a.example:8080/b", DOWN),
        ("daily at 9: summarise https://a.example/b, only if something is down",
         "summarise https://a.example/b", DOWN),
        ("daily at 9: summarise #ops, but only when something is down", "summarise #ops", DOWN),
    ],
)  # fmt: skip
def test_a_condition_is_parted_from_its_prompt(text: str, query: str, condition: str) -> None:
    found = read(text)
    assert isinstance(found, ScheduleRequest)
    assert (found.query, found.post_if) == (query, condition)


@pytest.mark.parametrize(
    "prompt",
    [
        "tell me if it rains",
        "tell me if it rains, and only then",
        "list the PRs, and mention drafts only if they are old",
        "list the owners and mention the drafts only if they are old",
        "list the PRs. Mention drafts only if they are old. Be brief",
        "say hello only if you mean it",
        "remind us to take an umbrella only if it rains",
        "what does `if:` mean in a workflow",
        "explain “only if” to a child",
        "explain iff: its use",
        "if the build failed: list the causes",
        "compare if-else and only-if",
        "say only if A and only if B",
        "list what is if:not down",
    ],
)
def test_other_words_stay_in_the_prompt(prompt: str) -> None:
    found = read(f"every day at 9: {prompt}")
    assert isinstance(found, ScheduleRequest)
    assert (found.query, found.post_if) == (prompt, None)


@pytest.mark.parametrize(
    "text", ["tell me if it rains", "summarise #ops only if something is down", "x if: y"]
)
def test_a_prompt_for_now_is_asked_as_it_stands(text: str) -> None:
    assert read(text) == AskRequest(query=text)


def test_a_prompt_in_quotes_has_no_condition() -> None:
    found = read('every day at 9 "summarise #ops only if something is down"')
    assert isinstance(found, ScheduleRequest)
    assert (found.query, found.post_if) == ("summarise #ops only if something is down", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("every day at 9 only if something is down", "condition_alone"),
        ("every day at 9: if: something is down", "condition_alone"),
        ("every day at 9: summarise #ops if:", "no_condition"),
        ("every day at 9: summarise #ops only if ?", "no_condition"),
        ("every day at 9: summarise #ops only if", "no_condition"),
        (f"every day at 9: summarise #ops if: {'x ' * POST_IF_LIMIT}", "long_condition"),
        ("every day at 9: summarise #ops only if it is monday", "timed_condition"),
        ("every day at 9: summarise #ops only if today is a weekday", "timed_condition"),
        ("every day at 9: summarise #ops if: is it the first day of the month?", "timed_condition"),
        ("every day at 9: summarise #ops if: it's after 5pm", "timed_condition"),
        ("every day at 9: summarise #ops if: heute ist Montag", "timed_condition"),
        (f"every day at 9: summarise #ops if: {'x' * 5_000}", "too_long"),
    ],
)
def test_what_cannot_be_a_condition_is_asked_about(text: str, problem: str) -> None:
    found = read(text)
    assert isinstance(found, UsageError)
    assert found.problem == problem


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("Only if something is down.", DOWN),
        ("if something is down", DOWN),
        ("  post if:  something\nis   down ", DOWN),
        ("is anything down?", "is anything down?"),
        ("iffy results are listed", "iffy results are listed"),
        ("", ""),
        ("if", ""),
    ],
)
def test_a_condition_of_the_form_is_tidied(typed: str, tidy: str) -> None:
    assert tidy_condition(typed) == tidy


@pytest.mark.parametrize(
    "condition",
    [
        "it is monday's report that is late",
        "the monday meeting is moved",
        "a ticket is due on monday",
        "it is down",
    ],
)
def test_a_condition_may_speak_of_days_that_the_answer_tells(condition: str) -> None:
    assert fault_in_condition(condition) is None


def test_words_that_may_have_been_meant_as_one_are_noticed() -> None:
    assert may_hold_condition("list the PRs, and mention drafts only if they are old")
    assert not may_hold_condition("tell me if it rains")


@pytest.mark.parametrize(
    "piece", ["only if ", "if: ", "x, ", "“", "`", "post it only if it is ", "and but ", " "]
)
def test_it_takes_no_longer_than_the_text(piece: str) -> None:
    def read_all(text: str) -> object:
        return split_condition(text), fault_in_condition(tidy_condition(text)), split_reviewers(text)

    count = 2_000 // len(piece)
    for first in ("", "only if a", "x, reviewed by @a"):
        short, long = (f"{first}{piece * times}z" for times in (count, 2 * count))
        assert grows_evenly(read_all, short, long), first


@pytest.mark.parametrize(
    ("ending", "changes"),
    [
        (" only if something has changed", "only"),
        (", but only if it changed since the last time", "only"),
        (" only when there is something new", "only"),
        (" only if the page has changed.", "only"),
        (", only what has changed", "difference"),
        (", only what's new", "difference"),
        (", only changes", "difference"),
    ],
)
def test_a_change_is_no_condition_but_what_a_schedule_posts(ending: str, changes: str) -> None:
    request = read(f"every day at 9: check https://example.com{ending}")
    assert isinstance(request, ScheduleRequest)
    assert (request.query, request.changes, request.post_if) == ("check https://example.com", changes, None)


@pytest.mark.parametrize(
    ("text", "query", "post_if"),
    [
        ("every day at 9: list only what has changed", "list only what has changed", None),
        (
            "every day at 9: check the page only if the price has changed",
            "check the page",
            "the price has changed",
        ),
        ("tomorrow at 9: check the page only if it has changed", "check the page", "it has changed"),
        ("tomorrow at 9: check the page, only changes", "check the page, only changes", None),
    ],
)
def test_other_words_of_changes_stay_what_they_are(text: str, query: str, post_if: str | None) -> None:
    request = read(text)
    assert isinstance(request, ScheduleRequest)
    assert (request.query, request.changes, request.post_if) == (query, "always", post_if)


@pytest.mark.parametrize("ending", ["only if something is down", "only what has changed"])
def test_a_time_before_what_ends_the_prompt_goes_first(ending: str) -> None:
    moved = split_scheduled(f"summarise #ops every day at 9, {ending}, reviewed by @anna", now=NOW)
    assert (moved.text, moved.reviewers) == (f"every day at 9: summarise #ops, {ending}", ("@anna",))
    alone = f"summarise #ops, {ending}"
    assert split_scheduled(alone, now=NOW).text == alone
