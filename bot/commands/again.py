"""Orders to post *this* at a time, in a thread: `post this every day at 8`, `again tomorrow at 9`; pure.

*This* is what the answer above was asked, so the order has no prompt of its own.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot.commands.requests import PlacedText, RepeatRequest
from bot.commands.words.spoken import POLITE_FIRST
from bot.schedules import NamedPlace
from scheduler import Cron, find_timing, other_reading, read_timing

_LONGEST: Final = 160
_FLAGS: Final = re.IGNORECASE
_VERB: Final = (
    r"(?:(?:dm|message|post|do|run|repeat|send|ask|schedule|share|show|tell|give|have|get|make|say|want|need|answer|update)\b"
    r"(?:\s+(?:me|us|everyone|the\s+channel))?)"
)
_THIS: Final = (
    r"(?:(?:this|that|it|the\s+same(?:\s+thing)?|same)(?:\s+(?:one|answer|question|prompt|thing|report|summary|list|post))?"
    r"|(?:this|that|the\s+same|that\s+same|this\s+same)\s+(?:answer|question|prompt|report|summary|list|post))"
)
_BESIDE: Final = r"(?:\s+(?:again|here|too|as\s+well|also|please|in\s+this\s+(?:thread|channel)))*"
_ORDER: Final = re.compile(
    rf"(?:{POLITE_FIRST})(?:(?:i\s+(?:want|need|would\s+like)|i['’]?d\s+like)\s+|can\s+(?:i|we)\s+|{_VERB}\s+)*(?:{_THIS}{_BESIDE}|again{_BESIDE})"
    r"\s+(?:for\s+|to\s+run\s+)?(?P<time>\S.*?)\s*[?.!]*",
    _FLAGS,
)
_TO_ME: Final = re.compile(rf"(?:{POLITE_FIRST})(?:send|dm|message)\s+me\b", _FLAGS)
_REMINDED: Final = (
    rf"(?P<head>(?:{POLITE_FIRST})remind\s+(?:me|us|everyone|everybody|the\s+team|the\s+channel|<?@\S+))"
)
_OF_THIS: Final = re.compile(
    rf"{_REMINDED}(?P<time>\s+\S.*?)?\s+(?:of|about)\s+(?:this|that|it)(?P<rest>\s*[?.!]*|(?:,?\s+(?:at|on|in|tomorrow|today|tonight"
    r"|every|each|next|again|daily|weekly|later|mon|tue|wed|thu|fri|sat|sun)\b.*))",
    _FLAGS,
)
_OF_NOTHING: Final = re.compile(
    rf"{_REMINDED}(?P<rest>\s+(?:again\s+)?(?:at|on|in|tomorrow|tonight|every|each|next|daily|weekly)\b.*)",
    _FLAGS,
)
_REST: Final = re.compile(
    rf"(?:please\s+)?(?:(?:{_VERB}\s+)*{_THIS}{_BESIDE}|{_VERB}\s+again|again)[.!?]*", _FLAGS
)


def read_repeat(text: str, *, now: datetime, zone: str | None) -> RepeatRequest | None:
    """The time at which *this* is to be posted; None for other words. Raises `WhenError`, as times do."""
    if len(text) > _LONGEST or "\n" in text:
        return None
    said = " ".join(text.split())
    if order := _ORDER.fullmatch(said):
        timing = read_timing(order["time"], now=now, zone=zone)
        if timing is not None and (isinstance(timing.when, Cron) or not said.endswith("?")):
            other = other_reading(f"{order['time']}: hello", now=now, zone=zone)
            placed = None
            if _TO_ME.match(order[0]):
                places = (NamedPlace(kind="me"),)
                placed = PlacedText(before=order["time"], after=": …", places=places)
            return RepeatRequest(timing=timing, when=order["time"], other=other, placed=placed)
    found = find_timing(said, now=now, zone=zone)
    if found is None or not found[1] or not _REST.fullmatch(found[1]):
        return None
    timing, rest = found
    place = said.rfind(rest)
    when = f"{said[:place]} {said[place + len(rest) :]}".strip(" ,:;.-–—!?")
    other = other_reading(said, now=now, zone=zone)
    return RepeatRequest(timing=timing, when=" ".join(when.split()), other=other)


def about_thread(text: str) -> str:
    """A reminder of *this*, or of nothing, with the words that it is about the thread."""
    if len(text) > _LONGEST or "\n" in text:
        return text
    if found := _OF_THIS.fullmatch(text):
        return f"{found['head']} about this thread{found['time'] or ''}{found['rest']}"
    if (found := _OF_NOTHING.fullmatch(text)) and _BARE.search(text) is None:
        return f"{found['head']} about this thread{found['rest']}"
    return text


_BARE: Final = re.compile(r"\b(?:to|that|of|about|for|if|when)\s+\S|[:,]\s", _FLAGS)
