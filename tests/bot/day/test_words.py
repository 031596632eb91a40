"""The prompts that use the day, and those that only sound like it."""

from __future__ import annotations

import pytest

from bot.day import uses_day

USING = (
    "What is due this week?",
    "List the deadlines in the project plan",
    "Which invoices are overdue?",
    "What did we do yesterday?",
    "Summarise what happened so far",
    "Who is on call on Friday?",
    "What is new in the next two weeks?",
    "Events in March",
    "Anything by 3 May?",
    "how many days until the release",
    "Which of these were opened 3 days ago?",
    "What is the date?",
    "Everything after 2026-11-29",
    "Was ist heute fällig?",
    "Welche Fristen laufen nächste Woche ab?",
    "Qu'est-ce qui est prévu aujourd'hui ?",
    "¿Qué vence esta semana?",
    "O que temos para amanhã?",
    "Cosa scade domani?",
    "Wat moet er vandaag gebeuren?",
    "Vad händer i dag?",
    "Co mamy na jutro?",
    "Что нужно сделать сегодня?",
    "Bugün ne var?",
    "今日の予定は?",
    "本周有什么截止的?",
    "오늘 마감은 무엇인가요?",
)
OTHERS = (
    "Name three facts about bees",
    "Summarise https://example.org/news",
    "Summarise this thread: what was decided, what is open",
    "Why is the build slow? It is due to the cache",
    "May I use this in production?",
    "How do armies march?",
    "Sort these: sun, mar, sat",
    "Write a product update",
    "What is new?",
    "Explain {date} in an f-string",
    "shorter",
    "in German",
    "",
)


@pytest.mark.parametrize("prompt", USING)
def test_a_prompt_about_time_uses_the_day(prompt: str) -> None:
    assert uses_day(prompt)


def test_the_case_of_letters_counts_only_where_it_tells_words_apart() -> None:
    assert uses_day("WHAT IS DUE TODAY?")
    assert uses_day("bills of friday")
    assert uses_day("in March")
    assert not uses_day("they march in step")


@pytest.mark.parametrize("prompt", OTHERS)
def test_another_prompt_does_not(prompt: str) -> None:
    assert not uses_day(prompt)


@pytest.mark.parametrize("variable", ["date", "weekday", "since"])
def test_a_variable_of_the_day_counts_where_it_is_filled(variable: str) -> None:
    prompt = f"Say {{{variable}}}"
    assert uses_day(prompt, has_variables=True)
    assert uses_day(prompt) == (variable == "weekday"), "a word of the list, braces or not"


def test_the_name_of_a_channel_is_no_day() -> None:
    assert not uses_day("A haiku about {channel}", has_variables=True)


def test_no_text_takes_long() -> None:
    """A pattern that goes back and forth would take minutes here, and the run's time limit with it."""
    for word in ("in a few ", "vor ", "this ", "{ date", "`{", "the day "):
        assert not uses_day(word * (4_000 // len(word)), has_variables=True)
