"""The places that a command names: `every monday at 9 to #ops, #news and @grace: …`; pure.

They count where nothing else can be meant: beside the time, or at the end of an order to post. Elsewhere a
channel is what a prompt speaks of, or reads. *Only me* is a place, too: `to me`, `just for me` in the same
spots, and any schedule whose prompt is an order to send something to the one who types it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from bot.commands.requests import EDGE, PlacedText
from bot.schedules import NamedPlace
from scheduler import QUOTES, WhenError, find_timing, read_timing

_ITEM: Final = (
    r"(?:<#[CGD][A-Z0-9]+(?:\|[^<>\n]*)?>|<@[UW][A-Z0-9]+(?:\|[^<>\n]*)?>"
    r"|#[^\W_][\w-]{0,79}|@(?!(?:here|channel|everyone|precache)\b)[^\W_](?:[\w.-]{0,78}\w)?)"
)
_ME: Final = r"(?:(?:only|just)\s+)?me(?:\s+(?:only|alone))?\b"
_JOIN: Final = r"(?:\s*(?:,|&|\+)\s*(?:and\s+)?|\s+and\s+(?:(?:in|to)\s+)?|\s+(?=<?#))"
_MORE: Final = rf"(?:{_ITEM}|{_ME}|here\b|this\s+channel\b)"
_FURTHER: Final = rf"(?:{_JOIN}{_MORE}){{0,30}}"
PLACES: Final = rf"{_MORE}{_FURTHER}"
"""Places in a row, the first of which may be *here* or *me*."""
_CLAUSE: Final = re.compile(
    rf"(?:(?<=\s)|^)(?:(?:post|send|share)\s+(?:it\s+)?)?(?P<word>to|in|into)\s+(?P<items>(?:{_ITEM}|{_ME}){_FURTHER})"
    r"(?=[\s:;,.—–-]|$)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?:(?<=\s)|(?<=,))(?P<items>{_ITEM}{_FURTHER})\s*(?=:\s)", re.IGNORECASE)
"""Before the colon of a prompt, where the time stands before them: `every monday at 9 #ops: …`."""
_BARE_FIRST: Final = re.compile(rf"(?P<items>(?:<#|#)\S+?{_FURTHER})\s*[:,–—-]?\s+(?=\S)", re.IGNORECASE)
_EACH: Final = re.compile(rf"{_ITEM}|{_ME}|here\b|this\s+channel\b", re.IGNORECASE)
_FOR_ME: Final = re.compile(
    r"(?:(?<=\s)|^)(?P<word>(?:only|just)\s+(?:(?:for|to)\s+)?me|for\s+me\s+(?:only|alone)|for\s+me(?=\s*(?::|$)))"
    r"(?=[\s:;,.—–-]|$)",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(r"\s+(?:and|or|but|against|versus|vs)\b", re.IGNORECASE)
"""After `me`: `only me and my shadow` is what a prompt is about."""
_ASKED_FIRST: Final = re.compile(r"(?:just|only)\s+for\s+me\s*[:,]\s+(?=\S)", re.IGNORECASE)
_ASKED_LAST: Final = re.compile(
    r"(?<=[,;–—.?!-])\s{1,9}(?:just|only)\s{1,9}for\s{1,9}me(?:,?\s{1,9}please)?[.!]?\Z", re.IGNORECASE
)
"""After a mark, a question says so: `what is a mutex? just for me`. `Write a poem just for me` does not."""
_SEND_ME: Final = re.compile(
    r"(?:please\s+)?(?:send|dm|message)\s+me\b(?!\s+(?:an?|the|another)\s+(?:\w+\s+)?reminder)", re.IGNORECASE
)
_ONLY_ME: Final = re.compile(_ME, re.IGNORECASE)
_CODE: Final = re.compile(r"<([#@])([A-Z0-9]+)(?:\|([^<>\n]*))?>")
_ORDER: Final = re.compile(r"(?:please\s+)?(?:post|send|share|publish|deliver)\b", re.IGNORECASE)
_ORDER_FIRST: Final = re.compile(rf"{_ORDER.pattern}(?P<what>\s+(?:it|this))?\s+", re.IGNORECASE)
_LONGEST: Final = 6_000
"""Characters of a command in which places are looked for."""


def split_places(text: str, *, now: datetime) -> PlacedText | None:
    """Tell the places of a scheduled prompt from its other words; None for a text that names none."""
    if len(text) > _LONGEST:
        return None
    for found in _CLAUSE.finditer(text):
        before, after = text[: found.start()].rstrip(), text[found.end() :]
        if found["items"].lower().endswith("me") and _GOES_ON.match(after):
            continue
        has_prompt = bool(after.strip(EDGE))  # `post this every monday to #ops` has none
        if has_prompt and (order := _ORDER_FIRST.match(before)) and _is_time(before[order.end() :], now=now):
            before = before[order.end() :]  # `post every monday at 9 to #ops: …`
        if _is_of_places(before, after, found["word"].lower(), now=now):
            return PlacedText(before=before, after=after, places=tuple(read_places(found["items"])))
    return _split_bare(text, now=now) or _split_only_me(text, now=now)


def asked_for_me_alone(text: str) -> str | None:
    """The question of a text that asks for an answer to its writer alone; None if it does not say so."""
    if first := _ASKED_FIRST.match(text):
        return text[first.end() :]
    last = _ASKED_LAST.search(text)
    return text[: last.start()].rstrip(",;–—- ") or None if last else None


def _split_bare(text: str, *, now: datetime) -> PlacedText | None:
    """The same for places without a *to*: `every monday at 9 #ops #news: …`, `#ops: every monday at 9 …`."""
    if (first := _BARE_FIRST.match(text)) and _begins_with_time(text[first.end() :], now=now):
        items = tuple(read_places(first["items"]))
        return PlacedText(before="", after=text[first.end() :], places=items)
    for found in _BARE.finditer(text):
        before, after = text[: found.start()].rstrip(f"{EDGE}"), text[found.end() :]
        if _is_time(before, now=now) and after.strip(EDGE):
            return PlacedText(before=before, after=after, places=tuple(read_places(found["items"])))
    return None


def _split_only_me(text: str, *, now: datetime) -> PlacedText | None:
    """The same for `just for me` beside a time or after a comma, and for `send me … every monday`."""
    me = (NamedPlace(kind="me"),)
    for found in _FOR_ME.finditer(text):
        before, after = text[: found.start()].rstrip(), text[found.end() :]
        if _GOES_ON.match(after):
            continue
        is_last = not after.strip(EDGE) and before.endswith((",", ";", "–", "—", "-"))
        if is_last and _has_time(before.rstrip(EDGE), now=now) is not None:
            return PlacedText(before=before.rstrip(EDGE), after="", places=me)
        if _is_of_places(before.rstrip(EDGE), after, "for", now=now):
            return PlacedText(before=before.rstrip(EDGE), after=after, places=me)
    if _SEND_ME.search(text) is None:
        return None
    if (order := _SEND_ME.match(text)) and _begins_with_time(text[order.end() :].lstrip(), now=now):
        return PlacedText(before="", after=f": {text}", places=me)  # `send me every monday at 9: …`
    query = _has_time(text, now=now)
    if query is None or not _SEND_ME.match(query) or _is_quoted(text, query):
        return None
    return PlacedText(before="", after=f": {text}", places=me)


def _is_quoted(text: str, query: str) -> bool:
    return text[: text.rfind(query)].rstrip().endswith(tuple(f"{QUOTES}`"))


def _is_of_places(before: str, after: str, word: str, *, now: datetime) -> bool:
    if _is_time(before, now=now):  # `every monday at 9 to #ops: …`; without a prompt, one is asked for
        return True
    if not before:  # `to #ops every monday at 9: …`
        return _begins_with_time(after.lstrip(EDGE), now=now)
    if not after.strip(EDGE):  # `… every monday at 9 to #ops`
        order = _ORDER_FIRST.match(before)
        if order is not None and order["what"] and _is_time(before[order.end() :], now=now):
            return True
        query = _has_time(before, now=now)
        if query is not None and before.startswith(query):
            return True
        return query is not None and word != "in" and _ORDER.match(query) is not None
    # `post … to #ops every monday at 9`
    return word != "in" and _ORDER.match(before) is not None and _is_time(after.strip(EDGE), now=now)


def _is_time(text: str, *, now: datetime) -> bool:
    try:
        return bool(text) and read_timing(text, now=now, zone="UTC") is not None
    except WhenError:
        return False


def _begins_with_time(text: str, *, now: datetime) -> bool:
    """True also for a time that cannot be kept, so that whoever typed it hears why."""
    try:
        found = find_timing(text, now=now, zone="UTC")
    except WhenError:
        return True
    return found is not None and bool(found[1])


def _has_time(text: str, *, now: datetime) -> str | None:
    """The prompt beside the time that a text names; None if it names none."""
    try:
        found = find_timing(text, now=now, zone="UTC")
    except WhenError:
        return None
    return None if found is None or not found[1] else found[1]


def read_places(items: str) -> Iterator[NamedPlace]:
    for found in _EACH.finditer(items):
        word = found[0]
        if code := _CODE.fullmatch(word):
            kind: Literal["channel", "person"] = "channel" if code[1] == "#" else "person"
            yield NamedPlace(kind=kind, id=code[2], name=code[3] or "")
        elif word[0] in "#@":
            yield NamedPlace(kind="channel" if word[0] == "#" else "person", name=word[1:])
        elif _ONLY_ME.fullmatch(word):
            yield NamedPlace(kind="me")
        else:
            yield NamedPlace(kind="here")
