"""Values that come back from Slack or from Redis, as the form has them; pure. Odd ones count as empty.

A source that is too long for a modal, such as what was sent along with a question, stays in Redis: the modal
carries a stand-in.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Final, Never, Self, get_args

from bot.schedules import LONGEST_LEAD, SHORTEST_LEAD, Undecided
from bot.sources import (
    MOST,
    Everyone,
    ReadingContext,
    Source,
    SourceLabel,
    Wire,
    decode_source,
    fingerprint_of,
    is_wire,
)
from scheduler import Changes

_MENTION: Final = re.compile(r"[UWS][A-Z0-9]{2,30}|here|channel", re.ASCII)
_REVIEWER: Final = re.compile(r"[UWS][A-Z0-9]{2,30}", re.ASCII)
_PERSON: Final = re.compile(r"[UW][A-Z0-9]{2,30}", re.ASCII)
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_LONGEST_SOURCE: Final = 200  # characters of one that the modal carries: an id or two
_SECONDS: Final = range(366 * 24 * 3600 + 1)


def mentions_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be mentioned, each once."""
    return _matching_ids(ids, _MENTION)


def channels_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be channels, each once."""
    return _matching_ids(ids, _CHANNEL)


def people_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be people, each once."""
    return _matching_ids(ids, _PERSON)


def _matching_ids(ids: object, form: re.Pattern[str]) -> tuple[str, ...]:
    if not isinstance(ids, list | tuple):
        return ()
    return tuple(dict.fromkeys(found for found in ids if isinstance(found, str) and form.fullmatch(found)))


def others_in(value: object) -> tuple[Source, ...]:
    """Sources as a modal carries them, without what is no source or too long for one."""
    if not isinstance(value, list | tuple):
        return ()
    wires = [wire for wire in value if is_wire(wire)]
    return tuple(source for wire in wires[:MOST] if not needs_holding(source := decode_carried(wire)))


def changes_in(value: object) -> Changes:
    """The part of an answer that is posted; always all of it if the choice is none of ours."""
    return next((choice for choice in get_args(Changes) if choice == value), "always")


def seconds_in(text: object) -> int | None:
    """A number of seconds that a choice names; None for anything else."""
    number = _number_in(text, digits=9)
    return number if number is not None and number in _SECONDS else None


def reviewers_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be people or user groups, each once."""
    return _matching_ids(ids, _REVIEWER)


def lead_in(text: object) -> int | None:
    """Seconds before a post at which it can be looked at; None for anything else."""
    number = _number_in(text, digits=5)
    fits = number is not None and SHORTEST_LEAD <= timedelta(seconds=number) <= LONGEST_LEAD
    return number if fits else None


def undecided_in(text: object) -> Undecided:
    return "post" if text == "post" else "skip"


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


@dataclass(frozen=True, kw_only=True)
class HeldSource:
    """The stand-in of a source. Nothing is read for it: the source takes its place before that."""

    wire_type: ClassVar[str] = "held"

    kind: str
    """That of the source."""
    digest: str

    @classmethod
    def of_source(cls, source: Source) -> Self:
        digest = hashlib.sha256(fingerprint_of(source).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return cls(kind=source.label.kind, digest=digest)

    def encode(self) -> dict[str, Any]:
        return {"type": self.wire_type, "kind": self.kind, "digest": self.digest}

    @property
    def is_readable(self) -> bool:
        return False

    @property
    def readers(self) -> Everyone:
        return Everyone()

    @property
    def label(self) -> SourceLabel:
        return SourceLabel(kind=self.kind)

    async def read_material(self, context: ReadingContext) -> Never:
        raise TypeError("expected the source in the place of its stand-in")


def needs_holding(source: Source) -> bool:
    """True of one that a modal cannot carry."""
    return len(json.dumps(source.encode())) > _LONGEST_SOURCE


def hold_if_needed(source: Source) -> Source:
    """The source, or its stand-in where a modal cannot carry it."""
    return HeldSource.of_source(source) if needs_holding(source) else source


def decode_carried(wire: Wire) -> Source:
    """The source, or the stand-in, that has this form."""
    kind, digest = wire.get("kind"), wire.get("digest")
    if wire.get("type") == HeldSource.wire_type and isinstance(kind, str) and isinstance(digest, str):
        return HeldSource(kind=kind, digest=digest)
    return decode_source(wire)
