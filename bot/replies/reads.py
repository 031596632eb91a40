"""Names of sources: on a card, in lists, and among the choices of the composer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from bot.replies.text import (
    escape,
)
from bot.slack import clip_text
from bot.sources import Source, SourceLabel


def source_name(source: Source) -> str:
    """Name a source where nothing can be marked up, such as in a list to choose from."""
    label = source.label
    if label.url:
        return label.url
    if not label.kind:
        return "another source"
    over = _hours_covered(label.hours) if label.kind == "channel" else ""
    return f"a {label.kind}{_begun_on(label.began)}{over}"


def source_list(sources: Sequence[Source]) -> str:
    """List in mrkdwn what a schedule reads each time; each link by the name of its site."""
    return ", ".join(_source_mrkdwn(source) for source in sources)


def _source_mrkdwn(source: Source) -> str:
    match source.label:
        case SourceLabel(kind="channel", channel=str(channel), hours=hours):
            return f"<#{channel}>{_hours_covered(hours)}"
        case SourceLabel(kind=kind, channel=str(channel)):
            return f"a {kind} in <#{channel}>"
        case SourceLabel(kind="link", url=str(url)):
            return escape(clip_text(_site_name(url), 60))
        case _:
            return escape(source_name(source))


def _begun_on(began: datetime | None) -> str:
    """The day on which a thread began, which tells it from others."""
    return "" if began is None else f" of {began.day} {began:%B %Y}"


def _site_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _hours_covered(hours: int | None) -> str:
    """Say how much of a channel is read."""
    if hours is None:
        return " (what's new)"
    for size, unit in ((7 * 24, "week"), (24, "day"), (1, "hour")):
        if hours % size == 0:
            count = hours // size
            return f" (the last {unit if count == 1 else f'{count} {unit}s'})"
    raise AssertionError("an hour fits every number of hours")
