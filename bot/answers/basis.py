"""An answer that was posted, as it is kept for questions about it; and the material that it was made of.

Both are kept as long as an answer is: the one with its run, the other with the answer itself.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from bot.storage import RecordKind, moment_of, ms_of

_BASIS: Final = RecordKind(name="answer_basis", version=1)
MOST_MATERIAL: Final = 60_000
"""Characters of material that are kept with an answer: some 15,000 tokens."""
_LONGEST_CREDIT: Final = 3_000
_CUT: Final = "… (The rest was not kept.)"
_FRAME: Final = re.compile(r".*?^(==== material \w+ ====)\n(?P<inside>.*)\n\1", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class AnswerBasis:
    """A run's answer: what it was asked, and of what it was made."""

    query: str
    """The prompt as the model got it."""
    made: datetime
    as_of: datetime
    """The moment whose state of things it tells."""
    slot: datetime | None = None
    """The slot that it was made for; None for what a person asked."""
    schedule: str = ""
    """The id of its schedule, if it has one."""
    credit: str = ""
    """In mrkdwn, what was read for it."""
    material_of: str = ""
    """The key of the question with which its material is kept."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """On the wire."""
    consents: tuple[Mapping[str, Any], ...] = ()
    """Those that it was asked with, if it has no schedule: on the wire, too."""

    def describe(self, credit: str) -> str:
        """What is known of it, for the model; `credit` is its own as plain text. Times are in UTC, so all
        who ask the same about it share an answer.
        """
        lines = [f"It was asked: {self.query}"]
        if self.slot is not None:
            lines.append(f"It is the scheduled answer of {_moment_words(self.slot)}.")
        lines.append(f"It tells how things were at {_moment_words(self.as_of)}.")
        if credit:
            lines.append(f"It was made {credit}.")
        return "\n".join(lines)

    def encode(self) -> str:
        return _BASIS.write_record(
            {
                "query": self.query,
                "made": ms_of(self.made),
                "as_of": ms_of(self.as_of),
                **({"slot": ms_of(self.slot)} if self.slot else {}),
                **({"schedule": self.schedule} if self.schedule else {}),
                **({"credit": self.credit[:_LONGEST_CREDIT]} if self.credit else {}),
                **({"material_of": self.material_of} if self.material_of else {}),
                **({"sources": [*map(dict, self.sources)]} if self.sources else {}),
                **({"consents": [*map(dict, self.consents)]} if self.consents else {}),
            }
        )

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _BASIS.read_record(text)
        return cls(
            query=raw["query"],
            made=moment_of(raw["made"]),
            as_of=moment_of(raw["as_of"]),
            slot=moment_of(raw["slot"]) if "slot" in raw else None,
            schedule=raw.get("schedule", ""),
            credit=raw.get("credit", ""),
            material_of=raw.get("material_of", ""),
            sources=tuple(raw.get("sources", ())),
            consents=tuple(raw.get("consents", ())),
        )


def _moment_words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def pack_material(prompt: str) -> str | None:
    """The material in a question's text, packed for Redis; None where there is none."""
    if not prompt:
        return None
    framed = _FRAME.match(prompt)
    text = framed["inside"] if framed else prompt
    if len(text) > MOST_MATERIAL:
        text = text[:MOST_MATERIAL].rstrip() + _CUT
    return base64.b85encode(zlib.compress(text.encode(errors="replace"))).decode()


def unpack_material(packed: str) -> str:
    """The material as the model got it; empty for what is damaged."""
    try:
        return zlib.decompress(base64.b85decode(packed)).decode()
    except (ValueError, zlib.error):
        return ""
