"""A text as it was typed, and the plain characters in which it is read.

People paste times with no-break spaces, full-width digits and characters that nobody sees. Those mean what
their plain forms mean, while a prompt keeps every character of its own. A run of spaces is one space here, so
that no pattern can spend long on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self
from unicodedata import category, digit, normalize

_FRACTIONS: Final = {"½": "5", "¼": "25", "¾": "75"}
_PLAIN: Final = {"…": ".", "’": "'", "‘": "'", "ʼ": "'", "−": "-", "‐": "-", "‑": "-", "‒": "-", "―": "—"}
_UNSEEN: Final = frozenset({"Cf", "Cn", "Co", "Cs"})
_PLAIN_ALREADY: Final = re.compile(r"[!-~]+(?:[ \n][!-~]+)*")
"""Characters that are read as they are, from one that is seen to another; most texts are nothing else."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A stripped text, its plain form, and where each plain character was typed."""

    text: str
    plain: str
    places: Sequence[int]

    @classmethod
    def read(cls, text: str) -> Self:
        text = text.strip()
        while text and category(text[0]) == "Cf":
            text = text[1:].lstrip()
        while text and category(text[-1]) == "Cf":
            text = text[:-1].rstrip()
        if _PLAIN_ALREADY.fullmatch(text):
            return cls(text=text, plain=text, places=range(len(text) + 1))
        plain: list[str] = []
        places: list[int] = []
        place = 0
        while place < len(text):
            if kept := _PLAIN_ALREADY.match(text, place):
                plain += kept[0]
                places += range(place, kept.end())
                place = kept.end()
                continue
            character, place = text[place], place + 1
            shown = _plain_form(character)
            if character in _FRACTIONS:  # `1½` is 1.5, and `½` is 0.5
                shown = f"{'' if plain and plain[-1].isdigit() else '0'}.{_FRACTIONS[character]}"
            elif shown.isspace() and plain and plain[-1].isspace():
                plain[-1] = "\n" if "\n" in (shown, plain[-1]) else " "
                continue
            plain += shown
            places += [place - 1] * len(shown)
        return cls(text=text, plain="".join(plain), places=(*places, len(text)))

    def between(self, start: int, end: int | None = None) -> str:
        """The words that were typed at these places of the plain text."""
        return self.text[self.places[start] : None if end is None else self.places[end]]


@lru_cache(maxsize=2048)
def _plain_form(character: str) -> str:
    """The characters that are read in place of one; none for one that nobody sees."""
    if character.isascii():
        return " " if character.isspace() and character != "\n" else character
    if character in _PLAIN:
        return _PLAIN[character]
    kind = category(character)
    if kind in _UNSEEN:
        return ""
    if kind == "Zs":
        return " "
    if kind in ("Zl", "Zp"):
        return "\n"
    if kind == "Nd":
        return str(digit(character))
    wide = normalize("NFKC", character)
    return wide if len(wide) == 1 and wide.isascii() else character
