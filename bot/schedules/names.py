"""Ids of schedules that can be spoken, and names that cannot be mistaken for anything else."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from typing import Final

from bot.schedules.refusals import BadName
from bot.schedules.schedule import NAME_LIMIT

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
