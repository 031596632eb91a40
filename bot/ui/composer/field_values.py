"""Values that come back from Slack or from Redis, as the form has them; pure. Odd ones count as empty."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Final, get_args

from bot.sources import MOST, Source, decode_source, is_wire
from scheduler import Changes

_MENTION: Final = re.compile(r"[UWS][A-Z0-9]{2,30}|here|channel", re.ASCII)
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_LONGEST_SOURCE: Final = 200  # characters of one that the modal carries: an id or two
_SECONDS: Final = range(366 * 24 * 3600 + 1)


def mentions_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be mentioned, each once."""
    return _matching(ids, _MENTION)


def channels_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be channels, each once."""
    return _matching(ids, _CHANNEL)


def _matching(ids: object, form: re.Pattern[str]) -> tuple[str, ...]:
    if not isinstance(ids, list | tuple):
        return ()
    return tuple(dict.fromkeys(found for found in ids if isinstance(found, str) and form.fullmatch(found)))


def others_in(value: object) -> tuple[Source, ...]:
    """Sources as a modal carries them, without what is no source or too long for one."""
    if not isinstance(value, list | tuple):
        return ()
    wires = [wire for wire in value if is_wire(wire)]
    return tuple(source for wire in wires[:MOST] if is_carriable(source := decode_source(wire)))


def is_carriable(source: Source) -> bool:
    """True if a modal can carry it."""
    return len(json.dumps(source.encode())) <= _LONGEST_SOURCE


def changes_in(value: object) -> Changes:
    """The part of an answer that is posted; always all of it if the choice is none of ours."""
    return next((choice for choice in get_args(Changes) if choice == value), "always")


def seconds_in(text: object) -> int | None:
    """A number of seconds that a choice names; None for anything else."""
    number = _number_in(text, digits=9)
    return number if number is not None and number in _SECONDS else None


def hours_in(text: object) -> int | None:
    """A number of hours that a choice names; None for anything else."""
    return _number_in(text, digits=4) or None


def _number_in(text: object, *, digits: int) -> int | None:
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > digits:
        return None
    return int(text)


def date_in(text: object) -> str:
    """A day as 2027-03-01; empty for anything else."""
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else ""
    except ValueError:
        return ""
