"""The outcome of a run as Redis holds it, for the attempt that goes on with it, and for further places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.answers import Answer, Cache, Found, NoAnswer
from bot.storage import read_if_known

_NO_ANSWER: Final = "NONE"
"""The word for a sentence in place of an answer."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An answer or a reason, how it was come by, and why there is nothing better."""

    text: str
    cache: str
    why: str | None = None


def encode_outcome(found: Found | NoAnswer) -> Outcome:
    if isinstance(found, NoAnswer):
        return Outcome(text=found.encode(), cache=_NO_ANSWER)
    why = NoAnswer(reason=found.why).encode() if found.why else None
    return Outcome(text=found.answer.encode(), cache=found.cache, why=why)


def as_shared(result: Found | NoAnswer) -> Found | NoAnswer:
    """The outcome for a further place, which has not paid for it."""
    is_new = isinstance(result, Found) and result.cache == "MISS"
    return replace(result, cache="HIT") if isinstance(result, Found) and is_new else result


def decode_outcome(text: str, cache: str, why: str) -> Found | NoAnswer:
    """Raises `NewerRecord`."""
    if cache == _NO_ANSWER:
        return NoAnswer.decode(text)
    found: Cache = "STALE" if cache == "STALE" else "MISS" if cache == "MISS" else "HIT"
    reason = read_if_known(NoAnswer.decode, why) if why and found == "STALE" else None
    return Found(answer=Answer.decode(text), cache=found, why=reason.reason if reason else "")
