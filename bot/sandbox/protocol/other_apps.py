"""Messages that other apps post, and those that people forward: with blocks, attachments, and no text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.messages import find_notified, read_blocks
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.workspace import Message, User, UserChanged, Workspace

_MOST_ATTACHMENTS: Final = 100
_COLOR: Final = "5c5c66"


async def post_as_other(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """A message of the app called `app`, or of the person `user`, as Slack would keep it."""
    channel = site.workspace.channels.get(arguments.required_text("channel"))
    if channel is None:
        raise ApiError("channel_not_found")
    text = arguments.optional_text("text") or ""
    blocks = read_blocks(arguments.parsed_json("blocks", "invalid_blocks_format"))
    attachments = _read_attachments(arguments)
    if not (text.strip() or blocks or attachments):
        raise ApiError("no_text")
    thread_ts = arguments.optional_text("thread_ts")
    if thread_ts is not None and site.workspace.find_message(channel.id, thread_ts) is None:
        raise ApiError("thread_not_found")
    person = arguments.optional_text("user")
    if person is not None and not site.has_person(person):
        raise ApiError("user_not_found")
    by = person or await _author_of_app(site, arguments.required_text("app"))
    message = await site.live.post_message(
        Message(
            ts=site.live.next_ts(),
            channel=channel.id,
            user=by,
            text=text,
            blocks=blocks,
            attachments=attachments,
            thread_ts=thread_ts,
            subtype=None if person else "bot_message",
            notified=find_notified(text, blocks),
        )
    )
    return {"ts": message.ts}


def _read_attachments(arguments: Arguments) -> tuple[Mapping[str, Any], ...]:
    given = arguments.parsed_json("attachments", "invalid_attachments")
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(attached, dict) for attached in given):
        raise api_error("invalid_attachments", "attachments: expected a list of objects")
    if len(given) > _MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    return tuple({"id": number, **attached} for number, attached in enumerate(given, start=1))


async def _author_of_app(site: PageSite, name: str) -> str:
    """The bot user of the app called `name`, who comes with its first message."""
    letters = "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())
    id_ = f"U0APP{letters}"[:40]

    def add_author(workspace: Workspace) -> list[UserChanged]:
        if id_ in workspace.users:
            return []
        author = User(id=id_, name=name.lower(), real_name=name, color=_COLOR, is_bot=True)
        return [UserChanged(author)]

    await site.live.change(add_author)
    return id_
