"""A line of Markdown, parsed, as runs of text and links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from bot.markdown.links import link_addresses, link_runs
from bot.markdown.rich_text import Style, TextRun
from bot.markdown.spans import EMOJI

_UNSEEN: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STYLES: Final[dict[str, Style]] = {"strong": "bold", "em": "italic", "s": "strike"}


def runs_of_line(tokens: Sequence[Token]) -> tuple[TextRun, ...]:
    """The runs of a line."""
    runs: list[TextRun] = []
    styles: Counter[Style] = Counter()
    style: frozenset[Style] = frozenset()
    opened: tuple[int, str] | None = None  # a link: where its label begins, and where it leads
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in _STYLES:
            styles[_STYLES[name]] += token.nesting
            style = frozenset(worn for worn, depth in styles.items() if depth)
        elif token.type == "link_open":
            opened = len(runs), str(token.attrs["href"])
        elif token.type == "link_close" and opened is not None:
            start, href = opened
            runs[start:] = link_runs(runs[start:], href)
            opened = None
        elif token.type == "image":
            label = [TextRun(text=run.text, style=style) for run in runs_of_line(token.children or [])]
            runs += label if opened else link_runs(label, str(token.attrs["src"]))
        elif token.type in ("softbreak", "hardbreak") or (
            token.type == "html_inline" and _BREAK.fullmatch(token.content)
        ):
            runs.append(TextRun(text="\n", style=style))
        elif token.type == EMOJI:
            runs.append(TextRun(text=token.content, style=style, emoji=token.info))
        elif token.type == "code_inline":
            runs.append(TextRun(text=printable(token.content), style=style | {"code"}))
        elif token.content:
            run = TextRun(text=printable(token.content), style=style)
            runs += link_addresses(run) if token.type == "html_inline" and not opened else [run]
    return tuple(runs)


def printable(text: str) -> str:
    """`text` with a sign in place of each control character."""
    return text.translate(_UNSEEN)


def labels_used(tokens: Sequence[Token]) -> set[str]:
    """The labels of the definitions that links and images refer to."""
    used: set[str] = set()
    for token in tokens:
        for child in token.children or ():
            used.add(str(child.meta.get("label")))
            used |= labels_used([child])
    return used
