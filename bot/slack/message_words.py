"""The words and files of a Slack message, wherever they stand: text, blocks, attachments, forwards; pure.

Alerts, forms and forwards have theirs in blocks and attachments, with an empty `text` or a placeholder.
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from bot.slack.blocks import dicts_in, raw_words, shown_words, words_of_blocks

MOST_WORDS: Final = 40_000
"""Characters of one message; the rest is not looked at."""

_DEEPEST: Final = 3
"""Messages that were forwarded inside each other."""
_MOST_ATTACHED: Final = 100
_PLACEHOLDERS: Final = frozenset(
    {
        "[no preview available]",
        "no preview available",
        "this content can't be displayed",
        "this message contains interactive elements",
    }
)
_MARKUP: Final = re.compile(r"<([@#!][^<>|\n]*)(?:\|[^<>\n]*)?>")
_WORD: Final = re.compile(r"[^\W_]+")


def words_of_message(message: Mapping[str, Any]) -> str:
    """All that it says, in Slack's markup and each thing once; empty if nothing can be read."""
    return _join_bounded(_parts_of_message(message, 0))


def words_sent_along(message: Mapping[str, Any]) -> str:
    """The forwards and tables that come with a message, each once; neither its own words nor its files."""
    tables = [block for block in dicts_in(message.get("blocks")) if block.get("type") == "table"]
    parts = ("\n".join(words_of_blocks(tables)), *_parts_of_attachments(message.get("attachments"), 0))
    return _join_bounded(_new_parts(parts, _Told(_text_of(message))))


def files_of_message(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Its files, and those of the messages that are forwarded in it."""
    yield from dicts_in(message.get("files"))
    yield from files_sent_along(message)


def files_sent_along(message: Mapping[str, Any], *, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The files of the messages that are forwarded in a message."""
    if depth >= _DEEPEST:
        return
    for attached in islice(dicts_in(message.get("attachments")), _MOST_ATTACHED):
        inner = [attached, *(block.get("message") for block in dicts_in(attached.get("message_blocks")))]
        for forwarded in inner:
            if isinstance(forwarded, Mapping):
                yield from dicts_in(forwarded.get("files"))
                yield from files_sent_along(forwarded, depth=depth + 1)


def _join_bounded(parts: Iterable[str]) -> str:
    kept: list[str] = []
    room = MOST_WORDS
    for part in parts:
        if part.strip():
            kept.append(part.strip("\n")[:room])
            room -= len(kept[-1])
            if room <= 0:
                break
    return "\n".join(kept)


def _parts_of_message(message: Mapping[str, Any], depth: int) -> Iterator[str]:
    told, shown = _text_of(message), _join_bounded(words_of_blocks(message.get("blocks")))
    yield from _told_once(told, shown)
    yield from _new_parts(_parts_of_attachments(message.get("attachments"), depth), _Told(f"{told}\n{shown}"))
    yield from _file_names(message.get("files"))


def _text_of(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    return text if isinstance(text, str) and not _is_placeholder(text) else ""


def _told_once(told: str, shown: str) -> Iterator[str]:
    """The text and what the blocks show, as far as the one does not repeat the other."""
    if _Told(told).repeats(shown):
        yield told
    elif _Told(shown).repeats(told):
        yield shown
    else:
        lines = {_letters_in(line) for line in shown.split("\n")}
        yield "\n".join(line for line in told.split("\n") if _letters_in(line) not in lines)
        yield shown


def _new_parts(parts: Iterable[str], told: _Told) -> Iterator[str]:
    """Those of `parts` that are neither told already nor repeat each other."""
    heard: set[str] = set()
    for part in parts:
        letters = _letters_in(part)
        if not told.repeats(part) and (letters not in heard or not letters):
            heard.add(letters)
            yield part


class _Told:
    """Words that were said, to compare with; marks and spaces do not count."""

    def __init__(self, text: str) -> None:
        self._text = text
        words = _words_in(text)
        self._sentence, self._letters = f" {' '.join(words)} ", "".join(words)

    def repeats(self, part: str) -> bool:
        """True if all of `part` was said, word for word."""
        words = _words_in(part)
        if not words:
            return part.strip() in self._text
        return f" {' '.join(words)} " in self._sentence or "".join(words) == self._letters


def _words_in(text: str) -> list[str]:
    return _WORD.findall(_MARKUP.sub(r" \1 ", text).casefold())


def _letters_in(text: str) -> str:
    return "".join(_words_in(text))


def _is_placeholder(text: str) -> bool:
    return text.strip().casefold().replace("’", "'").rstrip(".") in _PLACEHOLDERS


def _parts_of_attachments(attachments: object, depth: int) -> Iterator[str]:
    for attached in islice(dicts_in(attachments), _MOST_ATTACHED):
        if part := _join_bounded(_lines_of_attachment(attached, depth)):
            yield part


def _lines_of_attachment(attached: Mapping[str, Any], depth: int) -> Iterator[str]:
    lines = [line for line in _own_lines(attached, depth) if line.strip() and not _is_placeholder(line)]
    fallback = attached.get("fallback")
    if not lines and isinstance(fallback, str) and not _is_placeholder(fallback):
        lines = [fallback]
    if not lines:
        return
    author = shown_words(attached.get("author_name")) or shown_words(attached.get("author_subname"))
    if attached.get("is_share") or attached.get("is_msg_unfurl"):
        yield f"(forwarded, by {author or 'someone'}:)"
    elif author:
        yield author
    yield from lines


def _own_lines(attached: Mapping[str, Any], depth: int) -> Iterator[str]:
    yield _markup_in(attached.get("pretext"))
    yield shown_words(attached.get("title"))
    told = _markup_in(attached.get("text"))
    shown = [*words_of_blocks(attached.get("blocks"))]
    for forwarded in dicts_in(attached.get("message_blocks")):
        inside = forwarded.get("message")
        if depth < _DEEPEST and isinstance(inside, Mapping):
            shown += _parts_of_message(inside, depth + 1)
    yield from _told_once(told, _join_bounded(shown))
    for field in dicts_in(attached.get("fields")):
        title, value = shown_words(field.get("title")), _markup_in(field.get("value"))
        yield f"{title}: {value}" if title and value else title or value
    if depth < _DEEPEST:
        yield from _parts_of_attachments(attached.get("attachments"), depth + 1)
    yield from _file_names(attached.get("files"))
    yield shown_words(attached.get("footer"))


def _markup_in(value: object) -> str:
    return value if isinstance(value, str) else raw_words(value)


def _file_names(files: object) -> Iterator[str]:
    for file in dicts_in(files):
        if file.get("mode") == "tombstone":
            yield "(file: deleted)"
            continue
        name = raw_words(file.get("name")) or raw_words(file.get("title")) or "without a name"
        yield f"(file: {name}{_alt_words(file.get('alt_txt'))})"


def _alt_words(alt: object) -> str:
    return f", shows: {raw_words(alt)}" if isinstance(alt, str) and alt.strip() else ""
