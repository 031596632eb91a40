"""Slips of the finger in the first word of a command, and other words for what it does; pure.

Only what is no English word itself counts as a slip before other words, so that a prompt stays one.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from scheduler import slip_among

_WORDS_THEMSELVES: Final = frozenset({"urn", "review", "silt"})
_OTHER_VERBS: Final = {
    "delete": "cancel|remove|rm|erase|clear|wipe|purge|drop|kill|end|destroy|del|unschedule|nuke"
    "|trash|get rid of"
    "|clean up|take down|discard|terminate|archive",
    "pause": "stop|disable|halt|suspend|mute|silence|freeze|hold|turn off|switch off|put on hold"
    "|deactivate|quit|snooze",
    "resume": "unpause|continue|enable|restart|reactivate|activate|unmute|turn on|switch on"
    "|unfreeze|re-enable"
    "|restore",
    "run": "start|trigger|fire|execute|rerun|re-run|launch|run now|test",
    "show": "view|open|info|see|display|details|inspect|describe|check|find|get"
    "|postpone|delay|defer|repeat|status|look at|bump|share"
    "|export|pin|unpin",
    "skip": "omit|leave out",
    "unskip": "don't skip|do not skip",
    "edit": "reschedule|change|update|modify|adjust|configure|fix",
    "history": "log|logs|runs|past runs",
    "move": "relocate|transplant",
    "copy": "duplicate|clone",
    "rename": "call|retitle",
    "subscribe": "subscribe to|subscribe me to|follow|send me|notify me of",
    "unsubscribe": "unsubscribe from|unsubscribe me from|unfollow|stop sending me",
    "transfer": "give|assign|reassign|hand over|hand",
}
_VERB_OF: Final = {
    **{verb: verb for verb in _OTHER_VERBS},
    **{other: verb for verb, others in _OTHER_VERBS.items() for other in others.split("|")},
}
_SINGLE_VERBS: Final = tuple(verb for verb in _VERB_OF if " " not in verb)
_ALSO_ALONE: Final = {
    "ls": "list", "costs": "stats", "create": "new", "add": "new", "schedule": "new", "set": "new",
}  # fmt: skip
_MOST_VERB_WORDS: Final = 3


def find_slip(word: str, words: tuple[str, ...]) -> str | None:
    """The one of `words` that was meant, with two letters swapped, or one lost or doubled."""
    if word in _WORDS_THEMSELVES:
        return None
    return slip_among(word, words)


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was probably meant where hardly a prompt can be."""
    return next(iter(get_close_matches(word, list(words), n=1, cutoff=0.75)), None)


def other_word(word: str, *, alone: bool) -> str | None:
    """The subcommand that does what people expect of `word`, before an id or `alone`."""
    return _ALSO_ALONE.get(word) if alone else _VERB_OF.get(word)


def split_verb(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The subcommand that the first words mean, and the words after them; None for other words."""
    for length in range(min(_MOST_VERB_WORDS, len(words)), 0, -1):
        if verb := _VERB_OF.get(" ".join(words[:length])):
            return verb, words[length:]
    if words and (mended := find_slip(words[0], _SINGLE_VERBS)):
        return _VERB_OF[mended], words[1:]
    return None, words
