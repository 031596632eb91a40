"""Ids of schedules that can be spoken, names that cannot be mistaken for anything else, and handles.

A handle is what commands call a schedule that nobody has named, such as `summarise-news`: the first words of
its prompt that say something. Where a source is not for everyone, the prompt may not be known to all who may
see the schedule, so the handle says its time instead. In letters that commands are typed in, it has two parts
at least, so that it is none of their words.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import replace
from itertools import groupby
from typing import Final

from bot.schedules.refusals import BadName
from bot.schedules.schedule import NAME_LIMIT, Schedule
from bot.sources import Everyone
from scheduler import Cron, Timing, ZoneInfo

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES: Final = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
ID: Final = re.compile(r"[a-z]{4}-[a-z]{4}", re.IGNORECASE)
"""The form of ids, which no name may have, or it could stand for another schedule."""
NEW_ID: Final = re.compile(
    rf"(?:[{_CONSONANTS}][{_VOWELS}]){{2}}-(?:[{_CONSONANTS}][{_VOWELS}]){{2}}", re.IGNORECASE
)
"""The form of what `new_id` gives, which hardly a word of a prompt has."""


def new_id(seed: str = "") -> str:
    """Short and speakable, such as "kolu-tane"; the same for the same `seed`, if there is one."""
    drawn = hashlib.sha256(seed.encode()).digest() if seed else secrets.token_bytes(8)
    numbers = [int.from_bytes(drawn[place : place + 2]) for place in range(0, 8, 2)]
    syllables = [_SYLLABLES[number % len(_SYLLABLES)] for number in numbers]
    return f"{syllables[0]}{syllables[1]}-{syllables[2]}{syllables[3]}"


def tidy_name(name: str | None) -> str | None:
    """The name without characters that nobody sees, or that turn the rest of a line round."""
    if name is None:
        return None
    return "".join(character for character in name if character == "\n" or not _is_unseen(character)).strip()


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNS


_TURNS: Final = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def bad_name(name: str | None) -> BadName | None:
    """The reason why a schedule may not have this name."""
    if name is None:
        return None
    if not name.strip():
        return BadName(name=name, problem="empty")
    if len(name) > NAME_LIMIT or "\n" in name:
        return BadName(name=name[:NAME_LIMIT], problem="too_long")
    if ID.fullmatch(name.strip()):
        return BadName(name=name, problem="like_an_id")
    return None


# Handles

_MOST_PARTS: Final = 3
_LONGEST: Final = 30
_LONGEST_PART: Final = 20
_UNSPACED: Final = 10
"""Characters of a text in a script that has no spaces."""
_TRIED: Final = 20
"""Numbers that are tried where others have the same handle."""
_NO_WORDS: Final = re.compile(
    r"<[^<>]*>|(?<!\w)\w+://\S+|(?<![\w-])[\w-]+(?:\.[\w-]+)+(?:/\S*)?|\{[^{}]*\}|:[a-z0-9_+-]+:|[#@]\S+|['’]s\b",
    re.IGNORECASE,
)
"""Links, mentions, channels, variables and emoji."""
_SMALL: Final = frozenset(
    re.findall(
        r"\w+",
        "a about all also an and any are as at be been by can could did do does each every for from "
        "get give had has have he here how i if in into is it its just kindly let make me my no not "
        "of on one or our over please pls plz post send shall she should show so some tell than that the "
        "their them then there these they this those to too us very was we were what when where which "
        "who why will with would write you your",
    )
)
"""English words that say little of a prompt."""
_DAYS: Final = ("sundays", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays")


def give_handle(schedule: Schedule) -> Schedule:
    """The same with the handle that it should have: none beside a name, and its own as long as that fits."""
    if schedule.name:
        return replace(schedule, handle=None)
    if schedule.handle and _fits(schedule.handle, schedule):
        return schedule
    return replace(schedule, handle=_make_handle(schedule))


def other_handles(handle: str) -> list[str]:
    """Handles for one whose own is taken, in the order in which they are tried."""
    return [f"{handle}-{number}" for number in range(2, _TRIED + 2)]


def _make_handle(schedule: Schedule) -> str:
    words = [] if _is_private(schedule) else _telling_words(schedule.query)
    parts: list[str] = []
    for word in words[:_MOST_PARTS]:
        if parts and len("-".join((*parts, word))) > _LONGEST:
            break
        parts.append(word)
    rhythm, clock = _time_parts(schedule.rhythm)
    if not parts:
        return "-".join((rhythm, clock) if clock else (rhythm, "schedule"))
    handle = "-".join(parts)
    is_typed_like_commands = handle.isascii() and len(parts) == 1
    if is_typed_like_commands or ID.fullmatch(handle) or not any(map(str.isalpha, handle)):
        handle = f"{handle}-{rhythm}"
    return f"{handle}-{clock}" if ID.fullmatch(handle) else handle


def _fits(handle: str, schedule: Schedule) -> bool:
    """True of what may stay: its words are still in the prompt, or in the time."""
    made, bare = _make_handle(schedule), re.sub(r"-\d+$", "", handle)
    if made in (handle, bare):
        return True
    if _is_private(schedule):
        return False
    known = {*_words_in(schedule.query), *"-".join(_time_parts(schedule.rhythm)).split("-")}
    return any(set(kept.split("-")) <= known for kept in (handle, bare))


def _is_private(schedule: Schedule) -> bool:
    return any(not isinstance(source.readers, Everyone) for source in schedule.sources)


def _telling_words(prompt: str) -> list[str]:
    words = _words_in(prompt)
    return [word for word in words if word not in _SMALL] or words


def _words_in(prompt: str) -> list[str]:
    """The words of a prompt in small letters; of a text without spaces, its beginning."""
    flat = unicodedata.normalize("NFKC", _NO_WORDS.sub(" ", prompt)).lower()
    bare = "".join(character for character in flat if unicodedata.category(character) != "Cf")
    runs = groupby(bare.replace("'", "").replace("’", ""), key=lambda letter: _is_in_word(letter))
    return [_shorten("".join(letters)) for is_word, letters in runs if is_word]


def _is_in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _shorten(word: str) -> str:
    """The word, or so much of it as one can type; marks stay with their letters."""
    most = _LONGEST_PART if _has_spaces_around(word) else _UNSPACED
    if len(word) <= most:
        return word
    while most < len(word) and unicodedata.category(word[most]).startswith("M"):
        most += 1
    return word[:most]


def _has_spaces_around(word: str) -> bool:
    """False in Chinese, Japanese, Thai and the like, which put no spaces between words."""
    return not any(
        "\u0e00" <= letter <= "\u0fff"
        or "\u1000" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
        or "\u3040" <= letter <= "\u9fff"
        for letter in word
    )


def _time_parts(timing: Timing) -> tuple[str, str]:
    """The rhythm in a word, and the time of day if there is one: `mondays` and `0900`."""
    if not isinstance(timing.when, Cron):
        wall = timing.when.at.astimezone(ZoneInfo(timing.when.zone))
        return "once", f"{wall:%d}-{wall:%b}".lower().lstrip("0")
    fields = timing.when.fields
    clock = (
        ""
        if fields.even or len(fields.clock) != 1
        else f"{fields.clock[0] // 60:02}{fields.clock[0] % 60:02}"
    )
    if fields.even:
        return "hourly" if len(fields.minutes) == 1 else "frequent", ""
    if timing.nth is not None or len(fields.days) < 31:
        return "monthly", clock
    if len(fields.weekdays) == 1:
        (day,) = fields.weekdays
        return _DAYS[day], clock
    if fields.weekdays == frozenset(range(1, 6)):
        return "weekdays", clock
    return "daily" if len(fields.weekdays) == 7 else "weekly", clock
