"""What a command to Redis is called in the weather, on whichever wire it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def name_of_command(command: Sequence[bytes | str]) -> str:
    """The command and its first key; a script by its digest."""
    words = [word.decode(errors="replace") if isinstance(word, bytes) else str(word) for word in command]
    verb = words[0].upper()
    if verb == "EVAL":
        return f"EVAL {hashlib.sha256(words[1].encode()).hexdigest()[:8]} {' '.join(words[3:4])}"
    return f"{verb} {' '.join(words[1:2])}"
