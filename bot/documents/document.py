"""Documents as text, and their form between two processes; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

LONGEST_TEXT: Final = 1_000_000
LONGEST_TITLE: Final = 300
MOST_ITEMS: Final = 200
"""Of a feed."""
MOST_SCANS: Final = 5
"""Pages without text of one PDF that are looked at."""
MOST_FIGURES: Final = 3
"""Pictures of one page that are looked at."""
SMALLEST_SIDE: Final = 100
"""Points of a picture's side; what is smaller is an icon."""

DocumentProblem = Literal[
    "not_text",  # an image, an archive, anything else
    "no_text",  # such as a PDF of scans, or a page that scripts fill
    "encrypted",
    "broken",
    "login",  # a page that asks for a password and says little else
    "too_large",  # takes more time or memory than there is
    "slow",  # others were read all the time
]
Kind = Literal["page", "feed", "pdf", "text"]
"""What a document is by its content."""
Form = Literal[Kind, "recording", "picture"]
"""The same, or a recording whose words were written down, or a picture in words."""

# Control characters, halves of surrogate pairs, and the tags that show nothing and that only a model reads.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
_GAPS: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry of a feed."""

    id: str
    title: str
    link: str
    """Over http(s), or empty."""
    published: datetime | None
    summary: str
    changed: bool = False
    """True if it was there before, and its title or text has changed since."""
    recording: str = ""
    """The address of its sound or film, over http(s), as podcasts have it; or empty."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture in a document that is yet to be looked at: at an address, or a page of a PDF."""

    at: int
    """The characters of the document's text that stand before it."""
    url: str = ""
    page: int | None = None
    """Counted from 0."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as text; a feed as its items, newest first."""

    kind: Form
    title: str
    text: str = ""
    items: tuple[Item, ...] = ()
    cut: bool = False
    """True if it goes on after what is here."""
    unread_pages: int = 0
    """Of a PDF: pages that are pictures, without a text."""
    figures: tuple[Figure, ...] = ()
    """The first of them, or the pictures in a page that carry most, in the order of their places."""
    more_figures: int = 0
    """Pictures in a page that are not among its figures."""

    @property
    def scans(self) -> tuple[int, ...]:
        """The pages among its figures."""
        return scans_among(self.figures)


@dataclass(frozen=True, kw_only=True)
class Unparsed:
    """A document that gave nothing, and why."""

    problem: DocumentProblem
    unread_pages: int = 0
    """As of a `Document`."""
    figures: tuple[Figure, ...] = ()
    more_figures: int = 0

    @property
    def scans(self) -> tuple[int, ...]:
        """The pages among its figures."""
        return scans_among(self.figures)


def scans_among(figures: Sequence[Figure]) -> tuple[int, ...]:
    return tuple(figure.page for figure in figures if figure.page is not None)


def clean_text(text: str) -> str:
    """The text without what nobody would see."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _GAPS.sub("\n\n", _INVISIBLE.sub("", text)).strip()


def one_line(text: str, most: int = LONGEST_TITLE) -> str:
    flat = " ".join(clean_text(text[: 10 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def as_document(
    kind: Form,
    *,
    title: str,
    text: str,
    cut: bool = False,
    unread_pages: int = 0,
    figures: tuple[Figure, ...] = (),
    more_figures: int = 0,
) -> Document | Unparsed:
    """A document of the cleaned text, cut where it is too long; `figures` have their places in that."""
    cleaned = clean_text(text)
    if not cleaned:
        return Unparsed(
            problem="no_text", unread_pages=unread_pages, figures=figures, more_figures=more_figures
        )
    return Document(
        kind=kind,
        title=one_line(title),
        text=cleaned[:LONGEST_TEXT],
        cut=cut or len(cleaned) > LONGEST_TEXT,
        unread_pages=unread_pages,
        figures=tuple(figure for figure in figures if figure.at <= LONGEST_TEXT),
        more_figures=more_figures,
    )


def with_words_at(text: str, words: Sequence[tuple[int, str]]) -> str:
    """The text with each of the words as blocks of their own in their places."""
    for at, told in reversed(sorted(words, key=lambda placed: placed[0])):  # noqa: C413 - keeps their order
        text = f"{text[:at]}\n\n{told}\n\n{text[at:]}"
    return clean_text(text)


def encode_document(result: Document | Unparsed) -> dict[str, Any]:
    """Its form in JSON."""
    raw = asdict(result)
    for name in ("figures", "more_figures"):
        if not raw[name]:
            del raw[name]  # so that it reads as it always did
    for item in raw.get("items", ()):
        if not item["recording"]:
            del item["recording"]
        item["published"] = None if item["published"] is None else item["published"].timestamp()
    return raw


def decode_document(raw: Mapping[str, Any]) -> Document | Unparsed:
    figures = tuple(Figure(**figure) for figure in raw.get("figures", ()))
    if "problem" in raw:
        return Unparsed(**{**raw, "figures": figures})
    items = tuple(
        Item(
            **{
                **item,
                "published": None
                if item["published"] is None
                else datetime.fromtimestamp(item["published"], UTC),
            }
        )
        for item in raw["items"]
    )
    return Document(**{**raw, "items": items, "figures": figures})
