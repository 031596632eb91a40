"""Words in a thread: orders about *this*, follow-ups, and what is to be asked again; prompts stay prompts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands import AskRequest, GuideRequest, RepeatRequest, ScheduleRequest, UsageError, parse_command
from bot.commands.this_one import name_this
from scheduler import describe_timing

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pause this until monday", "pause ID until monday"),
        ("could you pause it for two weeks, please?", "pause ID for two weeks"),
        ("stop this until friday", "pause ID until friday"),
        ("snooze this 2 days", "snooze ID 2 days"),
        ("postpone to monday", "snooze ID monday"),
        ("pause, please", "pause ID"),
        ("resume this", "resume ID"),
        ("skip the next one", "skip ID"),
        ("make it 10:30 instead", "reschedule ID 10:30"),
        ("change the time to every weekday at 8", "reschedule ID every weekday at 8"),
        ("every day at 10 instead", "reschedule ID every day at 10"),
        ("run this again", "run ID"),
        ("edit the prompt", "edit ID"),
        ("change the prompt to: three lines", "edit ID"),
        ("rename this to Morning news", "rename ID to Morning news"),
        ("move this to #ops", "move ID to #ops"),
        ("copy it to #ops and me", "copy ID to #ops and me"),
        ("transfer this to @grace", "transfer ID @grace"),
        ("delete this schedule", "delete ID"),
        ("subscribe me", "subscribe ID"),
        ("send me this every morning at 8", "subscribe ID every morning at 8"),
        ("I want this too", "subscribe ID"),
        ("unsubscribe me from this", "unsubscribe ID"),
        ("history", "history ID"),
        ("nvm cancel that", "show ID"),
        ("please stop posting this here", "show ID"),
        ("don't post tomorrow", "show ID"),
        ("post this in #ops too", "show ID"),
        ("do this every monday at 9", "show ID"),
        ("when does this run next?", "show ID"),
        ("who scheduled this?", "show ID"),
    ],
)
def test_an_order_about_this_is_one_about_the_schedule_of_the_thread(text: str, meant: str) -> None:
    assert name_this(text, "ID") == meant


@pytest.mark.parametrize(
    "text",
    [
        *("why is it down?", "shorter", "in German", "show me the source", "more", "explain this", "again"),
        *(
            "make it 10 bullets",
            "make this a table",
            "change it to French",
            "make it shorter",
            "I want this shorter",
        ),
        *(
            "delete the second line",
            "stop using emojis",
            "when is it due?",
            "who owns this?",
            "delete this post",
        ),
        *("put it first", "make it last longer", "each of them is better", "have it daily newsletter style"),
        *("do it every time", "run this on Monday's data", "pause for a second and explain"),
        *("cancel the meeting", "move the third point up", "send the numbers", "translate this", "continue"),
    ],
)
def test_words_about_the_answer_are_no_orders(text: str) -> None:
    assert name_this(text, "ID") is None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("post this every day at 8", "every day at 08:00"),
        ("every day at 8: the same", "every day at 08:00"),
        ("I'd like this every morning at 8", "every day at 08:00"),
        ("can you do this every monday at 9?", "every Monday at 09:00"),
        ("ask that same question every monday at 9", "every Monday at 09:00"),
        ("again tomorrow at 9", "on Thursday 26 November 2026 at 09:00"),
    ],
)
def test_this_is_asked_again_at_a_time_in_a_thread_and_asked_about_elsewhere(text: str, when: str) -> None:
    repeated = parse_command(text, now=NOW, zone="Europe/Berlin", in_thread=True)
    assert isinstance(repeated, RepeatRequest)
    assert describe_timing(repeated.timing) == when
    assert parse_command(text, now=NOW, zone="Europe/Berlin") == UsageError(problem="no_prompt")


def test_send_me_this_is_for_one_person() -> None:
    asked = parse_command("send me this every monday", now=NOW, zone="Europe/Berlin", in_thread=True)
    assert isinstance(asked, RepeatRequest)
    assert asked.placed is not None
    assert [place.typed for place in asked.placed.places] == ["me"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("remind us of this tomorrow at 9", "remind us about this thread"),
        ("remind me in 2 hours", "remind me about this thread"),
        ("remind me tomorrow about it", "remind me about this thread"),
        ("remind me tomorrow to call Bob", "remind me to call Bob"),
        ("post this thread every day at 8", "post this thread"),
        ("post this week's goals every day at 8", "post this week's goals"),
        ("schedule this every day at 9: tell a joke", "tell a joke"),
    ],
)
def test_a_reminder_of_this_is_about_the_thread_and_a_prompt_of_its_own_is_kept(
    text: str, query: str
) -> None:
    request = parse_command(text, now=NOW, zone="Europe/Berlin", in_thread=True)
    assert isinstance(request, ScheduleRequest)
    assert request.query == query


@pytest.mark.parametrize(
    "text",
    [
        *(
            "shorter",
            "make it a bit longer, please",
            "more",
            "auf Deutsch",
            "translate this to French",
        ),
        *(
            "as a table",
            "in three bullets",
            "sources?",
            "where is this from?",
            "that's wrong",
            "are you sure?",
            "go on",
        ),
    ],
)
def test_a_follow_up_is_a_question_in_a_thread_and_elsewhere_about_nothing(text: str) -> None:
    assert parse_command(text, now=NOW, zone=None, in_thread=True) == AskRequest(query=text)
    assert parse_command(text, now=NOW, zone=None) == GuideRequest(guide="follow_up")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "is it up again?",
            "is it down?",
            "which version?",
            "costs?",
            "how much did it cost?",
            "what failed last night?",
        ),
        *(
            "what's next?",
            "yes please",
            "list them",
            "show more",
            "redo it",
            "continue",
            "details?",
            "options?",
        ),
    ],
)
def test_in_a_thread_the_thing_is_meant_and_not_the_bot(text: str) -> None:
    assert parse_command(text, now=NOW, zone=None, in_thread=True) == AskRequest(query=text)
    assert not isinstance(parse_command(text, now=NOW, zone=None), AskRequest)


def test_a_bare_question_is_one_in_a_thread_too() -> None:
    for text in ("how?", "why?", "more"):
        assert parse_command(text, now=NOW, zone=None, in_thread=True) == AskRequest(query=text)
    assert parse_command("Why?", now=NOW, zone=None) == AskRequest(query="Why?")
