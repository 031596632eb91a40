"""The ear and the eye of one attempt at a run, for what is no text.

The eye is a port: what is behind it asks a model, which no source knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.documents import Document, PictureProblem, Signature
from bot.hearing.hearing import Ear, Unhearable

SeeingProblem = Literal[PictureProblem, "no_sight", "too_many_pictures", "unseen"]


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A picture that nobody has described, and why."""

    problem: SeeingProblem


class Eye(Protocol):
    """Sees for one attempt at a run."""

    async def see(self, content: bytes, signature: Signature, *, title: str = "") -> Document | Unseen:
        """What the picture shows, in words."""


@dataclass(frozen=True, kw_only=True)
class Senses:
    """What recordings and pictures are read with."""

    ear: Ear
    eye: Eye | None = None
    """None where nothing sees."""

    async def take_in(
        self, content: bytes, signature: Signature, *, source: str = "", title: str = ""
    ) -> Document | Unhearable | Unseen:
        """What is said, or what is to be seen; `source` as for `Ear.hear`. Raises what those raise."""
        if signature.medium == "recording":
            return await self.ear.hear(content, signature, source=source, title=title)
        if self.eye is None:
            return Unseen(problem="no_sight")
        return await self.eye.see(content, signature, title=title)
