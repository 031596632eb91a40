"""Messages of a Slack thread or channel as lines of text: who, when and what, the newest of them.

The bot's own answers and what is said to it are left out, or each summary would make the next one new; but
a thread that is about one of them begins with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.documents import SMALLEST_SIDE
from bot.errors import SlackRefused
from bot.slack import EVENT_TYPE, Slack, complete_files, files_of_message, find_names, words_of_message
from bot.sources.material import Piece, Problem, Unreadable
from bot.sources.mrkdwn import codes_to_name, plain_text
from bot.sources.source import ReadingContext
from scheduler import ZoneInfo

CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
MESSAGES: Final = 200
CHARACTERS: Final = 30_000
"""Of all messages together: some 10,000 tokens."""
LONGEST: Final = 4_000
"""Characters of one message."""
MOST_PICTURES: Final = 5
"""Pictures of one conversation, the newest of them."""
_MOST_STUBS: Final = 10
_DRAWING: Final = "image/svg"
"""A text, whatever it draws."""

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

_WORD: Final = re.compile(r"[^\W_]+")
_NAMES: Final = re.compile(r"<@[^<>]*>")

Message = Mapping[str, Any]


def unreadable_conversation(error: SlackRefused, name: str) -> Unreadable:
    """The conversation called `name`, which Slack does not give."""
    return Unreadable(problem=_NOT_THERE.get(error.code, "refused"), name=name)


def run_of_message(message: Message, *, me: str) -> str | None:
    """The run whose answer this is part of; None if it is not one of our answers."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE or message.get("user") != me:
        return None
    payload = metadata.get("event_payload")
    return str(payload.get("run")) if isinstance(payload, Mapping) else None


def counts_as_said(message: Message, *, me: str, besides: str | None = None) -> bool:
    """True if someone else has said it, and not to us; our own answers of the run `besides` count too."""
    if message.get("subtype") in _NOBODY_SAID or str(message.get("text") or "").startswith(f"<@{me}"):
        return False
    return message.get("user") != me or (besides is not None and run_of_message(message, me=me) == besides)


def asks_bot(message: Message, *, me: str) -> bool:
    """True of what a person says to the bot by its name."""
    return message.get("user") != me and str(message.get("text") or "").startswith(f"<@{me}")


def is_talk(message: Message, *, me: str, newest_answer: float) -> bool:
    """True if it is a part of the talk with the bot: an answer, or what was said before the newest of them.

    What was asked since waits for its own answer: whoever asks meanwhile does not ask about it.
    """
    if message.get("subtype") in _NOBODY_SAID:
        return False
    if message.get("user") == me:
        return run_of_message(message, me=me) is not None
    return not asks_bot(message, me=me) or float(message["ts"]) < newest_answer


def fingerprint_of_words(text: str) -> str:
    """The same for the same words, whatever stands between them; names of people do not count."""
    words = _WORD.findall(_NAMES.sub(" ", text).casefold())
    return hashlib.sha256(" ".join(words).encode(errors="replace")).hexdigest()[:16] if words else ""


def is_same_question(message: Message, asked: str, *, me: str) -> bool:
    """True if it asks what was `asked`, a fingerprint or empty, or is the bot's answer to that."""
    if not asked:
        return False
    if message.get("user") == me:
        payload = (message.get("metadata") or {}).get("event_payload")
        return isinstance(payload, Mapping) and payload.get("asked") == asked
    return asks_bot(message, me=me) and fingerprint_of_words(str(message["text"])) == asked


def has_words(message: Message) -> bool:
    """True if there is anything in it that can be read."""
    return bool(words_of_message(message))


async def keep_newest(
    slack: Slack, found: Sequence[Message], *, zone: str, first: int = 0
) -> tuple[list[Message], str]:
    """As many of the newest as may be read, after the `first` ones, and the text of them all."""
    start = max(first, len(found) - MESSAGES + first)
    newest = [*found[:first], *found[start:]]
    names = await find_names(slack, codes_in_messages(newest))
    lines = [_message_line(message, names, zone) for message in newest]
    room, since = CHARACTERS - sum(map(len, lines[:first])), len(lines)
    while since > first and (room := room - len(lines[since - 1])) >= 0:
        since -= 1
    return [*newest[:first], *newest[since:]], "\n".join((*lines[:first], *lines[since:]))


def left_out_note(count: int, *, more: bool = False, wordless: int = 0) -> str:
    """A note for the model about messages that it does not get; empty if it gets them all."""
    notes = []
    if count or more:
        notes.append(f"(Older messages are left out: {count}{' or more' if more else ''}.)")
    if wordless:
        notes.append(f"(Messages without words that can be read are left out: {wordless}.)")
    return " ".join(notes)


def codes_in_messages(messages: Sequence[Message]) -> set[str]:
    """The ids of all who speak in `messages` or are mentioned there."""
    speakers = {str(message["user"]) for message in messages if message.get("user")}
    return speakers.union(*(codes_to_name(words_of_message(message)) for message in messages))


def _message_line(message: Message, names: Mapping[str, str], zone: str) -> str:
    user = message.get("user")
    app = (message.get("bot_profile") or {}).get("name") or message.get("username") or "an app"
    author = names.get(str(user), "someone") if user else str(app)
    text = plain_text(words_of_message(message), names)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST].rstrip()}… (cut off)"
    text = text.replace("\n", "\n    ")  # so that no line of it looks like somebody else's message
    at = said_at(message).astimezone(ZoneInfo(zone))
    return f"[{at:%Y-%m-%d %H:%M} {at.tzname()}] {author}: {text}"


def said_at(message: Message) -> datetime:
    return datetime.fromtimestamp(float(message["ts"]), UTC)


@dataclass(frozen=True, kw_only=True)
class PostedPictures:
    """The pictures of a conversation."""

    text: str = ""
    """To stand after its messages."""
    left_out: str = ""
    unread: tuple[Unreadable, ...] = ()
    sent: tuple[bytes, ...] = ()
    """JPEGs that go with the question."""


async def look_at_posted(
    slack: Slack, messages: Sequence[Message], context: ReadingContext, *, most_sent: int = 0
) -> PostedPictures:
    """The newest pictures in `messages`; nothing where the model takes none, as their names are there.

    The last of them, `most_sent` at most, go themselves with a question that is asked once. Raises
    `SlackUnavailable`, and what seeing raises.
    """
    files = [(message, file) for message in messages for file in _files_in(message)]
    if not files or not await context.senses.can_see():
        return PostedPictures()
    known = await _known_files(slack, [file for _, file in files])
    posted = [(message, file) for message, file in files if _is_picture(known.get(str(file["id"]), file))]
    shown: list[str] = []
    unread: list[Unreadable] = []
    sent: list[bytes] = []
    newest = posted[-MOST_PICTURES:]
    for left, (message, file) in zip(range(len(newest), 0, -1), newest, strict=True):
        senses = replace(context.senses, directly=context.senses.directly and left <= most_sent)
        try:
            found = await context.files.read_file(slack, str(file["id"]), senses)
        except SlackRefused:
            found = Unreadable(problem="refused", name="a file")
        if isinstance(found, Piece):
            shown.append(_picture_line(message, found, context.zone))
            sent += found.pictures
        else:
            unread.append(found)
    more = len(posted) - MOST_PICTURES
    return PostedPictures(
        text="".join(f"\n{told}" for told in shown),
        left_out=f"(Older pictures were not looked at: {more}.)" if more > 0 else "",
        unread=tuple(unread),
        sent=tuple(sent),
    )


def _files_in(message: Message) -> Iterator[Mapping[str, Any]]:
    """The files of a message, and of those that are forwarded in it, which may be pictures; each once."""
    files = {file["id"]: file for file in files_of_message(message) if isinstance(file.get("id"), str)}
    yield from (file for file in files.values() if _is_stub(file) or _is_picture(file))


def _is_stub(file: Mapping[str, Any]) -> bool:
    """True of a file that Slack sends without its kind, in a channel that is shared with another company."""
    return file.get("file_access") == "check_file_info"


async def _known_files(slack: Slack, files: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What `files.info` says of the newest stubs, by their ids."""
    stubs = [file for file in files if _is_stub(file)][-_MOST_STUBS:]
    return {str(file["id"]): file for file in await complete_files(slack, stubs)} if stubs else {}


def _is_picture(file: Mapping[str, Any]) -> bool:
    kind = str(file.get("mimetype") or "")
    sides = (file.get("original_w"), file.get("original_h"))
    is_icon = any(isinstance(side, int) and 0 < side < SMALLEST_SIDE for side in sides)
    return kind.startswith("image/") and not kind.startswith(_DRAWING) and not is_icon


def _picture_line(message: Message, picture: Piece, zone: str) -> str:
    at = said_at(message).astimezone(ZoneInfo(zone))
    words = picture.text.replace("\n", "\n    ")  # so that no line of it looks like somebody's message
    return f"[{at:%Y-%m-%d %H:%M} {at.tzname()}] {picture.title}:\n    {words}"
