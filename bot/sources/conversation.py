"""Messages of a Slack thread or channel as lines of text: who, when and what, the newest of them.

The bot's own answers and what is said to it are left out, or each summary would make the next one new; but
a thread that is about one of them begins with it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bot.errors import SlackRefused
from bot.slack import EVENT_TYPE, Slack
from bot.sources.material import Problem, Unreadable
from bot.sources.mrkdwn import mentioned_people, plain_text
from scheduler import ZoneInfo

CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
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


def unreadable_conversation(error: SlackRefused, name: str) -> Unreadable:
    """The conversation called `name`, which Slack does not give."""
    return Unreadable(problem=_NOT_THERE.get(error.code, "refused"), name=name)


def run_of_message(message: Message) -> str | None:
    """The run whose answer this is part of; None if it is not one of our answers."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return str((metadata.get("event_payload") or {}).get("run"))


def counts_as_said(message: Message, *, me: str, besides: str | None = None) -> bool:
    """True if someone else has said it, and not to us; our own answers of the run `besides` count too."""
    if message.get("subtype") in _NOBODY_SAID or str(message.get("text") or "").startswith(f"<@{me}"):
        return False
    if message.get("user") == me and (besides is None or run_of_message(message) != besides):
        return False
    return bool(_markup_of(message))


def _markup_of(message: Message) -> str:
    """All that it says, in Slack's markup."""
    parts = [str(message.get("text") or "")]
    parts += [
        str(attached.get("text") or attached.get("fallback") or "")
        for attached in message.get("attachments") or ()
    ]
    names = [str(file.get("name") or "without a name") for file in message.get("files") or ()]
    parts += [f"(file: {name})" for name in names]
    return "\n".join(part for part in parts if part.strip())


async def keep_newest(
    slack: Slack, found: Sequence[Message], *, zone: str, first: int = 0
) -> tuple[list[Message], str]:
    """As many of the newest as may be read, after the `first` ones, and the text of them all."""
    start = max(first, len(found) - MESSAGES + first)
    newest = [*found[:first], *found[start:]]
    names = await _names_of_people(slack, newest)
    lines = [_message_line(message, names, zone) for message in newest]
    room, since = CHARACTERS - sum(map(len, lines[:first])), len(lines)
    while since > first and (room := room - len(lines[since - 1])) >= 0:
        since -= 1
    return [*newest[:first], *newest[since:]], "\n".join((*lines[:first], *lines[since:]))


def left_out_note(count: int, *, more: bool = False) -> str:
    """A note for the model about older messages; empty if none are left out."""
    if not (count or more):
        return ""
    return f"(Older messages are left out: {count}{' or more' if more else ''}.)"


async def _names_of_people(slack: Slack, messages: Iterable[Message]) -> dict[str, str]:
    wanted = sorted(
        {str(message["user"]) for message in messages if message.get("user")}.union(
            *(mentioned_people(_markup_of(message)) for message in messages)
        )
    )
    turns = asyncio.Semaphore(_AT_ONCE)

    async def name_of(user: str) -> str:
        async with turns:
            try:
                return (await slack.person(user)).name or "someone"
            except SlackRefused:  # of another workspace, or gone without a trace
                return "someone"

    return dict(zip(wanted, await asyncio.gather(*map(name_of, wanted)), strict=True))


def _message_line(message: Message, names: Mapping[str, str], zone: str) -> str:
    user = message.get("user")
    app = (message.get("bot_profile") or {}).get("name") or message.get("username") or "an app"
    author = names[str(user)] if user else str(app)
    text = plain_text(_markup_of(message), names)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST].rstrip()}… (cut off)"
    text = text.replace("\n", "\n    ")  # so that no line of it looks like somebody else's message
    at = said_at(message).astimezone(ZoneInfo(zone))
    return f"[{at:%Y-%m-%d %H:%M} {at.tzname()}] {author}: {text}"


def said_at(message: Message) -> datetime:
    return datetime.fromtimestamp(float(message["ts"]), UTC)
