"""Words about a schedule, and with its posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot import replies
from bot.answers.records import Answer
from bot.replies.posts import answer_parts, quiet_line
from bot.replies.runs import run_words
from bot.replies.schedules import schedule_card
from bot.schedules.history.run import Run, decode_run, encode_run
from bot.schedules.schedule import Schedule
from bot.sources import Channel, File, Link, Thread
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
NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)
DAILY = replace(SCHEDULE, holidays=None, name="News")


@pytest.mark.parametrize(("before", "warned"), [(timedelta(days=30), True), (timedelta(days=200), False)])
def test_a_person_who_schedules_is_warned_before_a_calendar_of_holidays_ends(
    before: timedelta, warned: bool
) -> None:
    end = calendar_end("DE")
    run = datetime.combine(end, time(9), UTC) - before
    told = replies.schedule_made(SCHEDULE, [run], zone_known=True, now=NOW).text
    assert (f"I know the holidays of DE until {end.day} {end:%B %Y}" in told) is warned


def test_a_reading_that_may_surprise_is_named_with_the_other_one() -> None:
    told = replies.schedule_made(DAILY, [NOW], zone_known=True, now=NOW, other="at 05:00").text
    assert "If you meant `at 05:00`, delete this one and type that." in told
    assert "If you meant" not in replies.schedule_made(DAILY, [NOW], zone_known=True, now=NOW).text


@pytest.mark.parametrize(
    ("cron", "told"),
    [("0 9 31 * *", True), ("0 9 30,31 * *", True), ("0 9 28 * *", False), ("0 9 1,31 * *", False)],
)
def test_a_day_that_some_months_do_not_have_is_said_to_be_left_out(cron: str, told: bool) -> None:
    reply = replies.schedule_made(replace(DAILY, cron=cron), [NOW], zone_known=True, now=NOW)
    assert ("are left out" in reply.text) is told


def test_what_turns_text_round_or_is_not_seen_is_left_out_of_what_is_repeated() -> None:
    told = replies.schedule_deleted(replace(DAILY, query="\u202eevil\x00 \u2067text", name="a\u202eb"))
    assert told.startswith("*ab* (“evil text”) is deleted.")


def test_the_first_part_of_a_long_answer_says_that_there_is_more() -> None:
    def first(text: str) -> str:
        answer = Answer(text=text, made=datetime(2026, 11, 22, 12, tzinfo=UTC), model="m")
        return str(
            replies.answer_parts(answer, query="Why?", schedule=None, demo=False, cached=False)[0].blocks
        )

    assert "continues in the thread" in first("A sentence of some length. " * 400)
    assert "continues in the thread" not in first("A sentence.")


def facts(answer: Answer, **more: Any) -> str:
    return quiet_line(answer, **{"schedule": None, "shared": 1, "cached": False, "costs": True, **more})


def test_the_quiet_line_says_when_for_how_many_by_what_and_for_how_much() -> None:
    answer = Answer(
        text="Well.", made=NOW, model="openai:gpt", tokens_in=1_234, tokens_out=56, cost=12_000_000
    )
    line = facts(answer, schedule=DAILY, shared=3)
    name, made, *rest = line.split(" · ")
    assert name == "*News*"
    assert made.startswith("Made <!date^")
    assert made.endswith(", shared by 3 schedules")
    assert rest == ["openai:gpt", "$0.012"]
    assert facts(answer, schedule=DAILY, shared=3, costs=False) == f"{name} · {made}"


def test_an_answer_that_was_cut_off_says_so_also_if_it_counts_as_whole() -> None:
    whole = Answer(text="Well.", made=NOW, model="m")
    for made, cut_off in (
        (whole, False),
        (replace(whole, complete=False), True),
        (replace(whole, shortened=True), True),
    ):
        answer = Answer.decode(made.encode())
        parts = replies.answer_parts(answer, query="Why?", schedule=None, demo=True, cached=False)
        assert ("This answer is cut off" in str(parts)) is cut_off


def test_a_history_says_which_model_answered_and_what_that_cost() -> None:
    run = Run(at=NOW, outcome="posted", model="openai:gpt", cost=12_000_000)
    assert decode_run(encode_run(run)) == run
    assert run_words(run, "UTC", now=NOW).endswith("– posted · openai:gpt · $0.012")


def test_what_is_not_known_is_not_said() -> None:
    line = facts(Answer(text="Well.", made=NOW, model="openai:gpt"))
    assert "$" not in facts(Answer(text="Well.", made=NOW, model="demo:small", cost=0))
    assert "$" not in line
    assert "shared" not in line


def test_a_post_of_what_has_changed_says_that_it_is_not_all() -> None:
    answer = Answer(text="B.", made=NOW, model="openai:gpt", whole="A. B.", credit="from <#C1>")
    assert "only what has changed since the last post · from <#C1> · openai:gpt" in facts(answer)


def pressed(answer: Answer, **more: Any) -> list[tuple[str, str]]:
    """The buttons under an answer, and what they carry."""
    options: dict[str, Any] = {"query": "Sum up", "schedule": None, "demo": False, "cached": False}
    (part,) = answer_parts(answer, **options | more)
    return [
        (button["text"]["text"], button["value"])
        for block in part.blocks
        if block["type"] == "actions"
        for button in block["elements"]
        if button["type"] == "button"
    ]


def test_the_buttons_of_a_post_made_from_sources_carry_what_was_read() -> None:
    bare = Answer(text="Well.", made=NOW, model="openai:gpt")
    read = replace(bare, credit="from <#C1>")
    once = replace(DAILY, cron=None, at=NOW)
    ask = ("Ask about this", "-")
    assert pressed(bare) == [("Refresh", "?Sum up"), ("Schedule this", "?Sum up"), ask]
    assert pressed(bare, schedule=once) == [("Refresh", "?Sum up"), ("Schedule this", "?Sum up"), ask]
    assert pressed(read, kept="abc123") == [("Refresh", "@abc123"), ("Schedule this", "@abc123"), ask]
    assert pressed(read) == pressed(read, kept="abc123", talk=True) == [ask]
    managed = [("Refresh", "kolu-tane"), ("Manage", "kolu-tane")]
    assert pressed(read, schedule=once) == [*managed, ask]
    assert pressed(read, schedule=DAILY) == [*managed, ("Send me this too", "kolu-tane"), ask]
    assert pressed(read, schedule=replace(DAILY, channel="D1")) == [*managed, ask], "nobody else reads there"


def test_a_card_says_what_is_not_as_usual() -> None:
    sources = (
        Link(url="https://example.org/news?token=1"),
        Channel(channel="C2"),
        Channel(channel="C3", hours=168),
        Thread(channel="C4", ts="1700000000.000100"),
        Thread(channel="D4", ts="1700000000.000100"),
        File(file="F1"),
    )
    schedule = replace(DAILY, sources=sources, model="openai:gpt", changes="difference")
    told = schedule_card(schedule, [NOW], None, now=NOW).text
    channels = "<#C2> (what's new), <#C3> (the last week)"
    threads = "a thread in <#C4>, a thread in direct messages"
    assert f"Sources: example.org, {channels}, {threads}, a file" in told
    assert "Model: openai:gpt" in told
    assert "Posts only what has changed" in told
    usual = schedule_card(DAILY, [NOW], None, now=NOW).text
    assert not any(words in usual for words in ("Sources", "Model", "Posts"))


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (None, "What is new?"),
        ("News", "What is new?"),
        (None, "What is new in the world of very long prompts, and why?"),
        (None, "What is\nnew?"),
    ],
)
def test_a_card_shows_a_prompt_once(name: str | None, query: str) -> None:
    told = schedule_card(replace(DAILY, name=name, query=query), [NOW], None, now=NOW)
    assert told.blocks is not None
    assert str(told.blocks[:2]).count(repr(query)[1:-1]) == 1
    assert told.text.replace("\n> ", "\n").count(query) == 1
