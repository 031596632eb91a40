"""Commands that change when a schedule runs: `snooze … 2 days`, `pause … until monday`, `reschedule …`."""

from __future__ import annotations

import re
from typing import Final

from bot.commands.requests import PauseRequest, RetimeRequest
from bot.schedules import ID
from scheduler import QUOTES

_NAMED: Final = r"""(?P<name>"[^"\n]+"|[“„][^”“\n]+[”“]|«[^»\n]+»|‘[^’\n]+’|`[^`\n]+`|\S+(?: \S+){0,7}?)"""
_UNTIL: Final = re.compile(rf"{_NAMED}\s+(?:until|untill|till|til)\s+(?P<end>.+)", re.IGNORECASE)
_SPAN: Final = (
    r"(?:the next |another )?(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten)\s+(?:more\s+)?"
    r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)|(?:the )?rest of .+"
)
_FOR: Final = re.compile(rf"{_NAMED}\s+(?:for\s+|by\s+)?(?P<end>{_SPAN})", re.IGNORECASE)
_ANY: Final = re.compile(rf"{_NAMED}\s+(?:for\s+|by\s+|to\s+)?(?P<end>\S.*)", re.IGNORECASE)
_TIMED: Final = re.compile(
    rf"{_NAMED}\s+(?:to\s+|for\s+)?(?P<when>(?:at|every|each|daily|weekly|monthly|hourly|on|in|cron|weekdays|mornings?"
    r"|evenings?|tomorrow|tonight|today|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
    r"|first|second|third|last|the|noon|midnight|@\w+)\b.*|\d.*)",
    re.IGNORECASE,
)
_COURTESY: Final = re.compile(r",? (?:please|pls|thanks|thank you)[.!]*$", re.IGNORECASE)
_LONGEST: Final = 200
_NO_NAMES: Final = frozenset({"for", "it", "this", "that", "until", "everything", "all"})


def read_pause(word: str, rest: str) -> PauseRequest | None:
    """`pause news until monday`, `snooze news 2 days`; None for what names no end, or no schedule."""
    if len(rest) > _LONGEST or "\n" in rest:
        return None
    rest = _COURTESY.sub("", rest)
    found = _UNTIL.fullmatch(rest) or _FOR.fullmatch(rest)
    if found is None and word == "snooze" and (found := _ANY.fullmatch(rest)) and not _is_sure(found["name"]):
        return None
    if found is not None:
        name = found["name"]
        return (
            None if name.lower() in _NO_NAMES else PauseRequest(name=name, until=found["end"].strip(" .!?,"))
        )
    bare = rest.rstrip(".!?")
    return PauseRequest(name=bare) if word == "snooze" and (_is_sure(bare) or " " not in bare) else None


def read_retiming(word: str, rest: str) -> RetimeRequest | None:
    """`reschedule news every weekday at 8`, `edit kolu-tane at 9`; None for what may be a prompt."""
    if len(rest) > _LONGEST or "\n" in rest:
        return None
    found = _TIMED.fullmatch(rest)
    if found is not None and (word == "reschedule" or _is_sure(found["name"])):
        return RetimeRequest(name=found["name"], when=found["when"].strip())
    bare = rest.rstrip(".!?")
    return RetimeRequest(name=bare) if word == "reschedule" and (_is_sure(bare) or " " not in bare) else None


def perhaps_retimed(text: str) -> list[PauseRequest | RetimeRequest]:
    """The same for a name of any words, if there is such a schedule."""
    word, _, rest = _COURTESY.sub("", text).partition(" ")
    if len(rest) > _LONGEST:
        return []
    rest, is_instead = _INSTEAD.subn("", rest.rstrip(" .!?"))
    match word.lower():
        case "edit" | "change" | "reschedule" | "move" | "set" | "shift" | "push" | "bring" | "put" | "make":
            found = _TIMED.fullmatch(rest)
            return [RetimeRequest(name=_bare_of(found["name"]), when=found["when"].strip())] if found else []
        case "run" | "post" | "have" if is_instead and (found := _TIMED.fullmatch(rest)):
            return [RetimeRequest(name=found["name"], when=found["when"].strip())]
        case _ if is_instead and (found := _TIMED.fullmatch(f"{word} {rest}")):
            return [RetimeRequest(name=found["name"], when=found["when"].strip())]
        case "snooze" | "postpone" if found := _ANY.fullmatch(rest):
            return [PauseRequest(name=found["name"], until=found["end"])]
        case "pause" if found := _UNTIL.fullmatch(rest) or _FOR.fullmatch(rest):
            return [PauseRequest(name=found["name"], until=found["end"])]
        case _:
            return []


_INSTEAD: Final = re.compile(r",? (?:instead|from now on)$", re.IGNORECASE)
_RUN: Final = re.compile(r" (?:run|post|back|forward|up)$", re.IGNORECASE)


def _bare_of(name: str) -> str:
    """The name without a word between it and its time: `make news run at 10`."""
    return _RUN.sub("", name)


def _is_sure(name: str) -> bool:
    """True of an id and of what stands in quotes; other words may belong to a prompt."""
    return ID.fullmatch(name) is not None or name[:1] in tuple(f"{QUOTES}`")
