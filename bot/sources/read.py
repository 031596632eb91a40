"""From the sources of a job to what they say; a new kind of source is a new reader here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.slack import Slack
from bot.sources.conversation import read_channel, read_thread
from bot.sources.material import Material, Piece, Unreadable

MOST: Final = 5
"""Sources of one prompt."""
LONGEST_WINDOW: Final = 31 * 24
"""Hours of a channel."""

_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_TS: Final = re.compile(r"\d{1,15}\.\d{6}", re.ASCII)

Source = Mapping[str, Any]


def thread_source(channel: str, ts: str) -> dict[str, Any]:
    """A thread, by its first message; a message without replies is one too."""
    return {"type": "thread", "channel": channel, "ts": ts}


def channel_source(channel: str, *, hours: int) -> dict[str, Any]:
    """What was said in a channel in the last hours."""
    return {"type": "channel", "channel": channel, "hours": hours}


@dataclass(frozen=True, kw_only=True)
class At:
    """From where, and as of when, sources are read."""

    slack: Slack
    now: datetime
    zone: str
    """In which times are written."""


async def _thread(source: Source, at: At) -> Piece | Unreadable:
    return await read_thread(at.slack, source["channel"], source["ts"], zone=at.zone)


async def _channel(source: Source, at: At) -> Piece | Unreadable:
    over = timedelta(hours=source["hours"])
    return await read_channel(at.slack, source["channel"], over=over, now=at.now, zone=at.zone)


def _is_thread(source: Source) -> bool:
    return _matches(_CHANNEL, source.get("channel")) and _matches(_TS, source.get("ts"))


def _is_channel(source: Source) -> bool:
    hours = source.get("hours")
    return _matches(_CHANNEL, source.get("channel")) and type(hours) is int and 0 < hours <= LONGEST_WINDOW


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


READERS: Final[
    Mapping[str, tuple[Callable[[Source], bool], Callable[[Source, At], Awaitable[Piece | Unreadable]]]]
] = {"thread": (_is_thread, _thread), "channel": (_is_channel, _channel)}
"""By type: whether a source of it is whole, and what reads it."""


def are_known(sources: Sequence[Source]) -> bool:
    """Whether each of them is of a kind that can be read, and says what is needed for that."""
    return len(sources) <= MOST and all(
        source["type"] in READERS and READERS[source["type"]][0](source) for source in sources
    )


async def read(sources: Sequence[Source], slack: Slack, *, now: datetime, zone: str) -> Material | Unreadable:
    """What they say; `Unreadable` if none of them says anything. Raises `SlackError`."""
    at = At(slack=slack, now=now, zone=zone)
    pieces: list[Piece] = []
    unread: list[Unreadable] = []
    for source in sources:
        match await READERS[source["type"]][1](source, at):
            case Piece() as piece:
                pieces.append(piece)
            case Unreadable() as why:
                unread.append(why)
    return Material(pieces=tuple(pieces), unread=tuple(unread)) if pieces else unread[0]
