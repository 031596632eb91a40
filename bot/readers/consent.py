"""A consent: someone who may read a source has agreed that it is shown in a place, as the place was then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sources import ChannelMembers, Everyone, FileViewers, Readers
from bot.storage import moment_of, ms_of


@dataclass(frozen=True, kw_only=True)
class Consent:
    """It holds for any prompt that reads from the same channel or file, and posts to the same place."""

    readers: Readers
    """The readers of the source."""
    place: str
    """The id of a channel, a direct message or a person."""
    by: str
    """The person who gave it, and could read the source."""
    at: datetime
    is_closed_source: bool = True
    """People had to be invited to read the source."""
    is_open: bool = False
    """Everyone of the workspace could read in the place."""
    is_shared: bool = False
    """The place was shared with another organisation."""

    def encode(self) -> dict[str, Any]:
        """Its form in a schedule's record, a job and a form; see docs/jobs.md."""
        signs = {"closed": self.is_closed_source, "open": self.is_open, "shared": self.is_shared}
        return {
            **_encode_readers(self.readers),
            "place": self.place,
            "by": self.by,
            "at": ms_of(self.at),
            **{name: True for name, is_so in signs.items() if is_so},
        }


def decode_consents(wires: object) -> tuple[Consent, ...]:
    """The consents that this version understands; any other counts as not given."""
    if not isinstance(wires, list | tuple):
        return ()
    found = (_decode_consent(wire) for wire in wires if isinstance(wire, Mapping))
    return tuple(consent for consent in found if consent is not None)


def encode_consents(consents: Iterable[Consent]) -> tuple[dict[str, Any], ...]:
    return tuple(consent.encode() for consent in consents)


def _decode_consent(wire: Mapping[str, Any]) -> Consent | None:
    readers, place, by, at = _decode_readers(wire), wire.get("place"), wire.get("by"), wire.get("at")
    if readers is None or not isinstance(place, str) or not isinstance(by, str) or type(at) is not int:
        return None
    return Consent(
        readers=readers,
        place=place,
        by=by,
        at=moment_of(at),
        is_closed_source=wire.get("closed") is True,
        is_open=wire.get("open") is True,
        is_shared=wire.get("shared") is True,
    )


def _encode_readers(readers: Readers) -> dict[str, str]:
    match readers:
        case ChannelMembers(channel=channel):
            return {"channel": channel}
        case FileViewers(file=file):
            return {"file": file}
        case Everyone():
            raise ValueError("expected readers who are not everyone")


def _decode_readers(wire: Mapping[str, Any]) -> Readers | None:
    match wire:
        case {"channel": str(channel)}:
            return ChannelMembers(channel=channel)
        case {"file": str(file)}:
            return FileViewers(file=file)
        case _:
            return None
