"""The words that times are made of, and the place in a text up to which they have been read.

Functions that read consume the words they know from the front of the rest, or leave them alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from scheduler.errors import UnknownZone
from scheduler.language.grammar.zone_words import zone_at

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
WORKING_DAYS: Final = frozenset({1, 2, 3, 4, 5})
WEEKEND: Final = frozenset({0, 6})


def listed_words(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


@cache  # the patterns are few and known
def _compile_pattern(words: str, end: str) -> re.Pattern[str]:
    gap = r"[^\S\n]"
    words = words.replace(" ?", f"{gap}*").replace(" ", f"{gap}+")
    return re.compile(rf"{gap}*(?a:{words}){end}", re.IGNORECASE)


_ZONE_GAP: Final = re.compile(r",?[^\S\n]+")
_GLUED_ZONE: Final = re.compile(r"Z(?!\w)|[+-]\d\d:?\d\d(?![\w:])|UTC|GMT")
"""A zone that may follow a clock without a space: `17:00Z`."""


class Words:
    """A text and a place in it. `consume` moves on past whole words, or stays and returns None."""

    def __init__(self, text: str, position: int, *, reader: str | None = None) -> None:
        self.text, self.start, self.position = text, position, position
        self.reader = reader
        """The zone of the person who typed them, if it is known."""

    def consume(self, words: str, *, end: str = r"(?!\w)") -> re.Match[str] | None:
        if found := _compile_pattern(words, end).match(self.text, self.position):
            self.position = found.end()
        return found

    def sees(self, words: str) -> bool:
        return _compile_pattern(words, r"(?!\w)").match(self.text, self.position) is not None

    def read_since(self, position: int) -> str:
        return self.text[position : self.position].strip()

    def read_before(self, position: int) -> str:
        """The words that were read up to `position`."""
        return " ".join(self.text[self.start : position].split())

    def consume_zone(self) -> str | None:
        """The zone that comes next, "" for the reader's own; past an unknown one too."""
        gap = _ZONE_GAP.match(self.text, self.position)
        glued = self.text[self.position - 1 : self.position].isalnum() and _GLUED_ZONE.match(
            self.text, self.position
        )
        if gap is None and not glued:
            return None
        try:
            found = zone_at(self.text, gap.end() if gap else self.position, reader=self.reader)
        except UnknownZone as error:
            self.position = self.text.index(error.said, self.position) + len(error.said)
            raise
        if found:
            name, self.position = found
            return name
        return None


WEEKDAY: Final = (
    r"(?:sun(?:day)?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?"
    r"|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?)"
)
FULL_WEEKDAY: Final = r"(?:sun|mon|tues|wednes|thurs|fri|satur)day"
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
NTH: Final = r"(\d{1,2})(?:st|nd|rd|th)"
AND: Final = r",? ?and|,|&"
NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "twenty-five": 25, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
COUNT: Final = rf"(\d{{1,9}}|an?|{'|'.join(NUMBERS)})"
HOUR_WORD: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
DASH: Final = "[-–—]"
TOMORROW: Final = r"(?:tomorrow|tommorr?ow|tomorr?o|tomorow|tmrw|tmr|tmw)"


def read_count(word: str) -> int:
    """Digits, a number word, or a and an."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower(), 1)


def month_number(word: str) -> int:
    return [name[:3].lower() for name in MONTHS].index(word[:3].lower()) + 1


def weekday_number(word: str) -> int:
    """The number of a day that is named by two letters or more; 0 is Sunday."""
    return next(number for number, name in enumerate(WEEKDAYS) if name.lower().startswith(word[:3].lower()))
