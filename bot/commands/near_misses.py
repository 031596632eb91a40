"""Slips of the finger in the first word of a command, and other words for what it does; pure.

Only what is no English word itself counts as a slip before other words, so that a prompt stays one.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_WORDS_THEMSELVES: Final = frozenset({"urn", "review", "silt"})
_SHORTEST_TO_LOSE_A_LETTER: Final = 5
_ALSO_OF_ONE: Final = {
    "cancel": "delete", "remove": "delete", "rm": "delete", "stop": "pause", "disable": "pause",
    "unpause": "resume", "continue": "resume", "enable": "resume", "start": "run", "trigger": "run",
    "view": "show", "open": "show", "info": "show", "change": "edit", "update": "edit", "log": "history",
    "logs": "history", "give": "transfer",
}  # fmt: skip
_ALSO_ALONE: Final = {
    "schedules": "list", "ls": "list", "usage": "stats", "costs": "stats", "commands": "help",
    "create": "new", "add": "new", "schedule": "new",
}  # fmt: skip


def slip(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was meant, with two letters swapped, or one lost or doubled."""
    if word in _WORDS_THEMSELVES:
        return None
    return next((known for known in words if word in _slips_of(known)), None)


def _slips_of(word: str) -> set[str]:
    places = range(len(word))
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1]}
    doubled = {word[: at + 1] + word[at:] for at in places}
    lost = {word[:at] + word[at + 1 :] for at in places if len(word) >= _SHORTEST_TO_LOSE_A_LETTER}
    return (swapped | doubled | lost) - {word}


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was probably meant where hardly a prompt can be."""
    return next(iter(get_close_matches(word, list(words), n=1, cutoff=0.75)), None)


def other_word(word: str, *, alone: bool) -> str | None:
    """The subcommand that does what people expect of `word`, before an id or `alone`."""
    return (_ALSO_ALONE if alone else _ALSO_OF_ONE).get(word)
