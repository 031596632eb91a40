"""What a prompt asks to read: where it is written ("summarise this thread"), and the links in it; pure.

Of summaries only these few forms count, so that a prompt about threads in general stays one.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from yarl import URL

from bot.fetch import parse_link
from bot.sources.read import (
    LONGEST_WINDOW,
    MOST,
    are_known,
    channel_source,
    file_source,
    link_source,
    thread_source,
)

_SUMMARISE: Final = r"(?:please\s+)?(?:summari[sz]e|sum\s+up|tl;?dr)"
_THREAD: Final = re.compile(rf"{_SUMMARISE}(?:\s+(?:this|the)(?:\s+thread)?)?(?:\s*[.!])*", re.IGNORECASE)
_CHANNEL: Final = re.compile(
    rf"{_SUMMARISE}\s+(?:this|the)\s+channel"
    r"(?:\s+(?:of|over|in|from|for)\s+the\s+(?:last|past)(?:\s+([1-9]\d{0,3}))?"
    r"\s+(hour|day|week|month|year)s?|\s+(today|since\s+yesterday|(?:of\s+)?this\s+week))?(?:\s*[.!])*",
    re.IGNORECASE,
)
_HOURS: Final = {"hour": 1, "day": 24, "week": 7 * 24, "month": 30 * 24, "year": 365 * 24}
_SINCE: Final = {"today": 24, "yesterday": 48, "week": 7 * 24}
_SAY: Final = "what it is about, what was decided, what is open, and who does what next."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A summary of the thread, or of the channel `over` so long."""

    query: str
    """What to ask the model: the same for everyone, so that they share an answer."""
    over: timedelta | None = None

    def source(self, *, channel: str | None, thread: str | None) -> dict[str, Any] | None:
        """What to read, asked for there; None outside of a thread, or for more than can be read."""
        if channel is None:
            return None
        if self.over is None:
            return thread_source(channel, thread) if thread else None
        hours = round(self.over / timedelta(hours=1))
        return channel_source(channel, hours=hours) if 0 < hours <= LONGEST_WINDOW else None


THREAD: Final = Asked(query=f"Summarise this thread: {_SAY}")


def asked_about(query: str) -> Asked | None:
    """What to summarise, if `query` asks for nothing but that; a channel over a day unless it says."""
    text = query.strip()
    if _THREAD.fullmatch(text):
        return THREAD
    if (found := _CHANNEL.fullmatch(text)) is None:
        return None
    hours = _SINCE[found[3].split()[-1].lower()] if found[3] else _HOURS[(found[2] or "day").lower()]
    over = timedelta(hours=int(found[1] or 1) * hours)
    return Asked(query=f"Summarise this channel: {_SAY}", over=over)


# As Slack writes one, perhaps with a label; or as people do.
_LINK: Final = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>\n]*)?>|(https?://[^\s<>\"“”«»|]+)", re.IGNORECASE)
_TRAILING: Final = ".,;:!?'\"’‘…*_~`"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
_SLACK_HOST: Final = re.compile(r"(?:[\w-]+\.)*slack(?:-gov)?\.com", re.ASCII)
_SLACK_FILE: Final = re.compile(
    r"/(?:files/[UW][A-Z0-9]+/|files-pri/T[A-Z0-9]+-)(F[A-Z0-9]+)(?:/.*)?", re.ASCII
)
_SLACK_MESSAGE: Final = re.compile(r"/archives/([CGD][A-Z0-9]+)/p(\d{1,15})(\d{6})/?", re.ASCII)


def links_in(query: str, *, sandbox: str | None = None) -> tuple[dict[str, Any], ...]:
    """A source for each link that stands in `query`, in order, once; what is no whole link is passed over.

    Links to messages and files of Slack are those, and so are links under `sandbox`, where its stand-in is.
    """
    found: list[dict[str, Any]] = []
    for each in _LINK.finditer(query):
        source = _source(html.unescape(each[1]) if each[1] else _trimmed(each[2]), sandbox)
        if source is not None and source not in found:
            found.append(source)
    return tuple(found[:MOST])


def _trimmed(url: str) -> str:
    """Without what belongs to the sentence: a closing bracket does, if it was opened before the link."""
    while url:
        last = url[-1]
        opening = _BRACKETS.get(last)
        if last in _TRAILING or (opening and url.count(last) > url.count(opening)):
            url = url[:-1]
        else:
            break
    return url


def _source(url: str, sandbox: str | None) -> dict[str, Any] | None:
    link = parse_link(url)
    if link is None:
        return None
    source = link_source(url)
    if _SLACK_HOST.fullmatch(link.raw_host or "") or (sandbox and link.origin() == URL(sandbox).origin()):
        if file := _SLACK_FILE.fullmatch(link.path):
            source = file_source(file[1])
        elif message := _SLACK_MESSAGE.fullmatch(link.path):
            source = thread_source(message[1], link.query.get("thread_ts") or f"{message[2]}.{message[3]}")
    return source if are_known([source]) else None
