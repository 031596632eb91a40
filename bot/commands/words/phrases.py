"""Phrases with their variants on one line, as patterns over plain words; pure.

`[a|b] c (d|e)` is c after an optional a or b, and before d or e; with a `*`, the words may be repeated. Names
in braces stand for parts that are spelled out elsewhere. Words are lower case, one space apart.
"""

from __future__ import annotations

import re
from typing import Final

_PIECE: Final = re.compile(r"(?P<open>[(\[])(?P<choices>[^()\[\]]*)[)\]](?P<many>\*?)|(?P<word>[^\s()\[\]]+)")


class Phrases:
    """Texts that can be told whole; compiled by `warm_parser`, or when the first text is compared."""

    def __init__(self, *templates: str, **parts: str) -> None:
        self._templates = templates
        self._parts = parts
        self._pattern: re.Pattern[str] | None = None
        _all_phrases.append(self)

    def compile_once(self) -> re.Pattern[str]:
        if self._pattern is None:
            lines = [f"(?:{_template_expression(line, self._parts)})" for line in self._templates]
            self._pattern = re.compile("|".join(lines))
        return self._pattern

    def match_whole(self, said: str) -> bool:
        """True if `said` is one of them from its first word to its last."""
        return self.compile_once().fullmatch(f"{said} ") is not None


_all_phrases: list[Phrases] = []


def compile_phrases() -> None:
    """Compile all there are."""
    for phrases in _all_phrases:
        phrases.compile_once()


def _template_expression(template: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        template = template.replace(f"{{{name}}}", part)
    return "".join(_piece_expression(piece) for piece in _PIECE.finditer(template))


def _piece_expression(piece: re.Match[str]) -> str:
    if piece["word"]:
        return f"{piece['word']} "
    choices = f"(?:{piece['choices']}) "
    if piece["open"] == "(":
        return f"(?:{choices})+" if piece["many"] else choices
    return f"(?:{choices}){piece['many'] or '?'}"
