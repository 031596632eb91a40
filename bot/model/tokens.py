"""Estimates of the tokens in a text, before anybody has counted them: each model cuts its own way; pure.

Models cut UTF-8: four letters of English are a token, a Chinese character may be two, an emoji several. What
is measured in characters is right for English alone.
"""

from __future__ import annotations

import string
from typing import Final

_WORDS: Final = (string.ascii_letters + " ").encode()
_PER_TOKEN: Final = 3
"""Letters of running English that a token holds at the very least; a digit may be one by itself."""


def estimate_tokens(text: str) -> int:
    """Estimate running text, rather too high than too low: a window holds it."""
    raw = _utf8_bytes(text)
    ascii_ = text.encode("ascii", "ignore")
    others = len(ascii_.translate(None, _WORDS))
    # UTF-8 has one byte more than there are characters for each Cyrillic or Arabic one, two for a Chinese or
    # Thai one and three for an emoji: about what they come to with models that know English best.
    return -(-(len(ascii_) - others) // _PER_TOKEN) + others + len(raw) - len(text)


def at_most(text: str) -> int:
    """A number that next to no text exceeds: half a token a letter of English, else one a byte."""
    raw = _utf8_bytes(text)
    others = len(raw.translate(None, _WORDS))
    return others + -(-(len(raw) - others) // 2)


def first_tokens(text: str, tokens: int) -> str:
    """As much of `text` as `tokens` hold, by `estimate`."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low]


def _utf8_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
