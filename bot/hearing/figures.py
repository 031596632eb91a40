"""The pictures inside documents, told in their places: those of web pages, and scanned pages of PDFs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.documents import Document, Figure, Unparsed, as_document, with_words_at

ReadPicture = Callable[[str], Awaitable[str | None]]
"""Tells what the picture at an address shows; None for an ornament."""

UNSEEN_FIGURE: Final = "(A picture stands here, which could not be looked at.)"


async def tell_pictures(page: Document, read_picture: ReadPicture) -> Document:
    """A web page with what its pictures show. Raises what `read_picture` raises, once all have ended."""
    told = await asyncio.gather(
        *(read_picture(figure.url) for figure in page.figures), return_exceptions=True
    )
    words: list[tuple[int, str]] = []
    for figure, outcome in zip(page.figures, told, strict=True):
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is not None:
            words.append((figure.at, outcome))
    text = with_words_at(page.text, words)
    if page.more_figures:
        count = page.more_figures
        text = f"{text}\n\n({count} more picture{'s' * (count > 1)} of the page: not looked at.)".strip()
    return replace(page, text=text, figures=(), more_figures=0)


def words_of_picture(shown: str) -> str:
    """The words for a picture of a page, indented, so that a reader sees where they end."""
    lines = shown.replace("\n", "\n    ")
    return f"(A picture stands here. What it shows:\n    {lines})"


def tell_scans(
    found: Document | Unparsed, shown: Mapping[Figure, str], later: tuple[Figure, ...]
) -> Document:
    """A PDF with what its scanned pages show, each among the other pages; `later` are yet to be looked at."""
    text = found.text if isinstance(found, Document) else ""
    words = [
        (figure.at, f"Page {(figure.page or 0) + 1}, a picture: what it shows\n\n{told}")
        for figure, told in shown.items()
    ]
    made = as_document(
        "pdf",
        title=found.title if isinstance(found, Document) else "",
        text=with_words_at(text, words),
        cut=isinstance(found, Document) and found.cut,
        unread_pages=found.unread_pages - len(shown),
        figures=later,
    )
    assert isinstance(made, Document)  # noqa: S101 — there is a text
    return made
