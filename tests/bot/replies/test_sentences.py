"""The list of all that the bot says leaves nothing out, and every sentence is plain English for people."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import CodeType, FrameType
from typing import Any, Final

import pytest

from bot import replies
from tests.bot.replies.sentences import PLACES, all_sentences, texts_in

SAYS_NOTHING: Final = {
    "find_target",
    "read_latest_press",
    "actions_of",
    "read_press",
    "read_review_press",
    "read_review_value",
    "read_vote_press",
}
"""These read what comes back from a button, and say nothing themselves."""

_VARIABLES: Final = re.compile(r"\{(?:date|weekday|since|channel|tomorrow)\}")
"""Braces that people are meant to see: what a prompt may hold."""

FORBIDDEN: Final = (
    "whoever|whom|anew|of which|nothing came of",
    "runs me",
    "cron|QStash|Redis|Valkey|API",
    "token",
    "cached?|caches",
    "my memory",
    "UTC days|days in UTC",
    "as it should|did not work out|came to nothing",
    "what it reads|what is read|may be used any more",
    "do not|does not|did not|cannot|will not|is not|are not",
    "[A-Z]+_[A-Z_]+",
    "exception|traceback|True|False",
)
"""Words that stop a reader, as whole words; text to be typed is left out."""
ALLOWED: Final = {
    "A small demo model on this machine wrote this",  # its reader is the operator
    "For a real model, set",  # and here
    "tokens sent,",  # a number in the statistics, for the people who ask for them
    "Slack's error code:",
    "A cron needs five fields",  # these answer people who have typed a cron
    "a cron needs two parts",
    "The cron “",
}


def modules() -> Iterator[Any]:
    for found in walk_packages(replies.__path__, "bot.replies."):
        if not found.ispkg:
            yield import_module(found.name)


def public_functions() -> Iterator[Callable[..., Any]]:
    for module in modules():
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                yield value


def called_by_the_list() -> set[CodeType]:
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for entries in PLACES.values():
            for entry in entries():
                list(texts_in(entry))
    finally:
        sys.setprofile(before)
    return called


def test_the_list_calls_every_public_function_of_replies() -> None:
    called = called_by_the_list()
    functions = list(public_functions())
    assert len(functions) > 100
    left_out = {function.__name__ for function in functions if function.__code__ not in called}
    assert left_out == SAYS_NOTHING


def without_what_is_typed(sentence: str) -> str:
    return re.sub(r"`[^`]*`|https?://\S+", "", sentence)


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_sentence_has_words_that_stop_a_reader(pattern: str) -> None:
    found = [
        sentence
        for sentences in all_sentences().values()
        for sentence in sentences
        if re.search(rf"\b(?:{pattern})s?\b", without_what_is_typed(sentence))
        and not any(words in sentence for words in ALLOWED)
    ]
    assert found == []


def test_a_word_that_stops_a_reader_would_be_found() -> None:
    bad = ("Whoever runs me", "2 tokens", "it came from the cache", "I cannot", "set OPENAI_API_KEY")
    for sentence in bad:
        assert any(re.search(rf"\b(?:{pattern})s?\b", sentence) for pattern in FORBIDDEN), sentence


def test_no_sentence_has_a_mark_that_was_forgotten() -> None:
    for sentences in all_sentences().values():
        for written in sentences:
            sentence = _VARIABLES.sub("variable", written)
            assert not re.search(r"[{}]|  |\.\.|\s[.,;:!?](?:\s|$)| ,|&(?:lt|gt|amp);|<[!#@]", sentence), (
                sentence
            )
            assert sentence.count("`") % 2 == 0, sentence
            assert sentence.count("“") == sentence.count("”"), sentence
            assert sentence.count("(") == sentence.count(")"), sentence


def test_each_place_says_something() -> None:
    assert all(all_sentences().values())


def test_every_word_for_people_stands_in_replies() -> None:
    """Outside, strings with a capital and a full stop are logs and errors, which operators read."""
    for folder in ("ui", "runs", "stats", "workspaces", "housekeeping"):
        for path in sorted(Path(replies.__file__).parent.parent.joinpath(folder).rglob("*.py")):
            for line in path.read_text().splitlines():
                if re.search(r'[^"]"[A-Z][a-z]+(?:\'[a-z]+)? [a-z][^"]*[.?!]"', line):
                    assert "logger" in line or "Error(" in line or "raise" in line or "registry" in line, (
                        f"{path}: {line.strip()}"
                    )
