"""Quotes round a whole text, as keyboards and word processors set them; they keep it from being read.

They need not match: half of them is often set by hand, and half by a phone.
"""

from __future__ import annotations

import re
from typing import Final

_DOUBLE: Final = '"“”„‟«»'
_SINGLE: Final = "'‘’‚‛‹›"
QUOTES: Final = _DOUBLE + _SINGLE
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’](?=\w)")


def cut_quotes(text: str) -> str | None:
    """The text inside one pair of quotes round the whole of it; None without one."""
    for family in (_DOUBLE, _SINGLE):
        if len(text) > 2 and text[0] in family and text[-1] in family:
            inner = text[1:-1]
            if inner.strip() and not {text[0], text[-1]} & set(_APOSTROPHE.sub("", inner)):
                return inner.strip()
    return None
