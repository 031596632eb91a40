"""A model's Markdown as Slack messages: whole, readable, and inert.

Slack never parses any of it: Markdown is parsed once, here, and becomes rich text, in which a mention or a
broadcast would be an element of its own, and this module makes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.markdown.chunks import Chunk, TextRun
from bot.markdown.part import Part
from bot.markdown.reader import Reader
from bot.markdown.rich_text import group_chunks, plain_message, render_blocks
from bot.markdown.split import Gap, pack_messages, shows_nothing

_LIMITS: Final = range(100, 3_801)


def to_parts(markdown: str, *, limit: int = 3_000, tables: bool = True) -> tuple[Part, ...]:
    """The messages that say `markdown`, at least one, each at most `limit` characters long.

    Without `tables` Slack's own are left out, which only messages take.
    """
    if limit not in _LIMITS:
        raise ValueError(
            f"limit: expected {_LIMITS.start:,} to {_LIMITS.stop - 1:,} characters, got {limit:,}"
        )
    reader = Reader(limit=limit)
    reader.read_markdown(markdown)
    messages = [chunks for chunks in pack_messages(reader.chunks, limit=limit) if not shows_nothing(chunks)]
    return tuple(_make_part(chunks, tables=tables) for chunks in messages or [[_NOTHING]])


def _make_part(chunks: Sequence[Chunk], *, tables: bool) -> Part:
    groups = group_chunks(chunks)
    return Part(text=plain_message(groups), blocks=render_blocks(groups, tables=tables))


_EMPTY: Final = "(an empty answer)"
_NOTHING: Final = Chunk(
    kind="section",
    block=0,
    gap=Gap.BLOCK,
    weight=len(_EMPTY),
    runs=(TextRun(text=_EMPTY, style=frozenset({"italic"})),),
    said=_EMPTY,
)
