"""The first words of times, form by form: most words of a prompt open none, and are passed over at once.

A pattern here may know words with which its form never begins, and must know all with which it does. Words
that prompts are full of, such as *the* and *in*, open a time only before some others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import digits
from typing import Final

from scheduler.language.grammar.vocabulary import (
    COUNT,
    FULL_WEEKDAY,
    HOUR_WORD,
    MONTH,
    NUMBERS,
    TOMORROW,
    WEEKDAY,
)

FIRST_WORD: Final = re.compile(r"[^\S\n]*([a-z]+|[\d*@`,])", re.IGNORECASE)
"""The letters of a first word, without the digits of `at9`; or the digit or mark that stands there."""


def _opening_pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


UNIT: Final = r"(?<![a-z])[smhdw]|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?"
"""A unit of a delay; a letter alone is one after `5` and `5 `, and not in *as* and *and*."""
_WEEKDAYS: Final = rf"{WEEKDAY}(?:to|through|thru)?|{FULL_WEEKDAY}s"
_PARTS: Final = "mornings|afternoons|evenings|nights|nites"
_EDGE: Final = "end|start|beginning"
_NTH: Final = "first|second|third|fourth|fifth|last"
_INITIALS: Final = r"(?:mwf|m|tth|tu|t|mtwtf|mo|we|th|fr|sa|su)\b"

CRON: Final = _opening_pattern(r"on|the|cron|tz|[\d*@`]")
DELAY: Final = _opening_pattern(rf"in|half|quarters?|(?:couple|{COUNT})(?:{UNIT})?")
REPEAT: Final = _opening_pattern(
    rf"every|each|all|bi|biweekly|bimonthly|hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly"
    rf"|annually|once|twice|thrice|{COUNT}|several|on|only|in|at|by|the|{_NTH}|{_EDGE}|day"
    rf"|week(?:days?|ends?|nights)?|work(?:days?|ing)?|business|{_INITIALS}|{_WEEKDAYS}|{_PARTS}"
)
AT: Final = _opening_pattern(r"at|half|quarter|a|[\d@,]")
MOMENT: Final = _opening_pattern(
    rf"tonight|tonite|today|{TOMORROW}|on|the|day|this|next|coming|{_WEEKDAYS}|{MONTH}|\d"
)


def _words_before(following: str, words: Iterable[str]) -> dict[str, re.Pattern[str]]:
    return dict.fromkeys(words, re.compile(rf"[^\S\n]*(?:{following})", re.IGNORECASE))


_MONTH: Final = rf"{MONTH}(?![a-z])"
_WEEKDAY: Final = rf"{WEEKDAY}(?![a-z])"
_DAYS: Final = rf"(?:{_WEEKDAYS})(?![a-z])|week|work|business"
_AFTER_FIRST: Final = rf"{_DAYS}|day|(?:of|in|every|each|per|a|and)\b|[,&]"
_AFTER_LAST: Final = rf"{_DAYS}|day|calendar|of|in"
_ONE_EDGE: Final = rf"(?:{_EDGE})\s+of"
_AFTER_THE: Final = (
    rf"\d|{_MONTH}|cron|day\s+(?:after|\d)|first\s*(?:{_AFTER_FIRST})|last\s+(?:{_AFTER_LAST})|{_ONE_EDGE}"
    rf"|(?:second|third|fourth|fifth)\s+(?:{_DAYS})"
)
_AFTER_NUMBER: Final = rf"(?:{UNIT})(?![a-z])|and\b|quarter|times|-five"
ONLY_BEFORE: Final = {
    **_words_before(_AFTER_THE, ["the"]),
    **_words_before(
        rf"\d*+(?:[*:.,/-]|[^\S\n]*(?:{_AFTER_NUMBER}|[\d*]|[ap]\.?m|st|nd|rd|th|of\b|{_MONTH}))", digits
    ),
    **_words_before(rf"{_AFTER_NUMBER}|couple|few", ["a", "an"]),
    **_words_before(_AFTER_NUMBER, NUMBERS),
    **_words_before(
        rf"\d|{COUNT}(?:{UNIT})?(?![a-z])|half|quarter|couple|several|few|the\s+(?:{_DAYS}|{_INITIALS}|{_PARTS})",
        ["in"],
    ),
    **_words_before(rf"(?:the\s+)?(?:{_AFTER_THE})|{_DAYS}|{_INITIALS}|{_PARTS}|this|next|coming", ["on"]),
    **_words_before(
        rf"\d|noon|mid|half|quarter|a\s+quarter|twenty|{HOUR_WORD}|about|around|roughly|approximately"
        rf"|(?:the\s+)?{_ONE_EDGE}",
        ["at"],
    ),
    **_words_before(rf"(?:the\s+)?{_ONE_EDGE}", ["by"]),
    **_words_before(r"\d|after", ["day"]),
    **_words_before("of", ["end", "start", "beginning"]),
    **_words_before(rf"morning|afternoon|evening|coming|{_WEEKDAY}", ["this"]),
    **_words_before(rf"week|{_WEEKDAY}", ["next"]),
    **_words_before(_AFTER_FIRST, ["first"]),
    **_words_before(_AFTER_LAST, ["last"]),
    **_words_before(_DAYS, ["all", "second", "third", "fourth", "fifth"]),
    **_words_before("day|end", ["week", "work", "working", "business"]),
    **_words_before(r"\.?\s*(?:the\s)?\s*\d", ["march", "may"]),
}
"""Frequent words, and what must follow where they open a time."""
