"""What a prompt reads: the links in it, what it is about, what was attached to it; pure.

Commands, mentions, shortcuts, previews and the composer all ask here, so a prompt reads the same wherever it
was typed. Whether its author may read that, `Permissions.cannot_read` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.sources.asked import Asked, asked_about
from bot.sources.read import file_source

DAY: Final = 24
"""Hours of a channel that are read once, where nobody says how many."""

_NAMED: Final = re.compile(r"#([\w-]{1,80})")

Source = Mapping[str, Any]
LinksIn = Callable[[str], tuple[Source, ...]]
"""The links in a text, as sources: `bot.sources.links_in`."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What to ask, and what to read for it."""

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
    """What `query` asks and reads where it is typed; an `Asked` if that has nothing it could be about.

    A bare "summarise" is about what is attached to it, or else about the thread that it stands in.
    """
    others = tuple(attached)
    about = asked_about(query)
    if about is None or (about.over is None and others and not any(map(_is_thread, others))):
        return Reading(query=query, sources=distinct((*all_links(query, links_in), *others)))
    if about.over is None and others:
        return Reading(query=about.query, sources=distinct(others))
    source = about.source(channel=channel, thread=thread)
    return about if source is None else Reading(query=about.query, sources=distinct((source, *others)))


def all_links(text: str, links_in: LinksIn) -> tuple[Source, ...]:
    """However many there are, word by word: `links_in` stops at the most that are read."""
    return distinct(source for word in text.split() for source in links_in(word))


def about_channel(query: str) -> tuple[Asked, str] | None:
    """Which other channel to summarise, by the name or id after its #, if `query` asks nothing else."""
    named = list(_NAMED.finditer(query))
    if len(named) != 1:
        return None
    (found,) = named
    about = asked_about(f"{query[: found.start()]}this channel{query[found.end() :]}")
    return None if about is None or about.over is None else (about, found[1])


def _is_thread(source: Source) -> bool:
    return source.get("type") == "thread"


def channels_in(sources: Iterable[Source]) -> tuple[str, ...]:
    """The channels that are read, or threads of them, each once: only who is in them may have that done."""
    found = (source.get("channel") for source in sources)
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str)))


def files_in(sources: Iterable[Source]) -> tuple[str, ...]:
    """The files that are read: only who can see them may have that done."""
    found = (source.get("file") for source in sources if source.get("type") == "file")
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str)))


def distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Each source once, in the order in which they first come."""
    return tuple({fingerprint(source): source for source in sources}.values())


def same(some: Iterable[Source], others: Iterable[Source]) -> bool:
    """Whether they are the same, in whatever order."""
    return {*map(fingerprint, some)} == {*map(fingerprint, others)}


def fingerprint(source: Source) -> str:
    return json.dumps(dict(source), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def attached_files(event: Mapping[str, Any]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """The files of a message that can be read, as sources, and the names of those that cannot."""
    found: list[Source] = []
    left_out: list[str] = []
    files = event.get("files")
    for each in files if isinstance(files, list) else ():
        if not isinstance(each, dict):
            continue
        kind, name = str(each.get("mimetype") or ""), str(each.get("id") or "")
        if name and (kind == "application/pdf" or kind.startswith("text/")):
            found.append(file_source(name))
        else:
            left_out.append(str(each.get("name") or "a file without a name"))
    return distinct(found), tuple(left_out)
