"""The ear and the eye of one attempt at a run, for recordings and pictures.

The eye is a port: what is behind it asks a model, which no source knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from bot.documents import SMALLEST_SIDE, Document, Figure, PictureProblem, Signature, Undecoded, Unparsed
from bot.hearing.figures import tell_scans
from bot.hearing.hearing import Ear, Unhearable

SeeingProblem = Literal[PictureProblem, "no_sight", "too_many_pictures", "unseen", "scanned"]

_NOT_NOW: Final[frozenset[SeeingProblem]] = frozenset({"slow", "too_many_pictures"})
"""Another run may see it."""
_DRAWN: Final = Signature(medium="picture", format="PNG")


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A picture that nobody has described, and why."""

    problem: SeeingProblem


class Eye(Protocol):
    """Sees for one attempt at a run."""

    async def can_see(self) -> bool:
        """True if the model takes pictures."""

    async def see(
        self, content: bytes, signature: Signature, *, title: str = "", least_side: int = 0
    ) -> Document | Unseen:
        """Describe the picture in words; one with a shorter side than `least_side` is too small."""

    async def take_along(self, content: bytes, signature: Signature) -> bytes | Unseen:
        """The picture as a JPEG that may go with the question."""


@dataclass(frozen=True, kw_only=True)
class Senses:
    """The means by which recordings and pictures are read."""

    ear: Ear
    eye: Eye | None = None
    """None where nothing sees."""
    in_page: bool = False
    """Read what stands inside a page: pictures alone, and no ornaments."""
    directly: bool = False
    """A picture that somebody sends goes with their question, which is about the picture itself."""

    @property
    def can_hear(self) -> bool:
        return self.ear.can_hear and not self.in_page

    def for_page(self) -> Senses:
        """For the pictures inside a page."""
        return replace(self, in_page=True, directly=False)

    async def take_in(
        self, content: bytes, signature: Signature, *, source: str = "", title: str = ""
    ) -> Document | Unhearable | Unseen:
        """The words of a recording, or for a picture; `source` as for `Ear.hear`. Raises what those raise."""
        if signature.medium == "recording":
            if self.in_page:
                return Unseen(problem="unseen")
            return await self.ear.hear(content, signature, source=source, title=title)
        if self.eye is None:
            return Unseen(problem="no_sight")
        least = SMALLEST_SIDE if self.in_page else 0
        return await self.eye.see(content, signature, title=title, least_side=least)

    async def take_along(self, content: bytes, signature: Signature) -> bytes | Unseen:
        """The picture as a JPEG that may go with the question."""
        if self.eye is None:
            return Unseen(problem="no_sight")
        return await self.eye.take_along(content, signature)

    async def can_see(self) -> bool:
        return self.eye is not None and await self.eye.can_see()

    async def look_at_scans(self, content: bytes, found: Document | Unparsed) -> Document | Unparsed | Unseen:
        """A PDF with what its scanned pages show, each with its number; all else as it was `found`.

        Raises what `Eye.see` raises.
        """
        if not found.scans or self.in_page:
            return found
        if self.eye is None or not await self.eye.can_see():
            return found if isinstance(found, Document) else Unseen(problem="scanned")
        pictures = await self.ear.hearing.media.draw_pages(content, found.scans)
        shown: dict[Figure, str] = {}
        later: list[Figure] = []
        problem: SeeingProblem = "unseen"
        for figure, picture in zip(found.figures, pictures, strict=True):
            seen = await self._look_at_page(self.eye, picture)
            if isinstance(seen, Document):
                shown[figure] = seen.text
                continue
            problem = seen.problem
            if problem in _NOT_NOW:
                later.append(figure)
        if not shown and isinstance(found, Unparsed):
            return Unseen(problem=problem)
        return tell_scans(found, shown, tuple(later))

    @staticmethod
    async def _look_at_page(eye: Eye, picture: bytes | Undecoded) -> Document | Unseen:
        if isinstance(picture, Undecoded):
            return Unseen(problem=picture.problem)
        return await eye.see(picture, _DRAWN)
