"""Text as it flows in a page, with its lines, blanks and blocks; and as it stands in listings."""

from __future__ import annotations

import re
from typing import Any, Final

BREAK: Final = "\x1e"
"""The end of a line that is meant, among those that only the source has."""
APART: Final = "\x1f"
"""A blank, where letters would touch."""
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS: Final = frozenset(
    {
        *HEADINGS,
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
        ),
        *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup"),
        *("hr", "legend", "li", "main", "menu", "nav", "noscript", "ol", "p", "pre", "search", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "optgroup"),
    }
)
_HOLDS: Final = "data-holds-blocks"
_ICON: Final = re.compile(r":(?:material|octicons|fontawesome|simple|fa)-[\w-]+:")
_TOUCHING: Final = re.compile(f"(?<=\\w){APART}+(?=\\w)")


def flat_text(tree: Any) -> str:
    """All text of a tree, a line for each block."""
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types

    pieces: list[str] = []
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element.tag in BLOCKS or element.tag == "br":
            pieces.append(BREAK)
        pieces.append((element.text if event == "start" else element is not tree and element.tail) or "")
    return flow_text("".join(pieces))


def mark_parents(element: Any) -> None:
    """Note on all that hold the element that they hold a block."""
    parent = element.getparent()
    while parent is not None and parent.get(_HOLDS) is None:
        parent.set(_HOLDS, "")
        parent = parent.getparent()


def flow_text(text: str) -> str:
    """Text with its blanks as a browser shows them."""
    text = _TOUCHING.sub(" ", _ICON.sub("", text)).replace(APART, "").replace("\xad", "")
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


def is_block(element: Any) -> bool:
    """True of an element that begins a line, by itself or by what it holds."""
    return element.tag in BLOCKS or element.get(_HOLDS) is not None


def fence_code(code: str) -> str:
    code = code.strip("\n").rstrip()
    if not code.strip():
        return ""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    return f"{'`' * (longest + 1)}\n{code}\n{'`' * (longest + 1)}"


def verbatim_text(element: Any) -> str:
    """The text of a listing; each line that is an element of its own ends as one."""
    import lxml.etree

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
