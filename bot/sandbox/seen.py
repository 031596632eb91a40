"""What the page is shown: the state, and each change, as one person may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from bot.sandbox.typed import SlashCommand
from bot.sandbox.workspace import (
    BOT_USER,
    TEAM,
    TEAM_NAME,
    Change,
    Channel,
    ChannelChanged,
    Deleted,
    Edited,
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
        "reply_count": len(workspace.replies(message.channel, message.ts)),
        "notified": list(message.notified),
        "bot": workspace.users[message.user].is_bot,
        "mrkdwn": message.mrkdwn,
    }
    optional = {"thread_ts": message.thread_ts, "metadata": message.metadata, "subtype": message.subtype}
    view |= {name: value for name, value in optional.items() if value is not None}
    if message.reactions:
        view["reactions"] = [
            {"name": name, "count": len(users), "users": list(users)}
            for name, users in message.reactions.items()
        ]
    return view


def channel_view(channel: Channel, me: str) -> dict[str, Any]:
    view = {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "bot_in": BOT_USER in channel,
        "topic": channel.topic,
    }
    return {**view, "with": channel.other(me)} if channel.is_im else view


def user_view(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in ("id", "name", "real_name", "tz", "is_bot", "color")}


def _rank(channel: Channel) -> tuple[bool, bool, bool, str]:
    return channel.is_im, channel.is_archived, channel.is_private, channel.name


def state(
    workspace: Workspace, asked_for: str | None, commands: Iterable[SlashCommand], own_url: str
) -> dict[str, Any]:
    """Everything a page needs to start as this person, or as the first one where the name says nobody."""
    humans = [human.id for human in workspace.humans()]
    me = asked_for if asked_for in humans else humans[0]
    channels = sorted((each for each in workspace.channels.values() if each.visible_to(me)), key=_rank)
    return {
        "team": {"id": TEAM, "name": TEAM_NAME, "url": f"{own_url}/"},
        "me": me,
        "users": [user_view(user) for user in workspace.users.values() if not user.deleted],
        "channels": [channel_view(channel, me) for channel in channels],
        "commands": [asdict(command) for command in commands],
        "messages": {
            channel.id: [
                message_view(message, workspace)
                for message in [each for each in workspace.messages(channel.id) if each.visible_to(me)][
                    -SHOWN:
                ]
            ]
            for channel in channels
        },
    }


def _newest(workspace: Workspace, channel: Channel, me: str) -> list[Message]:
    return [message for message in workspace.messages(channel.id) if message.visible_to(me)][-SHOWN:]


def shown(change: Change, workspace: Workspace, me: str) -> list[dict[str, Any]]:
    """What a change looks like to one person: nothing, or one or two events of the stream."""
    match change:
        case Posted(message) | Edited(message) | Deleted(message):
            channel = workspace.channels[message.channel]
            if not channel.visible_to(me) or not message.visible_to(me):
                return []
            events: list[dict[str, Any]] = []
            if isinstance(change, Deleted):
                events.append({"type": "deleted", "channel": message.channel, "ts": message.ts})
            else:
                kind = "message" if isinstance(change, Posted) else "changed"
                events.append({"type": kind, "message": message_view(message, workspace)})
            parent = workspace.message(message.channel, message.thread_ts or "") if message.is_reply else None
            if parent is not None and not isinstance(change, Edited):
                events.append({"type": "changed", "message": message_view(parent, workspace)})
            return events
        case ChannelChanged(channel):
            return (
                [{"type": "channel", "channel": channel_view(channel, me)}] if channel.visible_to(me) else []
            )
        case UserChanged():
            return [{"type": "reload"}]
