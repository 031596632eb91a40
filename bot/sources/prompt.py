"""The sources of a prompt: the thread or channel to summarise, the links in it, what was attached; pure.

Commands, mentions, shortcuts, previews and the composer all ask here, so a prompt reads the same wherever it
was typed. `Permissions.cannot_read` says whether its author may read that. Of summaries only these few forms
count, so that a prompt about threads in general stays one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from yarl import URL

from bot.fetch import parse_link
from bot.sources.channel import LONGEST_WINDOW, Channel
from bot.sources.file import File
from bot.sources.kinds import MOST, distinct_sources
from bot.sources.link import Link
from bot.sources.source import Source
from bot.sources.thread import Thread

DAY: Final = 24
"""Hours of a channel that are read once, where nobody says how many."""

LinksIn = Callable[[str], tuple[Source, ...]]
"""The links in a text, as sources: `bot.sources.links_in`."""

_NAMED: Final = re.compile(r"#([\w-]{1,80})")
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
    """The question for the model: the same for everyone, so that they share an answer."""
    over: timedelta | None = None

    def source_in(self, *, channel: str | None, thread: str | None) -> Thread | Channel | None:
        """The source of a summary asked for there; None outside of a thread, or for more than can be read."""
        if channel is None:
            return None
        if self.over is None:
            return Thread(channel=channel, ts=thread) if thread else None
        hours = round(self.over / timedelta(hours=1))
        return Channel(channel=channel, hours=hours) if 0 < hours <= LONGEST_WINDOW else None


THREAD: Final = Asked(query=f"Summarise this thread: {_SAY}")


def asked_about(query: str) -> Asked | None:
    """The summary that `query` asks for, if it asks for nothing else; of a channel, usually over a day."""
    text = query.strip()
    if _THREAD.fullmatch(text):
        return THREAD
    if (found := _CHANNEL.fullmatch(text)) is None:
        return None
    hours = _SINCE[found[3].split()[-1].lower()] if found[3] else _HOURS[(found[2] or "day").lower()]
    over = timedelta(hours=int(found[1] or 1) * hours)
    return Asked(query=f"Summarise this channel: {_SAY}", over=over)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A question, and what to read for it."""

    query: str
    sources: tuple[Source, ...] = ()


def read_prompt(
    query: str,
    *,
    links_in: LinksIn,
    channel: str | None,
    thread: str | None = None,
    attached: Iterable[Source] = (),
) -> Reading | Asked:
    """Find what `query` asks and reads where it is typed; an `Asked` if there is nothing it could be about.

    A bare "summarise" is about what is attached to it, or else about the thread that it stands in.
    """
    others = tuple(attached)
    about = asked_about(query)
    if about is None or (about.over is None and others and not any(map(_names_thread, others))):
        return Reading(query=query, sources=distinct_sources((*all_links(query, links_in), *others)))
    if about.over is None and others:
        return Reading(query=about.query, sources=distinct_sources(others))
    source = about.source_in(channel=channel, thread=thread)
    return (
        about if source is None else Reading(query=about.query, sources=distinct_sources((source, *others)))
    )


def _names_thread(source: Source) -> bool:
    return source.label.kind == Thread.wire_type


def all_links(text: str, links_in: LinksIn) -> tuple[Source, ...]:
    """All of them, word by word: `links_in` stops at the most that are read."""
    return distinct_sources(source for word in text.split() for source in links_in(word))


def about_channel(query: str) -> tuple[Asked, str] | None:
    """The other channel to summarise, by the name or id after its #, if `query` asks nothing else."""
    named = list(_NAMED.finditer(query))
    if len(named) != 1:
        return None
    (found,) = named
    about = asked_about(f"{query[: found.start()]}this channel{query[found.end() :]}")
    return None if about is None or about.over is None else (about, found[1])


def attached_files(event: Mapping[str, Any]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """The files of a message that can be read, as sources, and the names of those that cannot."""
    found: list[Source] = []
    left_out: list[str] = []
    files = event.get("files")
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict):
            continue
        mime, file_id = str(file.get("mimetype") or ""), str(file.get("id") or "")
        if file_id and (mime == "application/pdf" or mime.startswith("text/")):
            found.append(File(file=file_id))
        else:
            unnamed = "a deleted file" if file.get("mode") == "tombstone" else "a file without a name"
            left_out.append(str(file.get("name") or unnamed))
    return distinct_sources(found), tuple(left_out)


# As Slack writes one, perhaps with a label; or as people do, also without its scheme.
_LINK: Final = re.compile(
    r"<(https?://[^<>|\s]+)(?:\|[^<>\n]*)?>|(https?://[^\s<>\"“”«»|]+)"
    r"|(?<![\w@./:-])(www\.[\w-]+\.[\w-][^\s<>\"“”«»|]*)",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?'\"’‘…*_~`"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
_SLACK_HOST: Final = re.compile(r"(?:[\w-]+\.)*slack(?:-gov)?\.com", re.ASCII)
_SLACK_FILE: Final = re.compile(
    r"/(?:files/[UW][A-Z0-9]+/|files-pri/T[A-Z0-9]+-)(F[A-Z0-9]+)(?:/.*)?", re.ASCII
)
_SLACK_MESSAGE: Final = re.compile(r"/archives/([CGD][A-Z0-9]+)/p(\d{1,15})(\d{6})/?", re.ASCII)


def links_in(query: str, *, sandbox: str | None = None) -> tuple[Source, ...]:
    """A source for each link that stands in `query`, in order, once; what is no whole link is passed over.

    Links to messages and files of Slack are those, and so are links under `sandbox`, where its stand-in is.
    """
    found: list[Source] = []
    for link in _LINK.finditer(query):
        url = html.unescape(link[1]) if link[1] else _without_ending(link[2] or f"https://{link[3]}")
        source = _linked_source(url, sandbox)
        if source is not None and source not in found:
            found.append(source)
    return tuple(found[:MOST])


def _without_ending(url: str) -> str:
    """The link without what ends the sentence, such as a bracket that was opened before the link."""
    surplus = {
        closing: url.count(closing) - url.count(opening)
        for closing, opening in _BRACKETS.items()
        if closing in url
    }
    end = len(url)
    while end:
        last = url[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]


def _linked_source(url: str, sandbox: str | None) -> Source | None:
    link = parse_link(url)
    if link is None:
        return None
    source: Source = Link(url=url)
    if _SLACK_HOST.fullmatch(link.raw_host or "") or (sandbox and link.origin() == URL(sandbox).origin()):
        if file := _SLACK_FILE.fullmatch(link.path):
            source = File(file=file[1])
        elif message := _SLACK_MESSAGE.fullmatch(link.path):
            ts = link.query.get("thread_ts") or f"{message[2]}.{message[3]}"
            source = Thread(channel=message[1], ts=ts)
    return source if source.is_readable else None
