"""Refusals of a time that stands beside one that was read: what was left, and what to type instead."""

from __future__ import annotations

from typing import NoReturn

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.meaning import Found
from scheduler.language.grammar.phrase import scan_phrase


def words_of(text: str, found: Found) -> str:
    """The words of a time, which may be preceded by a prompt."""
    if isinstance(found.meaning, WhenError):
        return text[: found.end]
    return " ".join(text[found.start : found.end].split())


def refuse_second(said: str, rest: str) -> NoReturn:
    """Refuse `rest` as a second time, which needs a schedule of its own: the first is offered."""
    raise WhenError(TimeFault.TWO_TIMES, said=" ".join(rest.strip(" ,").split()), instead=_readable(said))


def refuse(fault: TimeFault, left: str, said: str, *nearest: str) -> NoReturn:
    """Refuse what was `left` beside the time `said`, with the nearest times that can be kept."""
    raise WhenError(fault, said=" ".join(left.split()), instead=_readable(*(nearest or (said,))))


def _readable(*phrases: str) -> list[str]:
    """Those phrases that can be kept."""
    kept = [phrase for phrase in dict.fromkeys(phrases) if phrase and is_readable(phrase)]
    return kept[:2] or ["every Monday at 09:00"]


def is_readable(phrase: str) -> bool:
    """True for a time that can be kept."""
    found = scan_phrase(phrase)
    return found is not None and found.end == len(phrase) and not isinstance(found.meaning, WhenError)
