"""From the sources of a job to what they say; a new kind of source is a new reader here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.fetch import parse_link
from bot.slack import Slack
from bot.sources.conversation import read_channel, read_thread
from bot.sources.file import SharedFiles
from bot.sources.links import Links
from bot.sources.material import QUIET, Material, Piece, Unreadable

MOST: Final = 5
"""Sources of one prompt."""
LONGEST_WINDOW: Final = 31 * 24
"""Hours of a channel."""

_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_FILE: Final = re.compile(r"F[A-Z0-9]{2,30}", re.ASCII)
_TS: Final = re.compile(r"\d{1,15}\.\d{6}", re.ASCII)

Source = Mapping[str, Any]


def thread_source(channel: str, ts: str) -> dict[str, Any]:
    """A thread, by its first message; a message without replies is one too."""
    return {"type": "thread", "channel": channel, "ts": ts}


def channel_source(channel: str, *, hours: int | None = None) -> dict[str, Any]:
    """What was said in a channel in the last hours, or since it was last read."""
    return {"type": "channel", "channel": channel, **({} if hours is None else {"hours": hours})}


def link_source(url: str) -> dict[str, Any]:
    """What a link leads to: a page, a feed, a PDF, plain text."""
    return {"type": "link", "url": url}


def file_source(file: str) -> dict[str, Any]:
    """A file that was shared in Slack."""
    return {"type": "file", "file": file}


@dataclass(frozen=True, kw_only=True)
class At:
    """From where, and as of when, sources are read."""

    slack: Callable[[], Awaitable[Slack]]
    links: Links
    files: SharedFiles
    team: str
    now: datetime
    zone: str
    """In which times are written."""
    since: datetime
    """Where the window begins of what has none of its own: feeds, and channels that do not say how long."""


async def _thread(source: Source, at: At) -> Piece | Unreadable:
    return await read_thread(await at.slack(), source["channel"], source["ts"], zone=at.zone)


async def _channel(source: Source, at: At) -> Piece | Unreadable:
    hours = source.get("hours")
    earliest = at.now - timedelta(hours=LONGEST_WINDOW)
    since = max(at.since, earliest) if hours is None else at.now - timedelta(hours=hours)
    return await read_channel(await at.slack(), source["channel"], since=since, now=at.now, zone=at.zone)


async def _link(source: Source, at: At) -> Piece | Unreadable:
    return await at.links.read(source["url"], team=at.team, since=at.since, until=at.now, zone=at.zone)


async def _file(source: Source, at: At) -> Piece | Unreadable:
    return await at.files.read(await at.slack(), source["file"])


def _is_thread(source: Source) -> bool:
    return _matches(_CHANNEL, source.get("channel")) and _matches(_TS, source.get("ts"))


def _is_channel(source: Source) -> bool:
    hours = source.get("hours", 1)
    return _matches(_CHANNEL, source.get("channel")) and type(hours) is int and 0 < hours <= LONGEST_WINDOW


def _is_link(source: Source) -> bool:
    url = source.get("url")
    return isinstance(url, str) and parse_link(url) is not None


def _is_file(source: Source) -> bool:
    return _matches(_FILE, source.get("file"))


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


READERS: Final[
    Mapping[str, tuple[Callable[[Source], bool], Callable[[Source, At], Awaitable[Piece | Unreadable]]]]
] = {
    "thread": (_is_thread, _thread),
    "channel": (_is_channel, _channel),
    "link": (_is_link, _link),
    "file": (_is_file, _file),
}
"""By type: whether a source of it is whole, and what reads it."""


def are_known(sources: Sequence[Source]) -> bool:
    """Whether each of them is of a kind that can be read, and says what is needed for that."""
    return len(sources) <= MOST and all(
        source["type"] in READERS and READERS[source["type"]][0](source) for source in sources
    )


async def read_sources(sources: Sequence[Source], at: At) -> Material | Unreadable:
    """What they say; `Unreadable` if none of them says anything.

    Then it is the first that is at fault; if none is, nothing was there to read.
    Raises `SlackError` and `RedisUnavailable`.
    """
    outcomes = await asyncio.gather(
        *(READERS[source["type"]][1](source, at) for source in sources), return_exceptions=True
    )
    pieces: list[Piece] = []
    unread: list[Unreadable] = []
    for outcome in outcomes:
        match outcome:
            case Piece():
                pieces.append(outcome)
            case Unreadable():
                unread.append(outcome)
            case BaseException():  # only now: whatever else was under way has ended
                raise outcome
    if pieces:
        return Material(pieces=tuple(pieces), unread=tuple(unread))
    return next((each for each in unread if each.problem not in QUIET), unread[0])
