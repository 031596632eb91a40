"""The words in Slack's blocks, as lines of Slack's markup; pure, and linear in what it is given.

Apps and people choose what stands in a block, so nothing about its shape is relied on.
https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

_DEEPEST: Final = 12
"""Blocks inside blocks; Slack allows fewer."""
_UNSAFE: Final = str.maketrans({"<": "&lt;", ">": "&gt;"})
_IN_ADDRESS: Final = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", "\n": "", " ": "%20"})
_WORDS_OF_UNKNOWN: Final = (
    "title",
    "subtitle",
    "label",
    "name",
    "text",
    "value",
    "description",
    "body",
    "details",
    "output",
    "author_name",
    "alt_text",
)
"""Fields that people see, in whatever block."""
_INSIDE_UNKNOWN: Final = (
    "columns",
    "chart",
    "axis_config",
    "categories",
    "segments",
    "series",
    "data",
    "rows",
    "cells",
    "elements",
    "blocks",
    "cards",
    "tasks",
    "sources",
    "items",
)
_NO_WORDS: Final = frozenset({"actions", "context_actions", "divider", "input", "file"})
"""Buttons and fields to fill in are no part of what is said."""


def words_of_blocks(blocks: object, *, depth: int = 0) -> Iterator[str]:
    """The lines that people see in `blocks`."""
    if depth <= _DEEPEST:
        for block in dicts_in(blocks):
            yield from _words_of_block(block, depth)


def _words_of_block(block: Mapping[str, Any], depth: int) -> Iterator[str]:
    match block.get("type"):
        case "section":
            yield from _text_object(block.get("text"))
            for field in dicts_in(block.get("fields")):
                yield from _text_object(field)
            yield from _picture_words(block.get("accessory"))
        case "header":
            yield from _text_object(block.get("text"))
        case "context":
            for element in dicts_in(block.get("elements")):
                yield from _text_object(element)
                yield from _picture_words(element)
        case "rich_text":
            yield from words_of_rich_text(block.get("elements"))
        case "table":
            yield from _table_rows(block.get("rows"), depth)
        case "image":
            yield from _text_object(block.get("title"))
            yield from _picture_words(block)
        case "video":
            for name in ("title", "author_name", "description", "alt_text"):
                yield from _any_words(block.get(name))
        case "markdown":
            yield from _as_line(raw_words(block.get("text")))
        case str(kind) if kind not in _NO_WORDS:
            yield from _words_of_unknown(block, depth + 1)


def dicts_in(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing where it is none."""
    if isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))


def raw_words(value: object) -> str:
    """Text that Slack does not interpret, with nothing live in it; empty where it is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("&", "&amp;").translate(_UNSAFE)


def shown_words(value: object) -> str:
    """Plain text of a text object or an attachment, in which Slack has escaped what it must."""
    return value.translate(_UNSAFE) if isinstance(value, str) else ""


def _as_line(words: str) -> Iterator[str]:
    if words.strip():
        yield words.strip("\n")


def _text_object(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        words = value.get("text")
        if value.get("type") == "mrkdwn":
            yield from _as_line(words if isinstance(words, str) else "")
        elif value.get("type") != "image":
            yield from _as_line(shown_words(words))


def _any_words(value: object) -> Iterator[str]:
    """A text object, or words without one."""
    yield from _text_object(value) if isinstance(value, Mapping) else _as_line(raw_words(value))


def _picture_words(value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value.get("type") == "image" and (alt := value.get("alt_text")):
        yield f"(image: {shown_words(alt)})"


def _table_rows(rows: object, depth: int) -> Iterator[str]:
    for row in rows if isinstance(rows, list | tuple) else ():
        cells = row.get("cells") if isinstance(row, Mapping) else row
        if isinstance(cells, list | tuple):
            yield from _as_line(" | ".join(_cell_words(cell, depth) for cell in cells))


def _cell_words(cell: object, depth: int) -> str:
    if not isinstance(cell, Mapping):
        return raw_words(cell)
    if cell.get("type") == "rich_text":
        words = " ".join(words_of_rich_text(cell.get("elements")))
    elif cell.get("type") in ("raw_text", "raw_number"):
        words = raw_words(cell.get("text")) or raw_words(cell.get("value"))
    else:
        words = " ".join((*_text_object(cell),)) or " ".join(_words_of_unknown(cell, depth + 1))
    return words.replace("\n", " ")


def _words_of_unknown(value: object, depth: int) -> Iterator[str]:
    """The words that people see of a block that is newer than this module: title first, then the rest."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        if value.get("type") == "rich_text":
            yield from words_of_rich_text(value.get("elements"))
            return
        if str(value.get("type")) in _NO_WORDS:
            return
        said = [line for name in _WORDS_OF_UNKNOWN for line in _words_below(value.get(name), depth + 1)]
        yield from _as_line(": ".join(said) if all(len(line) < 200 for line in said) else "\n".join(said))
        for name in _INSIDE_UNKNOWN:
            inside = value.get(name)
            if name == "rows":
                yield from _table_rows(inside, depth + 1)
            elif name == "blocks":
                yield from words_of_blocks(inside, depth=depth + 1)
            elif isinstance(inside, list | tuple | Mapping):
                yield from _words_of_unknown(inside, depth + 1)
    elif isinstance(value, list | tuple):
        if value and not any(isinstance(item, Mapping | list | tuple) for item in value):
            yield from _as_line(" | ".join(map(raw_words, value)))
            return
        for item in value:
            yield from _words_of_unknown(item, depth + 1)


def _words_below(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value.get("type") in ("plain_text", "mrkdwn"):
        yield from _text_object(value)
    elif isinstance(value, Mapping):
        yield from _words_of_unknown(value, depth)
    else:
        yield from _as_line(raw_words(value))


def words_of_rich_text(elements: object) -> Iterator[str]:
    """The lines of a `rich_text` block's elements."""
    numbers: dict[int, int] = {}  # the last number at each depth of the list that goes on
    for element in dicts_in(elements):
        kind = element.get("type")
        if kind == "rich_text_list":
            yield from _list_lines(element, numbers)
            continue
        numbers.clear()
        words = _inline_words(element)
        match kind:
            case "rich_text_quote":
                yield from _as_line("\n".join(f"&gt; {line}" for line in words.strip("\n").split("\n")))
            case "rich_text_preformatted":
                yield from _as_line(f"```\n{words}\n```" if words.strip() else "")
            case _:
                yield from _as_line(words)


def _list_lines(element: Mapping[str, Any], numbers: dict[int, int]) -> Iterator[str]:
    indent, offset = _whole_number(element.get("indent")), _whole_number(element.get("offset"))
    for deeper in [level for level in numbers if level > indent]:
        del numbers[deeper]
    ordered = element.get("style") == "ordered"
    number = max(offset, numbers.get(indent, 0) if ordered else 0)
    for item in dicts_in(element.get("elements")):
        number += 1
        mark = f"{number}." if ordered else "•"
        yield f"{'  ' * min(indent, _DEEPEST)}{mark} {_inline_words(item).strip()}".rstrip()
    if ordered:
        numbers[indent] = number


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _inline_words(element: Mapping[str, Any]) -> str:
    return "".join(map(_inline_word, dicts_in(element.get("elements"))))


def _inline_word(element: Mapping[str, Any]) -> str:
    kind = element.get("type")
    match kind:
        case "text":
            return _styled_words(raw_words(element.get("text")), element.get("style"))
        case "link":
            return _styled_words(_link_word(element), element.get("style"))
        case "user":
            return _live_word("@", element.get("user_id"))
        case "channel":
            return _live_word("#", element.get("channel_id"))
        case "usergroup":
            return _live_word("!subteam^", element.get("usergroup_id"))
        case "broadcast":
            return _live_word("!", element.get("range"))
        case "emoji":
            tone = element.get("skin_tone")
            shade = f":skin-tone-{tone}:" if isinstance(tone, int) else ""
            return f":{raw_words(element.get('name'))}:{shade}"
        case "date":
            return raw_words(element.get("fallback")) or said_moment(element.get("timestamp"))
        case "color":
            return raw_words(element.get("value"))
    return raw_words(element.get("text"))


def _styled_words(words: str, style: object) -> str:
    """Code and what is struck out are shown: without the marks they would say something else."""
    if isinstance(style, Mapping) and words.strip():
        if style.get("code"):
            words = f"`{words}`"
        if style.get("strike"):
            words = f"~{words}~"
    return words


def _link_word(element: Mapping[str, Any]) -> str:
    url, label = str(element.get("url") or ""), raw_words(element.get("text"))
    leads = url.replace("&", "&amp;").translate(_IN_ADDRESS)
    if not leads:
        return label
    return f"<{leads}|{label}>" if label and label != leads else f"<{leads}>"


def _live_word(sign: str, code: object) -> str:
    return f"<{sign}{code}>" if isinstance(code, str) and re.fullmatch(r"\w+", code) else ""


def said_moment(timestamp: object) -> str:
    """A date of Slack's in UTC; empty where it is none."""
    try:
        moment = datetime.fromtimestamp(float(timestamp), UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
