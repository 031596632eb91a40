"""A PDF → the text of its pages, with what was filled in and noted on each."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from bot.documents.document import LONGEST_TEXT, Document, Unparsed, as_document
from bot.documents.pdf.notes import DAMAGED, fields_of, notes_on
from bot.documents.pdf.placed import page_texts

_NUMBER_ALONE: Final = re.compile(
    r"\W*(?:page|p\.|seite|s\.)?\W*(?:\d{1,4}|[ivxlc]{1,6})(?:\W*(?:of|von|de|/)?\W*\d{1,4})?\W*",
    re.IGNORECASE,
)
_LONGEST_NUMBER: Final = 40


def read_pdf(content: bytes) -> Document | Unparsed:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, WrongPasswordError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return Unparsed(problem="encrypted")
        texts = page_texts(content, password="" if reader.is_encrypted else None)
        return _read_pages(reader, texts)
    except (DependencyError, FileNotDecryptedError, WrongPasswordError):
        return Unparsed(problem="encrypted")
    except LimitReachedError:
        return Unparsed(problem="too_large")


def _read_pages(reader: Any, page_texts: Sequence[str]) -> Document | Unparsed:
    """The text of each page as LangChain's parser has it, with what stands on the page beside its text."""
    texts: list[str] = []
    seen: set[str] = set()
    size = unread = 0
    for page, page_text in zip(reader.pages, page_texts, strict=True):
        text = page_text.strip()
        notes = list(notes_on(page))
        seen.update(notes)
        if _is_scan(page, text) and not notes:
            unread += 1
            continue
        texts += filter(None, (text, "\n".join(notes)))
        size += len(text)
        if size > LONGEST_TEXT:
            break
    if fields := [told for told in fields_of(reader) if told not in seen]:
        texts.append("\n".join(dict.fromkeys(fields)))
    title = reader.metadata.title if reader.metadata else None
    return as_document("pdf", title=str(title or ""), text="\n\n".join(texts), unread_pages=unread)


def _is_scan(page: Any, text: str) -> bool:
    """True of a page that is a picture, but for its number."""
    little = len(text) <= _LONGEST_NUMBER and bool(_NUMBER_ALONE.fullmatch(text))
    return (not text or little) and _has_picture(page)


def _has_picture(page: Any) -> bool:
    with suppress(*DAMAGED):
        objects = page["/Resources"].get_object()["/XObject"].get_object()
        return any(value.get_object().get("/Subtype") in ("/Image", "/Form") for value in objects.values())
    return False
