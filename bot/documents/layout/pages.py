"""The text of each page of a PDF, with its lines and cells put together from where they stand."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from bot.documents.layout.fragments import Fragment, Fragments
from bot.documents.layout.lines import joined_pieces
from bot.documents.layout.rows import page_text

_FROM_THE_RIGHT: Final = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TIED_LETTERS: Final = {ord("\t"): " "} | {
    0xFB00 + index: letters for index, letters in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))
}
_PAGE_END: Final = "\0\f\0"


def page_texts(content: bytes, *, password: str | None) -> list[str]:
    from langchain_community.document_loaders.parsers.pdf import PyPDFParser
    from langchain_core.documents.base import Blob

    fragments = Fragments()
    placed: list[list[Fragment]] = []

    class _Parser(PyPDFParser):
        """Takes the fragments at each page's end, where the parser asks for its images."""

        def extract_images_from_page(self, page: Any) -> str:
            placed.append(fragments.taken())
            return super().extract_images_from_page(page)

    # In one piece: page by page, the parser would work out the labels of all pages for each of them.
    parser = _Parser(
        password=password,
        mode="single",
        pages_delimiter=_PAGE_END,
        extraction_kwargs={
            "visitor_operand_before": fragments.enter_form,
            "visitor_operand_after": fragments.hear_operator,
            "visitor_text": fragments.hear_text,
        },
    )
    (document,) = parser.lazy_parse(Blob.from_data(content, mime_type="application/pdf"))
    if not placed:
        return []
    plain = document.page_content.split(_PAGE_END)
    return [_better_text(text, found) for text, found in zip(plain, placed, strict=True)]


def _better_text(plain: str, fragments: list[Fragment]) -> str:
    """The text put together, if nothing is missing in it; else the parser's own."""
    if not fragments or _FROM_THE_RIGHT.search(plain):
        return plain.translate(_TIED_LETTERS)
    together = page_text(joined_pieces(fragments))
    missing = _count_letters("".join(fragment.text for fragment in fragments))
    return (plain if _count_letters(plain) != missing else together).translate(_TIED_LETTERS)


def _count_letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))
