"""Lines of ordinary Markdown as runs, read in one pass of a pattern.

Most lines of most answers hold plain words, a bold or italic phrase, code and a link, none inside another.
The parser says the same of them, many times slower. A line with anything else in it is not simple: its marks
are the parser's to judge.
"""

from __future__ import annotations

import re
from typing import Final

from bot.markdown.chunks import NO_STYLE, Style, TextRun
from bot.markdown.links import linked_label

_MARKS: Final = r"\n\\`~*_\[!<&:$"
_WORDS: Final = rf"""(?:
    [^{_MARKS}]++
  | (?<!\ )\n(?![ \t])
  | !(?!\[)
  | :(?!//)(?:(?<=[A-Za-z0-9]:)|(?![a-z0-9_+'-]+:))
  | (?<=[A-Za-z0-9])_(?=[A-Za-z0-9])
  | (?<=\ )\*(?=\ )
  | (?<!~)~(?!~)
  | &(?![#A-Za-z0-9])
  | <(?=\ |\d+(?:[\s,)]|\Z))
  | ^\[\ \](?=\ )
  | \$(?=\d[\d.,]*(?:\s|[-–]|[A-Za-z]{{2}}))
)++"""
"""Text in which no mark means anything; the last kind is money."""
_ENDS: Final = r"(?=[ \n.,;:!?)]|\Z)"


def _phrase_pattern(mark: str) -> str:
    """The pattern of words between two such marks, which can mean nothing but emphasis where they stand."""
    opens = rf"(?<!\*){mark}(?:(?<=^{mark})|(?<=[ \n(]{mark})|(?=[^\W_]))(?!\s)"
    closes = rf"(?<!\s){mark}(?!\*)(?:(?<=[^\W_]{mark})|{_ENDS})"
    return f"{opens}({_WORDS}){closes}"


_BOLD_WORDS: Final = _phrase_pattern(r"\*\*")
_ITALIC_WORDS: Final = _phrase_pattern(r"\*")
_PIECE: Final = re.compile(
    rf"""
    ({_WORDS})
  | {_BOLD_WORDS}
  | {_ITALIC_WORDS}
  | (?<![^ \n(])_(?![\s_])({_WORDS})(?<!\s)_{_ENDS}
  | (?<!`)`(?![ `])([^`\n]+)`(?!`)
  | \[([^{_MARKS}\]]++)\]
    \((https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:[/?\#][A-Za-z0-9/._~?\#@!$'+,=:&*-]{{0,1800}})?)\)
    """,
    re.VERBOSE,
)
_WORD, _BOLD, _ITALIC, _ITALIC_WORD, _CODE = range(1, 6)
_LABEL, _ADDRESS = 6, 7
_STYLES: Final[dict[int, frozenset[Style]]] = {
    _WORD: NO_STYLE,
    _BOLD: frozenset({"bold"}),
    _ITALIC: frozenset({"italic"}),
    _ITALIC_WORD: frozenset({"italic"}),
    _CODE: frozenset({"code"}),
}


def simple_runs(line: str) -> tuple[TextRun, ...] | None:
    """The runs of a line that is nothing but ordinary; None if the parser has to read it."""
    runs: list[TextRun] = []
    end = 0
    for piece in _PIECE.finditer(line):
        start, stop = piece.span()
        if start != end:
            return None
        end = stop
        kind = piece.lastindex
        if kind in _STYLES:
            runs.append(TextRun(piece[kind], _STYLES[kind]))
        else:
            runs += linked_label(piece[_LABEL], piece[_ADDRESS])
    return tuple(runs) if end == len(line) else None
