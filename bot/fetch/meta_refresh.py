"""Pages that only lead elsewhere: the address in their `<meta http-equiv="refresh">`; pure."""

from __future__ import annotations

import html
import re
from typing import Final

LONGEST_DELAY: Final = 5
"""Seconds; a page that stays for longer is meant to be read."""
_HEAD: Final = 32_768
_ASIDE: Final = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|noscript|style|template|textarea)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_META: Final = re.compile(rb"""<meta\b(?:[^>"']|"[^"]*"|'[^']*'){1,500}>""", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE | re.ASCII
)
_CONTENT: Final = re.compile(
    r"""\s*(\d{1,6})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(?:"([^"]*)|'([^']*)|(\S.*))""",
    re.IGNORECASE | re.DOTALL,
)


def refresh_address(content: bytes) -> str | None:
    """The address that a page leads to at once, as it is written there; None for a page to be read."""
    for meta in _META.findall(_ASIDE.sub(b"", content[:_HEAD])):
        told = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(meta.decode("utf-8", "replace"))
        }
        if told.get("http-equiv", "").strip().lower() != "refresh":
            continue
        found = _CONTENT.match(told.get("content", ""))
        address = (found[2] or found[3] or found[4] or "").strip() if found else ""
        return address if found and address and int(found[1]) <= LONGEST_DELAY else None
    return None
