"""The sources of a prompt: the thread or channel to summarise, the links in it, what was attached; pure.

Commands, mentions, shortcuts, previews and the composer all ask here, so a prompt reads the same wherever it
was typed. `Permissions.cannot_read` says whether its author may read that. What is asked in a thread is about
it; of a channel's summaries only a few forms count, so that a prompt about channels in general stays one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

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
_BEFORE: Final = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay|so|and|now|please|pls|(?:can|could|would|will)\s+you|i(?:\s+need|['’]d\s+like)"
    r"|(?:give|get|send|show|make|write)(?:\s+(?:me|us))?)\b[\s,.!:]*)+",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?:[\s,.!?…]|\b(?:please|pls|thanks|thank\s+you|thx|for\s+(?:me|us)|briefly|shortly|quickly)(?=\W*$|\s+p))+$",
    re.IGNORECASE,
)
_SUMMARISE: Final = (
    r"(?:(?:an?|the)\s+)?(?:(?:short|quick|brief)\s+)?(?:summari[sz]e|sum\s+up|tl;?dr|recap|summary)(?:\s+(?:of|on|for))?"
    r"|catch\s+(?:me|us)\s+up(?:\s+(?:on|with))?"
)
_MANNER: Final = (
    r"(?:\s*,)?\s+(?P<manner>(?:in|as|using|with)\s+(?:\S+\s+){0,3}?"
    r"(?:bullets?|points?|sentences?|words?|lines?|paragraphs?|table|list|[^\W\d]+))"
)
_THREAD: Final = re.compile(
    rf"(?:{_SUMMARISE})(?:\s+(?:this|the|that)(?:\s+(?:thread|discussion|conversation))?)?(?:{_MANNER})?",
    re.IGNORECASE,
)
_CHANNEL: Final = re.compile(
    rf"(?:(?P<sum>{_SUMMARISE})|what\s+(?:was|has\s+been)\s+(?:said|discussed|decided)\s+in|what\s+happened\s+in"
    r"|what(?:['’]s|\s+is)\s+new\s+in)"
    r"\s+(?P<which>this|the)\s+channel(?!['’\w])(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MISSED: Final = re.compile(
    r"what\s+(?:did\s+(?:i|we)\s+miss|(?:have|['’]ve)\s+(?:i|we)\s+missed)"
    r"(?:\s+(?:here|in\s+(?:this|the)\s+channel))?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_THIS_THREAD: Final = re.compile(r"\b(?:this|the)\s+(?:thread|discussion|conversation)\b", re.IGNORECASE)
_UNITS: Final = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
_COUNTS: Final = {"couple of": 2, "two": 2, "few": 3, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_LAST: Final = re.compile(
    r"(?:(?:of|over|in|from|for|during|within)\s+)?(?:the\s+)?(?:last|past|previous)"
    rf"(?:\s+(?P<count>[1-9]\d{{0,3}}|{'|'.join(_COUNTS)})(?=\s|[hdwmy]))?"
    r"\s*(?P<unit>h(?:ou)?rs?|h|d(?:ays?)?|w(?:eeks?|ks?)?|mo(?:nths?)?|y(?:ears?)?)\b",
    re.IGNORECASE,
)
_DAYS: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SINCE: Final = (
    (re.compile(r"\b(?:of\s+|from\s+|for\s+)?today\b", re.IGNORECASE), DAY),
    (re.compile(r"\b(?:since|of|from|for)?\s*yesterday\b", re.IGNORECASE), 2 * DAY),
    (re.compile(r"\b(?:of\s+|for\s+|from\s+)?this\s+week\b", re.IGNORECASE), 7 * DAY),
    (re.compile(rf"\b(?:since|on|from)\s+(?:last\s+)?{_DAYS}\b", re.IGNORECASE), 7 * DAY),
    (re.compile(r"\bthis\s+month\b", re.IGNORECASE), LONGEST_WINDOW),
    (
        re.compile(r"\bsince\s+(?:this\s+morning|\d{1,2}(?::\d\d|\s*[ap]m)|noon|midnight)\b", re.IGNORECASE),
        DAY,
    ),
    (re.compile(r"\bsince\s+(?:the\s+)?[\w./-]+(?:\s+(?:of\s+)?\w+)?", re.IGNORECASE), LONGEST_WINDOW),
)
"""Words for a time, and the hours that hold it whenever they are said; the model is told the words, too."""
_EXACT: Final = 3
"""The first so many of these windows are what they say: the question need not repeat them."""
_GOES_ON: Final = re.compile(
    r"[\s,.;(–—-]*(?:(?:in|as|using|with|and|but|for|by|focus\w*|about)\b|[(,;–—-]|$)", re.IGNORECASE
)
_FROM_MESSAGES: Final = "Answer from the messages of this channel."
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
    """The summary that `query` asks for; of a channel, usually over a day.

    Courtesy counts for nothing. What else is asked of it, such as a language, stays in its question; such a
    question asks for no other summary when it is read again.
    """
    if query.rstrip().endswith((_SAY, _FROM_MESSAGES)):
        return None
    text = _AFTER.sub("", _BEFORE.sub("", query.strip(), count=1)).strip()
    if (found := _THREAD.fullmatch(text)) is not None:
        return Asked(query=f"Summarise this thread {found['manner']}: {_SAY}") if found["manner"] else THREAD
    if (found := _MISSED.fullmatch(text)) is not None:
        window = _window_in(found["rest"])
        return None if window.beside else window.asked_of_channel()
    if (found := _CHANNEL.fullmatch(text)) is None:
        return None
    window = _window_in(found["rest"])
    is_strict = found["which"].lower() == "the"
    goes_on = _GOES_ON.match(window.beside if is_strict else found["rest"]) is not None
    if not goes_on and (is_strict or window.hours is None):
        return None
    if found["sum"] is None:
        asked = f"{text[0].upper()}{text[1:]}? {_FROM_MESSAGES}"
        return Asked(query=asked, over=timedelta(hours=window.hours or DAY))
    return window.asked_of_channel()


@dataclass(frozen=True, kw_only=True)
class _AskedWindow:
    """The time that is named in a text, and what else stands there."""

    hours: int | None
    beside: str
    words: str = ""
    """The words for the time, where the hours hold it and more."""

    def asked_of_channel(self) -> Asked:
        told = "".join(f" {words}" for words in (self.words, self.beside.lstrip(", ")) if words)
        over = timedelta(hours=self.hours or DAY)
        return Asked(query=f"Summarise this channel{told}: {_SAY}", over=over)


def _window_in(text: str) -> _AskedWindow:
    if (found := _LAST.search(text)) is not None:
        told = (found["count"] or "1").lower()
        count = int(told) if told.isdigit() else _COUNTS[told]
        return _AskedWindow(hours=count * _UNITS[found["unit"][0].lower()], beside=_cut_found(found, text))
    for number, (time, hours) in enumerate(_SINCE):
        if (found := time.search(text)) is not None:
            words = "" if number < _EXACT else found[0].strip()
            return _AskedWindow(hours=hours, beside=_cut_found(found, text), words=words)
    return _AskedWindow(hours=None, beside=text.strip(" .;!?"))


def _cut_found(found: re.Match[str], text: str) -> str:
    return " ".join((text[: found.start()] + text[found.end() :]).split()).strip(" .;!?")


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
    before: str | None = None,
    talks_about: str | None = None,
    attached: Iterable[Source] = (),
) -> Reading | Asked:
    """Find what `query` asks and reads where it is typed; an `Asked` if there is nothing it could be about.

    What is asked in a thread is about that thread, whatever the words. A bare "summarise" is about what is
    attached to it, or else about the thread. `before` is the message that asks in it, and `talks_about` the
    answer that it is asked about, where that is named: the question goes on from what was said. A summary
    does not: to summarise a thread is to read what people said.
    """
    others = tuple(attached)
    here = () if channel is None or thread is None else (Thread(channel=channel, ts=thread),)
    about = asked_about(query)
    if about is not None and about.over is not None and not (here and _MISSED.search(query)):
        source = about.source_in(channel=channel, thread=thread)
        return (
            about
            if source is None
            else Reading(query=about.query, sources=(distinct_sources((source, *others))))
        )
    if about is None or about.over is not None:
        if channel is not None and thread is not None:
            here = (Thread(channel=channel, ts=thread, before=before, about=talks_about),)
        return Reading(query=query, sources=_join_sources((*all_links(query, links_in), *others), here))
    if not others and not here:
        return about
    names_thread = not others or any(map(_names_thread, others))
    return Reading(query=about.query if names_thread else query, sources=_join_sources(others, here))


def speaks_of_here(query: str) -> bool:
    """True of a prompt about the thread that it stands in, by its words: one that is asked again and again
    is about it only then.
    """
    return asked_about(query) is not None or _THIS_THREAD.search(query) is not None


def _join_sources(named: tuple[Source, ...], others: tuple[Source, ...]) -> tuple[Source, ...]:
    """What is named, and the others as far as there is room: they are read unasked."""
    sources = distinct_sources((*named, *others))
    return sources if len(sources) <= MOST else distinct_sources(named)


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
