"""The Web API's JSON for people, channels and messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.sandbox.workspace import APP, BOT, BOT_USER, TEAM, Channel, Message, User, Workspace

_ZONE_LABELS: Final = {
    "CET": "Central European Time",
    "CEST": "Central European Summer Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "UTC": "Coordinated Universal Time",
}


def user_json(user: User, now: datetime) -> dict[str, Any]:
    local = now.astimezone(ZoneInfo(user.tz))
    offset, abbreviation = local.utcoffset(), local.tzname() or user.tz
    shown = {"real_name": user.real_name, "display_name": user.name}
    return {
        "id": user.id,
        "team_id": TEAM,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": _ZONE_LABELS.get(abbreviation, abbreviation),
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
        "profile": {
            **shown,
            "team": TEAM,
            **({"bot_id": BOT, "api_app_id": APP} if user.id == BOT_USER else {}),
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot and user.id == BOT_USER,
        "is_app_user": False,
        "updated": 0,
    }


def channel_json(channel: Channel) -> dict[str, Any]:
    if channel.is_im:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.other(BOT_USER),
            "is_user_deleted": False,
            "priority": 0,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "is_member": BOT_USER in channel,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": TEAM,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message_json(message: Message, workspace: Workspace, *, metadata: bool = False) -> dict[str, Any]:
    """A message as the API gives it; `metadata` only where the caller asked for it."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM,
    }
    if message.user == BOT_USER:
        shown |= {"bot_id": BOT, "app_id": APP}
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if message.is_reply:
        parent = workspace.message(message.channel, message.thread_ts or "")
        shown |= {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else None}
    elif replies := workspace.replies(message.channel, message.ts):
        repliers = list(dict.fromkeys(reply.user for reply in replies))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": repliers,
            "reply_users_count": len(repliers),
            "latest_reply": replies[-1].ts,
        }
    return shown
