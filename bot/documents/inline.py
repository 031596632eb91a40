"""Small pieces within a line of a page: fields, boxes, raised letters, formulas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from bot.documents.visible import class_names, words_in

_DEEPEST: Final = 200


def field_text(field: Any) -> str:
    """The value that a field shows, or its box."""
    kind = (field.get("type") or "text").lower()
    if kind == "checkbox":
        beside = any(parent.tag in ("li", "label") for parent in field.iterancestors())
        mark = "[x] " if field.get("checked") is not None else "[ ] "
        return mark if beside else ""
    shown = kind in ("text", "number", "date", "email", "url", "tel", "time", "month")
    return f" {field.get('value') or ''} " if shown else ""


def drawn_box(icon: Any) -> str:
    """The box of a task that is drawn by an icon font, or by a rule of the page."""
    if icon.get("role") == "checkbox" and any(
        parent.tag in ("li", "label") for parent in icon.iterancestors()
    ):
        return "[x] " if icon.get("aria-checked") == "true" else "[ ] "
    named = class_names(icon)
    if named & {"fa-check-square-o", "fa-check-square"}:
        return "[x] "
    return "[ ] " if named & {"fa-square-o", "fa-square"} else ""


def raised_text(text: str, *, linked: bool) -> str:
    """Raised letters: a note's mark in brackets, a power after a caret."""
    inner = text.strip()
    if linked:
        return f"[{inner.strip('[]')}]" if inner and "](" not in inner else text
    return f"^{inner}" if re.fullmatch(r"[-−+]?\d+|[a-z]", inner) else text


def formula_text(math: Any) -> str:
    """A formula as it was written in TeX, or else its parts in a row."""
    for note in math.iter("annotation"):
        if "tex" in (note.get("encoding") or ""):
            return words_in(note)
    return " ".join(_formula_part(math, 0).split())


def _formula_part(part: Any, depth: int) -> str:
    if not isinstance(part.tag, str) or depth > _DEEPEST or part.tag in ("annotation", "annotation-xml"):
        return ""
    inner = [_formula_part(child, depth + 1) for child in part]
    write = _FORMULAS.get(part.tag)
    if write is not None and len(inner) > 1:
        return write(inner)
    if part.tag == "msqrt":
        return f"√({' '.join(inner)})"
    return f"{(part.text or '').strip()}{' '.join(inner)}"


_FORMULAS: Final[dict[str, Callable[[list[str]], str]]] = {
    "mfrac": lambda inner: f"({inner[0]})/({inner[1]})",
    "msup": lambda inner: f"{inner[0]}^{inner[1]}",
    "msub": lambda inner: f"{inner[0]}_{inner[1]}",
    "mroot": lambda inner: f"{inner[1]}√({inner[0]})",
}
