"""Listings of a page: their lines as they stand, in a fence that they do not end."""

from __future__ import annotations

import re
from typing import Any


def fence_code(code: str) -> str:
    code = code.strip("\n").rstrip()
    if not code.strip():
        return ""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    return f"{'`' * (longest + 1)}\n{code}\n{'`' * (longest + 1)}"


def verbatim_text(element: Any) -> str:
    """The text of a listing; each line that is an element of its own ends as one."""
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types

    pieces: list[str] = []
    for event, piece in lxml.etree.iterwalk(element, events=("start", "end")):
        if not isinstance(piece.tag, str):
            continue
        if event == "start":
            pieces.append("\n" if piece.tag == "br" else piece.text or "")
            continue
        if piece.tag in ("div", "p", "li", "tr") and pieces and not "".join(pieces[-3:]).endswith("\n"):
            pieces.append("\n")
        if piece is not element:
            pieces.append(piece.tail or "")
    return "".join(pieces)
