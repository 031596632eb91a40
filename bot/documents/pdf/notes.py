"""The values of a PDF's form fields, and the notes on its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

_HIDDEN: Final = 1 << 1
_PASSWORD: Final = 1 << 13
_DEEPEST: Final = 20
_MOST_NOTES: Final = 2_000
DAMAGED: Final = (KeyError, TypeError, ValueError, AttributeError)
"""Raised by what is no note, or half of one: the page around it is read all the same."""


def notes_on(page: Any) -> Iterator[str]:
    """The values of fields on a page and the notes on it, as they stand there."""
    annotations: Any = ()
    with suppress(*DAMAGED):
        annotations = page["/Annots"].get_object()
    for annotation in list(annotations)[:_MOST_NOTES]:
        with suppress(*DAMAGED):
            if text := _note_text(annotation.get_object()):
                yield text


def fields_of(reader: Any) -> Iterator[str]:
    """The values of all fields of the form, also of those that stand on no page."""
    waiting: list[Any] = []
    with suppress(*DAMAGED):
        waiting = list(reader.trailer["/Root"].get_object()["/AcroForm"].get_object()["/Fields"].get_object())
    for _ in range(_MOST_NOTES):
        if not waiting:
            return
        with suppress(*DAMAGED):
            field = waiting.pop(0).get_object()
            inner = [kid for kid in field.get("/Kids", ()) if "/T" in kid.get_object()]
            waiting[:0] = inner
            if not inner and not int(field.get("/F", 0)) & _HIDDEN and (text := _field_text(field)):
                yield text


def _note_text(note: Any) -> str:
    if int(note.get("/F", 0)) & _HIDDEN:
        return ""
    match note.get("/Subtype"):
        case "/FreeText" | "/Text":
            return str(note.get("/Contents", "")).strip()
        case "/Widget":
            return _field_text(note)
    return ""


def _field_text(field: Any) -> str:
    name = str(_inherited(field, "/TU") or _inherited(field, "/T") or "")
    value = _inherited(field, "/V")
    if value is None or int(_inherited(field, "/Ff") or 0) & _PASSWORD:
        return ""
    if _inherited(field, "/FT") == "/Btn":
        chosen = str(field.get("/AS", value)).lstrip("/")
        return "" if chosen == "Off" else f"[x] {name or chosen}"
    told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    told = told.strip()
    return f"{name}: {told}" if name and told else told


def _inherited(field: Any, name: str) -> Any:
    """A value of a field, or of one that it is part of."""
    for _ in range(_DEEPEST):
        if name in field:
            return field[name].get_object()
        if "/Parent" not in field:
            return None
        field = field["/Parent"].get_object()
    return None
