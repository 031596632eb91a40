"""Texts for a judge, each between marks that nobody can have written into their own text. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def mark_texts(texts: Sequence[tuple[str, str]]) -> str:
    """Put together the question of a judge: a heading and a text each."""
    # Made of all of it, so nobody can have written it into their part.
    joined = "\0".join(text for _, text in texts)
    mark = hashlib.sha256(joined.encode(errors="replace")).hexdigest()[:16]
    return "\n\n".join(f"{heading}:\n==== {mark} ====\n{text}\n==== {mark} ====" for heading, text in texts)
