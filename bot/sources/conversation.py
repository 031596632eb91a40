"""What was said in a Slack thread, or in a channel over a window: who, when and what, the newest of it.

The bot's own answers and what is said to it are left out, or each summary would make the next one new; but
a thread that is about one of them begins with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.errors import SlackRefused
from bot.slack import EVENT_TYPE, Slack
from bot.sources.material import Piece, Problem, Unreadable, Window
from bot.sources.plain import mentioned, plain_text
from scheduler import ZoneInfo

MESSAGES: Final = 200
CHARACTERS: Final = 30_000
"""Of all messages together: some 10,000 tokens."""
LONGEST: Final = 4_000
"""Characters of one message."""

_AT_ONCE: Final = 8
_NOBODY_SAID: Final = frozenset(
    f"{place}_{what}"
    for place in ("channel", "group")
    for what in ("join", "leave", "topic", "purpose", "name", "archive", "unarchive", "convert_to_private")
) | {"tombstone", "bot_add", "bot_remove", "pinned_item", "unpinned_item", "reminder_add"}
_NOT_THERE: Final[Mapping[str, Problem]] = {
    "not_in_channel": "not_in_channel",
    "channel_not_found": "not_in_channel",
    "thread_not_found": "gone",
    "message_not_found": "gone",
}

Message = Mapping[str, Any]


async def read_thread(slack: Slack, channel: str, ts: str, *, zone: str) -> Piece | Unreadable:
    """Its first message and its newest replies. Raises `SlackError`."""
    try:
        said = await slack.thread(channel, ts)
    except SlackRefused as exc:
        return _unreadable(exc, f"a thread in <#{channel}>")
    root = next((each for each in said.messages if each["ts"] == ts), None)
    if root is None or root.get("subtype") == "tombstone":
        return Unreadable(problem="gone", name=f"a thread in <#{channel}>")
    me = await slack.own_id()
    found = [each for each in said.messages if each is root or _counts(each, me=me, besides=_run(root))]
    kept, text = await _newest(slack, found, zone=zone, first=1)
    left_out = _left_out(len(found) - len(kept))
    if said.has_more:
        left_out = f"{left_out} (The thread goes on; its latest messages are left out.)".strip()
    link = await _link(slack, channel, ts)
    return Piece(
        title="A thread in a Slack channel, oldest message first",
        name=f"<{link}|a thread> in <#{channel}>" if link else f"a thread in <#{channel}>",
        text=text,
        window=Window(since=_moment(kept[0]), until=_moment(kept[-1])),
        left_out=left_out,
    )


async def read_channel(
    slack: Slack, channel: str, *, since: datetime, now: datetime, zone: str
) -> Piece | Unreadable:
    """What was said in the channel itself, not in its threads, after `since`. Raises `SlackError`."""
    window = Window(since=since, until=now)
    try:
        said = await slack.said_since(channel, window.since, most=MESSAGES + 1)
    except SlackRefused as exc:
        return _unreadable(exc, f"<#{channel}>")
    me = await slack.own_id()
    # What came while we were asking is the next window's, which would tell it again.
    found = [each for each in said.messages if _moment(each) <= now and _counts(each, me=me)]
    if not found:
        return Unreadable(problem="empty", name=f"<#{channel}>")
    kept, text = await _newest(slack, found, zone=zone)
    left_out = _left_out(len(found) - len(kept), more=said.has_more)
    if left_out:
        window = replace(window, since=_moment(kept[0]))
    return Piece(
        title="Messages of a Slack channel, oldest first, without the replies in their threads",
        name=f"<#{channel}>",
        text=text,
        window=window,
        left_out=left_out,
    )


def _unreadable(error: SlackRefused, name: str) -> Unreadable:
    return Unreadable(problem=_NOT_THERE.get(error.code, "refused"), name=name)


def _run(message: Message) -> str | None:
    """The run whose answer this is part of; None for what is none of ours."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return str((metadata.get("event_payload") or {}).get("run"))


def _counts(message: Message, *, me: str, besides: str | None = None) -> bool:
    """Whether someone else has said it, and not to us; what we said in the run `besides` counts too."""
    if message.get("subtype") in _NOBODY_SAID or str(message.get("text") or "").startswith(f"<@{me}"):
        return False
    if message.get("user") == me and (besides is None or _run(message) != besides):
        return False
    return bool(_words(message))


def _words(message: Message) -> str:
    """What it says, in Slack's markup."""
    parts = [str(message.get("text") or "")]
    parts += [
        str(each.get("text") or each.get("fallback") or "") for each in message.get("attachments") or ()
    ]
    names = [str(each.get("name") or "without a name") for each in message.get("files") or ()]
    parts += [f"(file: {name})" for name in names]
    return "\n".join(part for part in parts if part.strip())


async def _newest(
    slack: Slack, found: Sequence[Message], *, zone: str, first: int = 0
) -> tuple[list[Message], str]:
    """As many of the newest as may be read, after the `first` ones, and the text of them all."""
    start = max(first, len(found) - MESSAGES + first)
    newest = [*found[:first], *found[start:]]
    names = await _names(slack, newest)
    lines = [_line(each, names, zone) for each in newest]
    room, since = CHARACTERS - sum(map(len, lines[:first])), len(lines)
    while since > first and (room := room - len(lines[since - 1])) >= 0:
        since -= 1
    return [*newest[:first], *newest[since:]], "\n".join((*lines[:first], *lines[since:]))


def _left_out(count: int, *, more: bool = False) -> str:
    if not (count or more):
        return ""
    return f"(Older messages are left out: {count}{' or more' if more else ''}.)"


async def _names(slack: Slack, messages: Iterable[Message]) -> dict[str, str]:
    wanted = sorted(
        {str(each["user"]) for each in messages if each.get("user")}.union(
            *(mentioned(_words(each)) for each in messages)
        )
    )
    turns = asyncio.Semaphore(_AT_ONCE)

    async def name(user: str) -> str:
        async with turns:
            try:
                return (await slack.person(user)).name or "someone"
            except SlackRefused:  # of another workspace, or gone without a trace
                return "someone"

    return dict(zip(wanted, await asyncio.gather(*map(name, wanted)), strict=True))


def _line(message: Message, names: Mapping[str, str], zone: str) -> str:
    user = message.get("user")
    app = (message.get("bot_profile") or {}).get("name") or message.get("username") or "an app"
    author = names[str(user)] if user else str(app)
    text = plain_text(_words(message), names)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST].rstrip()}… (cut off)"
    text = text.replace("\n", "\n    ")  # so that no line of it looks like somebody else's message
    at = _moment(message).astimezone(ZoneInfo(zone))
    return f"[{at:%Y-%m-%d %H:%M} {at.tzname()}] {author}: {text}"


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(float(message["ts"]), UTC)


async def _link(slack: Slack, channel: str, ts: str) -> str | None:
    try:
        return await slack.permalink(channel, ts)
    except SlackRefused:  # deleted a moment ago
        return None
