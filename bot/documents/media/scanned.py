"""Pages of a PDF drawn as pictures; in the child alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bot.documents.media.picture import LONGEST_SIDE

_SHORTEST_EDGE: Final = 1.0
"""Points of a page that claims to have none."""


def draw_pages(content: bytes, pages: Sequence[int], *, ease: Callable[[], None]) -> Iterator[bytes | None]:
    """Each page as a PNG, however large it claims to be; None for one that cannot be drawn.

    `ease` is called before each, which has a time of its own.
    """
    import pypdfium2  # type: ignore[import-untyped]  # it ships no types

    with pypdfium2.PdfDocument(content) as document:
        for number in pages:
            ease()
            try:
                yield _draw_page(document[number])
            except (pypdfium2.PdfiumError, IndexError, ValueError):
                yield None


def _draw_page(page: Any) -> bytes:
    longest = max(*page.get_size(), _SHORTEST_EDGE)
    target = io.BytesIO()
    page.render(scale=LONGEST_SIDE / longest).to_pil().convert("RGB").save(target, "PNG")
    page.close()
    return target.getvalue()
