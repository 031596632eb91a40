"""Lines of ordinary Markdown as runs, read in one pass of a pattern.

Most lines of most answers hold plain words, a bold, italic or struck phrase, code and links, none inside
another. The parser says the same of them, many times slower. A line with anything else in it is not simple:
its marks are the parser's to judge.
"""

from __future__ import annotations

import re
from typing import Final

from bot.markdown.chunks import NO_STYLE, Style, TextRun
from bot.markdown.links import linked_label

_MARKS: Final = r"\n\\`~*_\[!<&:$"
_WORDS: Final = rf"""(?:
    [^{_MARKS}]++
  | \n
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
_BREAK: Final = re.compile(r"\ *\n[ \t]*")
"""The end of a line, with the spaces around it that nobody sees."""
_ENDS: Final = r"(?=[ \n.,;:!?)]|\Z)"


def _phrase_pattern(sign: str, count: int) -> str:
    """The pattern of words between two such marks, which can mean nothing but emphasis where they stand."""
    mark = sign * count
    opens = rf"(?<!{sign}){mark}(?:(?<=^{mark})|(?<=[ \n(]{mark})|(?=[^\W_]))(?!\s)"
    closes = rf"(?<!\s){mark}(?!{sign})(?:(?<=[^\W_]{mark})|{_ENDS})"
    return f"{opens}({_WORDS}){closes}"


_BOLD_WORDS: Final = _phrase_pattern(r"\*", 2)
_ITALIC_WORDS: Final = _phrase_pattern(r"\*", 1)
_BOTH_WORDS: Final = _phrase_pattern(r"\*", 3)
_STRUCK_WORDS: Final = _phrase_pattern("~", 2)
_HOST: Final = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*"
_PATH: Final = r"[A-Za-z0-9/._~?\#@!$'+,=:&*-]"
_PIECE: Final = re.compile(
    rf"""
    ({_WORDS})
  | {_BOLD_WORDS}
  | {_ITALIC_WORDS}
  | (?<![^ \n(])_(?![\s_])({_WORDS})(?<!\s)_{_ENDS}
  | {_BOTH_WORDS}
  | {_STRUCK_WORDS}
  | (?<!`)`(?![ `])([^`\n]+)`(?!`)
  | \[([^{_MARKS}\]]++)\]
    \((https?://{_HOST}(?:[/?\#]{_PATH}{{0,1800}})?)\)
  | <(https?://{_HOST}(?:[/?\#]{_PATH}{{0,1800}})?)>
  | (?:(?<=[ \n(]https)|(?<=^https)|(?<=[ \n(]http)|(?<=^http))
    (://{_HOST}(?:[/?\#][A-Za-z0-9/._?\#=%+-]{{0,1800}}[A-Za-z0-9/\#=+-]|[/\#])?)(?=[.,;:!?]*(?:[ \n]|\Z))
    """,
    re.VERBOSE,
)
_WORD, _BOLD, _ITALIC, _ITALIC_WORD, _BOTH, _STRUCK, _CODE, _LABEL, _ADDRESS, _AUTOLINK, _BARE = range(1, 12)
_STYLES: Final[dict[int, frozenset[Style]]] = {
    _WORD: NO_STYLE,
    _BOLD: frozenset({"bold"}),
    _ITALIC: frozenset({"italic"}),
    _ITALIC_WORD: frozenset({"italic"}),
    _BOTH: frozenset({"bold", "italic"}),
    _STRUCK: frozenset({"strike"}),
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
            text = piece[kind]
            runs.append(TextRun(_BREAK.sub("\n", text) if "\n" in text else text, _STYLES[kind]))
        elif kind == _ADDRESS:
            runs += linked_label(piece[_LABEL], piece[_ADDRESS])
        elif kind == _AUTOLINK:
            runs += linked_label(piece[_AUTOLINK], piece[_AUTOLINK])
        else:
            before, scheme = _part_scheme(runs.pop().text)
            runs += [TextRun(before), *linked_label(address := scheme + piece[_BARE], address)]
    return tuple(runs) if end == len(line) else None


def _part_scheme(words: str) -> tuple[str, str]:
    """Words up to the `http` or `https` at their end, and that."""
    at = words.rindex("http")
    return words[:at], words[at:]
