"""A PDF → the text of its pages, with what was filled in and noted on each."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from bot.documents.document import (
    LONGEST_TEXT,
    MOST_SCANS,
    Document,
    Figure,
    Unparsed,
    as_document,
    clean_text,
)
from bot.documents.layout import page_texts

_NUMBER_ALONE: Final = re.compile(
    r"\W*(?:page|p\.|seite|s\.)?\W*(?:\d{1,4}|[ivxlc]{1,6})(?:\W*(?:of|von|de|/)?\W*\d{1,4})?\W*",
    re.IGNORECASE,
)
_INLINE_PICTURE: Final = re.compile(rb"(?:^|\s)BI\s.*?\sID\s", re.DOTALL)
_CURVE: Final = re.compile(rb"(?<=[\d.]\s)[cvyl](?=\s)")
_MANY_CURVES: Final = 100
_MOST_OPERATORS: Final = 500_000
"""Bytes of a page's operators that are looked at."""
_LONGEST_NUMBER: Final = 40
_GAP: Final = "\n\n"
"""Between the texts of two pages."""
_HIDDEN: Final = 1 << 1
_PASSWORD: Final = 1 << 13
_DEEPEST: Final = 20
_NOTES: Final = frozenset(
    {
        *("/FreeText", "/Text", "/Stamp", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret"),
        *("/Square", "/Circle", "/Line", "/Polygon", "/PolyLine", "/Ink"),
    }
)
"""Annotations that people write on, or beside what they marked."""
_SAYS_YES: Final = frozenset({"yes", "on", "1", "true", "checked"})
_MOST_NOTES: Final = 2_000
_DAMAGED: Final = (KeyError, TypeError, ValueError, AttributeError)
"""Raised by what is no note, or half of one: the page around it is read all the same."""


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


def _read_pages(reader: Any, texts_of_pages: Sequence[str]) -> Document | Unparsed:
    """The text of each page and what stands there beside it, with the places of scans among them."""
    texts: list[str] = []
    seen: set[str] = set()
    scans: list[Figure] = []
    size = 0
    for number, (page, page_text) in enumerate(zip(reader.pages, texts_of_pages, strict=True)):
        text = page_text.strip()
        notes = list(_notes_on(page))
        seen.update(notes)
        if _is_scan(page, text) and not notes:
            scans.append(Figure(at=size, page=number))
            continue
        for told in filter(None, map(clean_text, (text, "\n".join(notes)))):
            texts.append(told)
            size += len(told) + (len(_GAP) if size else 0)
        if size > LONGEST_TEXT:
            break
    if fields := [told for told in _fields_of(reader) if told not in seen]:
        texts.append("\n".join(dict.fromkeys(fields)))
    title = reader.metadata.title if reader.metadata else None
    return as_document(
        "pdf",
        title=str(title or ""),
        text=_GAP.join(texts),
        unread_pages=len(scans),
        figures=tuple(scans[:MOST_SCANS]),
    )


def _is_scan(page: Any, text: str) -> bool:
    """True of a page that is a picture or a drawing, but for its number."""
    little = len(text) <= _LONGEST_NUMBER and bool(_NUMBER_ALONE.fullmatch(text))
    return (not text or little) and (_has_picture(page) or _has_drawing(page))


def _has_picture(page: Any) -> bool:
    with suppress(*_DAMAGED):
        objects = page["/Resources"].get_object()["/XObject"].get_object()
        return any(value.get_object().get("/Subtype") in ("/Image", "/Form") for value in objects.values())
    return False


def _has_drawing(page: Any) -> bool:
    """True of a page with a picture within its own operators, or many lines, such as outlines of letters."""
    with suppress(*_DAMAGED):
        drawn = page.get_contents().get_data()[:_MOST_OPERATORS]
        return bool(_INLINE_PICTURE.search(drawn)) or len(_CURVE.findall(drawn)) >= _MANY_CURVES
    return False


def _notes_on(page: Any) -> Iterator[str]:
    """The values of fields on a page and the notes on it, as they stand there."""
    annotations: list[Any] = []
    with suppress(*_DAMAGED):
        annotations = list(page["/Annots"].get_object())
    for annotation in annotations[:_MOST_NOTES]:
        with suppress(*_DAMAGED):
            if text := _note_text(annotation.get_object()):
                yield text


def _fields_of(reader: Any) -> Iterator[str]:
    """The values of all fields of the form, also of those that stand on no page."""
    waiting: list[Any] = []
    with suppress(*_DAMAGED):
        waiting = list(reader.trailer["/Root"].get_object()["/AcroForm"].get_object()["/Fields"].get_object())
    for _ in range(_MOST_NOTES):
        if not waiting:
            return
        with suppress(*_DAMAGED):
            field = waiting.pop(0).get_object()
            inner = [kid for kid in field.get("/Kids", ()) if "/T" in kid.get_object()]
            waiting[:0] = inner
            if not inner and not int(field.get("/F", 0)) & _HIDDEN and (text := _field_text(field)):
                yield text


def _note_text(note: Any) -> str:
    if int(note.get("/F", 0)) & _HIDDEN:
        return ""
    match note.get("/Subtype"):
        case kind if kind in _NOTES:
            return str(note.get("/Contents", "")).strip()
        case "/Widget":
            return _field_text(note)
    return ""


def _field_text(field: Any) -> str:
    name = str(_inherited_value(field, "/TU") or _inherited_value(field, "/T") or "")
    value = _inherited_value(field, "/V")
    if value is None or int(_inherited_value(field, "/Ff") or 0) & _PASSWORD:
        return ""
    if _inherited_value(field, "/FT") == "/Btn":
        chosen = str(field.get("/AS", value)).lstrip("/")
        if chosen == "Off":
            return ""
        told = f": {chosen}" if name and chosen.lower() not in _SAYS_YES else ""
        return f"[x] {name or chosen}{told}"
    told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    told = told.strip()
    return f"{name}: {told}" if name and told else told


def _inherited_value(field: Any, name: str) -> Any:
    """A value of a field, or of one that it is part of."""
    for _ in range(_DEEPEST):
        if name in field:
            return field[name].get_object()
        if "/Parent" not in field:
            return None
        field = field["/Parent"].get_object()
    return None
