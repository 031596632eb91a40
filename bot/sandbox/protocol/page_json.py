"""The page's JSON: the state, and each change, as one person may see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from bot.sandbox.acts import Shortcut, SlashCommand
from bot.sandbox.views import View, home_of
from bot.sandbox.workspace import (
    Change,
    Channel,
    ChannelChanged,
    Deleted,
    Edited,
    FileKept,
    HomePublished,
    InstallationChanged,
    Message,
    Posted,
    User,
    UserChanged,
    Workspace,
)

SHOWN: Final = 100
"""Messages of each channel that a page starts with."""


def message_view(message: Message, workspace: Workspace) -> dict[str, Any]:
    view: dict[str, Any] = {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": list(message.blocks),
        "ephemeral": message.only_for is not None,
        "edited": message.edited_ts is not None,
        "reply_count": len(workspace.thread_replies(message.channel, message.ts)),
        "notified": list(message.notified),
        "bot": workspace.users[message.user].is_bot,
        "mrkdwn": message.mrkdwn,
    }
    # Files come with a message like any other, and so does an app's.
    subtype = None if message.files or message.subtype == "bot_message" else message.subtype
    optional = {"thread_ts": message.thread_ts, "metadata": message.metadata, "subtype": subtype}
    view |= {name: value for name, value in optional.items() if value is not None}
    if message.attachments:
        view["attachments"] = list(message.attachments)
    if message.files:
        view["files"] = [file_view(file, workspace) for file in message.files]
    if message.reactions:
        view["reactions"] = [
            {"name": name, "count": len(users), "users": list(users)}
            for name, users in message.reactions.items()
        ]
    return view


def file_view(file: str, workspace: Workspace) -> dict[str, Any]:
    """Without a name, where it had to make room for others."""
    kept = workspace.files.get(file)
    if kept is None:
        return {"id": file}
    return {"id": file, "name": kept.name, "size": kept.size, "mime": kept.mime, "alt": kept.alt}


def channel_view(channel: Channel, me: str, workspace: Workspace) -> dict[str, Any]:
    view = {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "is_im": channel.is_im,
        "bot_in": workspace.bot in channel,
        "members": list(channel.members),
        "topic": channel.topic,
    }
    return {**view, "with": channel.other_member(me)} if channel.is_im else view


_OF_USERS: Final = (
    "id",
    "name",
    "real_name",
    "tz",
    "locale",
    "is_bot",
    "color",
    "is_admin",
    "is_guest",
    "deleted",
)


def user_view(user: User) -> dict[str, Any]:
    return {**{name: getattr(user, name) for name in _OF_USERS}, "is_stranger": bool(user.home)}


def surface_view(view: View) -> dict[str, Any]:
    """A modal or a Home, with what everything in it begins with."""
    content = view.content
    chrome = {name: content[name] for name in ("type", "title", "submit", "close") if name in content}
    return {
        **chrome,
        "id": view.id,
        "blocks": content["blocks"],
        "hash": view.hash,
        "initial": view.initial_values(),
    }


def _channel_rank(channel: Channel) -> tuple[bool, bool, bool, str]:
    return channel.is_im, channel.is_archived, channel.is_private, channel.name


def page_state(
    workspace: Workspace,
    me: str,
    *,
    commands: Iterable[SlashCommand],
    shortcuts: Iterable[Shortcut],
    views: Sequence[View],
    hint: str,
) -> dict[str, Any]:
    """Everything a page needs to start as this person."""
    channels = sorted(
        (channel for channel in workspace.channels.values() if workspace.can_see(me, channel)),
        key=_channel_rank,
    )
    home = home_of(workspace, me)
    team = workspace.team
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "url": f"{workspace.url}/",
            "installed": workspace.has_app,
        },
        "me": me,
        "users": [user_view(user) for user in workspace.users.values()],
        "groups": [asdict(group) for group in team.groups],
        "channels": [channel_view(channel, me, workspace) for channel in channels],
        "commands": [asdict(command) for command in commands],
        "shortcuts": [asdict(shortcut) for shortcut in shortcuts],
        "hint": hint,
        "home": surface_view(home) if home is not None else None,
        "views": [surface_view(view) for view in views],
        "messages": {
            channel.id: [
                message_view(message, workspace) for message in _newest_messages(workspace, channel, me)
            ]
            for channel in channels
        },
    }


def _newest_messages(workspace: Workspace, channel: Channel, me: str) -> list[Message]:
    return [message for message in workspace.all_messages(channel.id) if message.visible_to(me)][-SHOWN:]


def change_events(change: Change, workspace: Workspace, me: str) -> list[dict[str, Any]]:
    """The events of the stream that show a change to one person: none, one or two."""
    match change:
        case Posted(message) | Edited(message) | Deleted(message):
            channel = workspace.channels[message.channel]
            if not workspace.can_see(me, channel) or not message.visible_to(me):
                return []
            events: list[dict[str, Any]] = []
            if isinstance(change, Deleted):
                events.append({"type": "deleted", "channel": message.channel, "ts": message.ts})
            else:
                kind = "message" if isinstance(change, Posted) else "changed"
                events.append({"type": kind, "message": message_view(message, workspace)})
            parent = (
                workspace.find_message(message.channel, message.thread_ts or "") if message.is_reply else None
            )
            if parent is not None and not isinstance(change, Edited):
                events.append({"type": "changed", "message": message_view(parent, workspace)})
            return events
        case ChannelChanged(channel):
            if not workspace.can_see(me, channel):
                return []
            return [{"type": "channel", "channel": channel_view(channel, me, workspace)}]
        case HomePublished(user=whose):
            home = home_of(workspace, me)
            return [{"type": "home", "view": surface_view(home)}] if whose == me and home is not None else []
        case UserChanged() | InstallationChanged():
            return [{"type": "reload"}]
        case FileKept():
            return []  # what shows it is told of
