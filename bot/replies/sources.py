"""Sources by name, the time that an answer covers of them, and the reason where one was not read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, assert_never
from urllib.parse import urlsplit

from bot.fetch import may_be_allowed
from bot.readers import Consent
from bot.replies.text import escape_mrkdwn, place_name, slack_date
from bot.slack import AGAIN, clip_text, is_direct
from bot.sources import (
    ChannelMembers,
    Everyone,
    FileViewers,
    Material,
    Piece,
    Problem,
    Readers,
    Source,
    SourceLabel,
    Window,
)

SUMMARISE: Final = "Summarise this thread"
"""The shortcut in a message's menu; Slack takes 24 characters."""
SUMMARISE_DESCRIPTION: Final = "Reads the thread and posts what was decided and what is open"

_UNREAD: Final[Mapping[Problem, str]] = {
    "not_in_channel": "I couldn't read {name} because I'm not in that channel",
    "refused": "Slack didn't let me read {name}",
    "empty": "there was nothing to read in {name}",
    "wordless": "the messages in {name} have no words that I can read",
    "gone": "I couldn't find {name}",
    "too_large": "I couldn't read {name} because it's too large",
    "slow": "{name} took too long to load",
    "unreachable": "I couldn't reach {name}",
    "garbled": "I couldn't read {name} because its server answered with faulty headers",
    "bad_link": "I couldn't read {name} because the link is broken",
    "not_public": "I can't open {name}: it is a private address",
    "login": "I couldn't read {name} because it needs a login",
    "barred": "I couldn't read {name} because the site refuses bots",
    "legal": "I couldn't read {name} because the site doesn't show it for legal reasons",
    "robots": "I couldn't read {name} because the site doesn't allow bots",
    "nothing_new": "there was nothing new in {name}",
    "not_text": "I couldn't read {name} because it isn't a page, a feed, a PDF or text",
    "no_text": "I couldn't find any text in {name}",
    "broken": "I couldn't read {name} because it's damaged",
    "encrypted": "I couldn't read {name} because it's protected by a password",
    "no_sight": "I couldn't look at {name} because my model doesn't take pictures",
    "scanned": "I couldn't read {name}: its pages are pictures, and my model doesn't take pictures",
    "too_small": "I didn't look at {name} because it's too small to show anything",
    "too_many_points": "I couldn't look at {name} because it has too many pixels",
    "too_many_pictures": "I didn't look at {name} because there were too many pictures",
    "unseen": "I couldn't look at {name} because my model refused it",
    "soundless": "I couldn't listen to {name} because it has no sound",
    "silent": "I heard nothing in {name} because it's silent",
    "speechless": "I heard nobody speak in {name}",
    "not_english": "I couldn't understand {name} because the demo recogniser only knows English",
    "too_long": "I couldn't listen to {name} because it's longer than four hours",
    "no_transcriber": "I couldn't listen to {name} because nothing here can hear",
    "transcriber_refused": "I couldn't listen to {name} because the transcription service refused it",
    "transcriber_away": "I couldn't listen to {name} because the transcription service didn't answer",
}
_ADVICE: Final[Mapping[Problem, str]] = {
    "not_in_channel": "Type `/invite @Precache` there.",
    "gone": "It may have been deleted.",
    "too_large": "The limit is 10 MB, less for complex files; 100 MB for recordings.",
    "no_sight": "Your admin can choose a model that does.",
    "scanned": "Your admin can choose a model that does.",
    "too_many_points": "The limit is 50 million.",
    "not_english": "Your admin can set up a transcription service.",
    "no_transcriber": "Your admin can set up a transcription service.",
    "transcriber_refused": "Your admin can find the reason in the log.",
    "not_public": "Your admin may be able to allow it.",
    "unreachable": "Is the address right?",
    "bad_link": "Please check the address.",
}
_SANDBOX_ADVICE: Final[Mapping[Problem, str]] = {
    "not_public": "`PRECACHE_NETWORKS` can allow its network.",
    "no_sight": "If it does, set `PRECACHE_PICTURES=yes`.",
    "scanned": "If it does, set `PRECACHE_PICTURES=yes`.",
    "not_english": "`PRECACHE_TRANSCRIBER` can name a transcription service.",
    "no_transcriber": "`PRECACHE_TRANSCRIBER` can name a transcription service.",
}


def summarising_thread(channel: str) -> str:
    """Tell the person who chose the shortcut, who may read it elsewhere."""
    return (
        f"Working on it. I'll post the summary in that thread in {place_name(channel)}. "
        "To get it regularly, mention me there with a "
        "time: `@Precache every weekday at 9am summarise this thread`."
    )


def source_credit(material: Material) -> str:
    """Name each source with the time it covers, in each reader's own zone; mrkdwn for the quiet line."""
    parts = [
        ", ".join(map(_piece_name, pieces)) + ("" if window is None else f" ({_window_words(window)})")
        for window, pieces in groupby(material.pieces, key=lambda piece: piece.window)
    ]
    missing = [source_unread(source.problem, source.name, source.status) for source in material.unread]
    return " · ".join((f"from {', '.join(parts)}", *missing))


def earlier_answer_name(moment: datetime, *, withheld: bool) -> str:
    """Name the answer that a question in a thread is about, in mrkdwn; `withheld` is what it was made of."""
    name = f"my answer of {slack_date(moment)}"
    return f"{name} (without its sources)" if withheld else name


def source_unread(problem: Problem, name: str = "", status: int = 0) -> str:
    """Say that a source was not read, and why; `name` is its name, in mrkdwn, `status` its site's error."""
    if status:
        return f"{name or 'a source'} answered with an error ({status}), so I couldn't read it"
    return _UNREAD[problem].format(name=name or "a source")


def source_advice(problem: Problem, name: str = "", *, sandbox: bool = False) -> str:
    """Say what can be done about the source called `name`, in mrkdwn; empty if nothing can.

    In the sandbox the reader runs the bot, and is told the setting.
    """
    link = _LINK.search(name) if problem == "not_public" else None
    is_hopeless = link is not None and not may_be_allowed(urlsplit(link[0]).hostname or "")
    if is_hopeless:
        return ""
    usual = _ADVICE.get(problem, "")
    return _SANDBOX_ADVICE.get(problem, usual) if sandbox else usual


_LINK: Final = re.compile(r"https?://[^|>\s]+", re.IGNORECASE)


def _piece_name(piece: Piece) -> str:
    return f"part of {piece.name}" if piece.left_out else piece.name


def _window_words(window: Window) -> str:
    since, until = slack_date(window.since), slack_date(window.until)
    minutes = {int(moment.timestamp()) // 60 for moment in (window.since, window.until)}
    return until if len(minutes) == 1 else f"{since} to {until}"


def follow_button(form: str) -> dict[str, Any]:
    """A button under a summary, which opens the composer with the kept `form`."""
    text = {"type": "plain_text", "text": "Schedule this summary"}
    element = {"type": "button", "text": text, "action_id": AGAIN, "value": form}
    return {"type": "actions", "block_id": "follow", "elements": [element]}


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
            return f"{_channel_name(channel)}{_hours_covered(hours)}"
        case SourceLabel(kind=kind, channel=str(channel)):
            return f"a {kind} in {_channel_name(channel)}"
        case SourceLabel(kind="link", url=str(url)):
            return escape_mrkdwn(clip_text(_site_name(url), 60))
        case _:
            return escape_mrkdwn(source_name(source))


def _channel_name(channel: str) -> str:
    """Name a channel; direct messages have no name, and are not always those of the one who reads this."""
    return "direct messages" if is_direct(channel) else f"<#{channel}>"


def readers_name(readers: Readers) -> str:
    """Name a source by those who may read it, in mrkdwn."""
    match readers:
        case ChannelMembers(channel=channel):
            return place_name(channel)
        case FileViewers():
            return "that file"
        case Everyone():
            return "that page"
        case _:
            assert_never(readers)


def shown_place(place: str) -> str:
    """Name a place where something is shown: a channel, or the direct messages of a person."""
    if place.startswith("D"):
        return "those direct messages"
    return f"the direct messages of <@{place}>" if place[:1] in ("U", "W") else f"<#{place}>"


def consent_lines(consents: Sequence[Consent]) -> list[str]:
    """Name the consents of a schedule on its card."""
    return [
        f"Shows {readers_name(consent.readers)} in {shown_place(consent.place)}: "
        f"agreed by <@{consent.by}>, {slack_date(consent.at)}"
        for consent in consents
    ]


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
