"""Lengths of text as Slack counts them: in UTF-16 code units, two for an emoji; pure."""

from __future__ import annotations


def text_length(text: str) -> int:
    """Code units of UTF-16; half of a pair counts as one."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def clip_text(text: str, limit: int, *, ending: str = "…") -> str:
    """At most `limit` code units of the text; one that is too long ends in `ending`."""
    if 2 * len(text) <= limit:
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) <= 2 * limit:
        return text
    kept = raw[: 2 * (limit - len(ending))].decode("utf-16-le", "ignore")
    return kept.rstrip() + ending if ending else kept


def split_text(text: str, limit: int) -> list[str]:
    """The whole text, in pieces of at most `limit` code units."""
    pieces, size = [""], 0
    for character in text:
        width = text_length(character)
        if size + width > limit:
            pieces.append("")
            size = 0
        pieces[-1] += character
        size += width
    return pieces
