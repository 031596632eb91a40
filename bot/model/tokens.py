"""Estimates of the tokens in a text, before anybody has counted them: each model cuts its own way; pure.

Models cut UTF-8: four letters of English are a token, a Chinese character may be two, an emoji several. What
is measured in characters is right for English alone.
"""

from __future__ import annotations

import re
import string
from typing import Final

_WORDS: Final = (string.ascii_letters + " ").encode()
_PER_TOKEN: Final = 3
"""Letters of running English that a token holds at the very least; a digit may be one by itself."""

MOST_OF_PICTURE: Final = 3_000
"""Tokens that a picture of 1,568 points counts as, at the most."""

_USUALLY_PER_TOKEN: Final = 4
_REPEATED: Final = re.compile(r"\s+|([^\w\s])\1+")
_IDEOGRAPHS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_FEWEST: Final = 500
"""A server that counts fewer has not cut, for no window is that small: it counts what it did not know yet."""


def was_cut(text: str, *, counted: int | None) -> bool:
    """Tell if a server that counted so many tokens of `text` cut it: it tells less than half of ours."""
    return counted is not None and _FEWEST <= counted < usual_tokens(text) / 2


def usual_tokens(text: str) -> int:
    """Estimate as `estimate_tokens` does, but never more than twice what any model of today makes of it.

    Spaces and lines of the same sign are one token, and so are four letters or digits of any alphabet, or two
    Chinese, Japanese or Korean characters.
    """
    plain = _REPEATED.sub(" ", text)
    return -(-(len(plain) + len(_IDEOGRAPHS.findall(plain))) // _USUALLY_PER_TOKEN)


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
    low, high = 0, min(len(text), _PER_TOKEN * tokens)  # none holds more letters than that
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low]


def _utf8_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
