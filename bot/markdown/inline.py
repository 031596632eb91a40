"""A line of Markdown, parsed, as runs of text and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from bot.markdown.chunks import NO_STYLE, Style, TextRun
from bot.markdown.links import link_addresses, link_runs
from bot.markdown.spans import EMOJI

_UNSEEN: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STYLES: Final[dict[str, Style]] = {"strong": "bold", "em": "italic", "s": "strike"}
_MARKS: Final[dict[str, tuple[Style, int]]] = {
    **{f"{name}_open": (style, 1) for name, style in _STYLES.items()},
    **{f"{name}_close": (style, -1) for name, style in _STYLES.items()},
}


def runs_of_line(tokens: Sequence[Token]) -> tuple[TextRun, ...]:
    """The runs of a line."""
    runs: list[TextRun] = []
    depths: dict[Style, int] = {}
    style = NO_STYLE
    opened: tuple[int, str] | None = None  # a link: where its label begins, and where it leads
    for token in tokens:
        name = token.type
        if name == "text":
            if token.content:
                runs.append(TextRun(show_controls(token.content), style))
        elif (mark := _MARKS.get(name)) is not None:
            worn, change = mark
            depths[worn] = depths.get(worn, 0) + change
            style = frozenset(worn for worn, depth in depths.items() if depth)
        elif name == "link_open":
            opened = len(runs), str(token.attrs["href"])
        elif name == "link_close" and opened is not None:
            start, href = opened
            runs[start:] = link_runs(runs[start:], href)
            opened = None
        elif name == "image":
            label = [TextRun(run.text, style) for run in runs_of_line(token.children or [])]
            runs += label if opened else link_runs(label, str(token.attrs["src"]))
        elif name in ("softbreak", "hardbreak") or (
            name == "html_inline" and _BREAK.fullmatch(token.content)
        ):
            runs.append(TextRun("\n", style))
        elif name == EMOJI:
            runs.append(TextRun(token.content, style, emoji=token.info))
        elif name == "code_inline":
            runs.append(TextRun(show_controls(token.content), style | {"code"}))
        elif token.content:
            run = TextRun(show_controls(token.content), style)
            runs += link_addresses(run) if name == "html_inline" and not opened else [run]
    return tuple(runs)


def show_controls(text: str) -> str:
    """`text` with a sign in place of each control character."""
    return text.translate(_UNSEEN) if _CONTROL.search(text) else text


def labels_used(tokens: Sequence[Token]) -> set[str]:
    """The labels of the definitions that links and images refer to."""
    used: set[str] = set()
    for token in tokens:
        for child in token.children or ():
            used.add(str(child.meta.get("label")))
            used |= labels_used([child])
    return used
