"""Words that are found again wherever they went, in whatever form."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping

_SHORTEST_HALF = 8


def mark(name: str) -> str:
    """A word of 32 letters and digits that stands nowhere else; the same for the same name."""
    letters = b64encode(hashlib.sha512(name.encode()).digest()).decode()
    return "".join(letter for letter in letters if letter.isalnum())[:32]


def find_marks(text: bytes, marks: Mapping[str, str]) -> dict[str, str]:
    """The names of the marks that `text` shows, each with the line in which it does, as text or encoded.

    Half a mark is found, too. What has no special letters looks the same in a URL, in JSON and in HTML.
    """
    lines = text.decode(errors="replace").splitlines()
    folded = [line.lower() for line in lines]
    standard = [line.replace("-", "+").replace("_", "/") for line in lines]
    found: dict[str, str] = {}
    for name, word in marks.items():
        for half in _halves(word):
            plain = (half.lower(), half.encode().hex())
            encoded = tuple(_in_base64(half))
            for number, line in enumerate(folded):
                if any(form in line for form in plain) or any(form in standard[number] for form in encoded):
                    found.setdefault(name, lines[number])
    return found


def _halves(word: str) -> tuple[str, ...]:
    middle = len(word) // 2
    return (word,) if middle < _SHORTEST_HALF else (word[:middle], word[middle:])


def _in_base64(word: str) -> Iterator[str]:
    """The letters of Base64 that depend on `word` alone, for each place at which it may begin."""
    for before in range(3):
        bits = before * 8, (before + len(word)) * 8
        letters = b64encode(b"\0" * before + word.encode()).decode()
        yield letters[-(-bits[0] // 6) : bits[1] // 6]
