"""The Web API's JSON for people, channels and messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.sandbox.workspace import APP, Channel, Message, User, Workspace

_ZONE_LABELS: Final = {
    "CET": "Central European Time",
    "CEST": "Central European Summer Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "UTC": "Coordinated Universal Time",
}


def user_json(user: User, now: datetime, workspace: Workspace) -> dict[str, Any]:
    team, is_app = workspace.team, user.id == workspace.bot
    shown = {"real_name": user.real_name, "display_name": user.name}
    return {
        "id": user.id,
        "team_id": user.home or team.id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        **_zone(user, now),
        "profile": {
            **shown,
            "team": user.home or team.id,
            **({"bot_id": team.bot, "api_app_id": APP} if is_app else {}),
        },
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": is_app,
        "is_app_user": False,
        "updated": 0,
        **({"is_stranger": True} if user.home else {}),
    }


def _zone(user: User, now: datetime) -> dict[str, Any]:
    """Absent for those who left and for strangers, as Slack leaves it out."""
    if not user.tz or user.deleted:
        return {}
    local = now.astimezone(ZoneInfo(user.tz))
    offset, abbreviation = local.utcoffset(), local.tzname() or user.tz
    return {
        "tz": user.tz,
        "tz_label": _ZONE_LABELS.get(abbreviation, abbreviation),
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
    }


def channel_json(channel: Channel, workspace: Workspace) -> dict[str, Any]:
    if channel.is_im:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.other(workspace.bot),
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
        "is_member": workspace.bot in channel,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": workspace.team.id,
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
        "team": workspace.users[message.user].home or workspace.team.id,
    }
    if message.user == workspace.bot:
        shown |= {"bot_id": workspace.team.bot, "app_id": APP}
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
