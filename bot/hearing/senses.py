"""The ear and the eye of one attempt at a run, for what is no text.

The eye is a port: what is behind it asks a model, which no source knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.documents import Document, PictureProblem, Signature, Undecoded, Unparsed, as_document
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

    async def can_see(self) -> bool:
        return self.eye is not None and await self.eye.can_see()

    async def look_at_scans(self, content: bytes, found: Document | Unparsed) -> Document | Unparsed | Unseen:
        """A PDF with what its scanned pages show, each with its number; all else as it was `found`.

        Raises what `Eye.see` raises.
        """
        if not found.scans:
            return found
        if self.eye is None or not await self.eye.can_see():
            return found if isinstance(found, Document) else Unseen(problem="scanned")
        pictures = await self.ear.hearing.media.draw_pages(content, found.scans)
        shown: dict[int, str] = {}
        later: list[int] = []
        problem: SeeingProblem = "unseen"
        for page, picture in zip(found.scans, pictures, strict=True):
            seen = await self._look_at_page(self.eye, picture)
            if isinstance(seen, Document):
                shown[page] = seen.text
                continue
            problem = seen.problem
            if problem in _NOT_NOW:
                later.append(page)
        if not shown and isinstance(found, Unparsed):
            return Unseen(problem=problem)
        return _with_scans(found, shown, later=tuple(later))

    @staticmethod
    async def _look_at_page(eye: Eye, picture: bytes | Undecoded) -> Document | Unseen:
        if isinstance(picture, Undecoded):
            return Unseen(problem=picture.problem)
        return await eye.see(picture, _DRAWN)


def _with_scans(found: Document | Unparsed, shown: Mapping[int, str], *, later: tuple[int, ...]) -> Document:
    text = found.text if isinstance(found, Document) else ""
    pages = (f"Page {page + 1}, a picture: what it shows\n\n{words}" for page, words in shown.items())
    made = as_document(
        "pdf",
        title=found.title if isinstance(found, Document) else "",
        text="\n\n".join(filter(None, (text, *pages))),
        cut=isinstance(found, Document) and found.cut,
        unread_pages=found.unread_pages - len(shown),
        scans=later,
    )
    assert isinstance(made, Document)  # noqa: S101 — there is a text
    return made
