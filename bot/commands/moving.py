"""`move news to #ops`, `copy news to #ops and me`: a schedule that is to post elsewhere, or a copy; pure.

All of the text must be that: a name, and places after *to*. An id or a name in quotes is one in itself; any
other words are a name only if there is a schedule of it, which `names_within` leaves to its callers.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from bot.commands.places_within import PLACES, read_places
from bot.commands.requests import MoveRequest

_VERBS: Final[dict[str, Literal["move", "copy"]]] = {
    "move": "move", "relocate": "move", "copy": "copy", "duplicate": "copy", "clone": "copy",
}  # fmt: skip
_MOVING: Final = re.compile(
    rf"(?:please\s+)?(?P<verb>{'|'.join(_VERBS)})\s+(?P<name>\S(?:.{{0,100}}?\S)?)"
    rf"(?:\s+(?:over\s+)?(?:to|into)|(?=\s+(?:over\s+)?here\b))\s+(?:over\s+)?(?:the\s+)?(?P<places>{PLACES})(?:\s+channel)?(?:,?\s+please)?\s*[.!]?",
    re.IGNORECASE,
)


def read_moving(text: str) -> MoveRequest | None:
    """The name and the places, if that is all that a text says."""
    found = _MOVING.fullmatch(text.strip())
    if found is None:
        return None
    return MoveRequest(
        verb=_VERBS[found["verb"].lower()],
        name=found["name"],
        places=tuple(dict.fromkeys(read_places(found["places"]))),
    )
