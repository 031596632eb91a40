"""Lua that runs inside Redis, where each script is one indivisible step."""

from __future__ import annotations

from typing import Final

# Every key is in KEYS, so Upstash may lock those alone instead of the whole database. Other servers do not
# know the flag: the client for a socket comments the line out.
LOCKING: Final = "#!lua flags=allow-key-locking\n"
