"""An exposure: people in a place would see what is read from a source that they could not read themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from bot.readers.consent import Consent
from bot.sources import Readers

ExposureReason = Literal["public", "shared", "guests", "members", "person", "uncounted", "unseen"]
"""Everyone of the workspace reads in the place; another organisation does; guests do; some of its members do
not read the source; the one person does not; they are too many to compare; the source shows itself to the bot
no more."""

_NO_MOMENT: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The facts about one source and one place; `replies` puts them into words."""

    readers: Readers
    """The readers of the source."""
    place: str
    why: ExposureReason
    is_closed_source: bool
    is_open: bool
    """Everyone of the workspace can read in the place."""
    is_shared: bool
    """The place is shared with another organisation."""

    def is_covered_by(self, consent: Consent) -> bool:
        """True unless the place has been opened or shared since, or the source has been closed."""
        return (
            (consent.readers, consent.place) == (self.readers, self.place)
            and (consent.is_open or not self.is_open)
            and (consent.is_shared or not self.is_shared)
            and (consent.is_closed_source or not self.is_closed_source)
        )

    def accept(self, *, by: str, at: datetime) -> Consent:
        """The consent of someone who may read the source."""
        return Consent(
            readers=self.readers,
            place=self.place,
            by=by,
            at=at,
            is_closed_source=self.is_closed_source,
            is_open=self.is_open,
            is_shared=self.is_shared,
        )


def ticket_of(exposures: Iterable[Exposure]) -> str:
    """The mark on a button or a tick, so that it agrees to all that was shown there and to nothing else."""
    told = sorted(json.dumps(exposure.accept(by="", at=_NO_MOMENT).encode()) for exposure in exposures)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def accept_all(exposures: Iterable[Exposure], *, by: str, at: datetime) -> tuple[Consent, ...]:
    """The consents of someone who may read all the sources."""
    return tuple(exposure.accept(by=by, at=at) for exposure in exposures)
