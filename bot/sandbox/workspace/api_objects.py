"""The Web API's JSON for people, channels and messages."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from bot.sandbox.workspace.records import APP, Channel, File, Message, User
from bot.sandbox.workspace.workspace import Workspace
from scheduler import ZoneInfo

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
        **_zone_json(user, now),
        "profile": {
            **shown,
            "team": user.home or team.id,
            **({"bot_id": team.bot, "api_app_id": APP} if is_app else {}),
        },
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
        **({"is_stranger": True} if _is_stranger(user, workspace) else {}),
    }


def _is_stranger(user: User, workspace: Workspace) -> bool:
    """True of someone of another workspace who shares no channel with the app, as Slack has it."""
    if not user.home:
        return False
    return not any(user.id in channel and workspace.bot in channel for channel in workspace.channels.values())


def _zone_json(user: User, now: datetime) -> dict[str, Any]:
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
            "user": channel.other_member(workspace.bot),
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
    elif (author := workspace.users[message.user]).is_bot:
        bot = f"B{author.id[1:]}"
        shown |= {"bot_id": bot, "bot_profile": {"id": bot, "name": author.real_name}}
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.attachments:
        shown["attachments"] = list(message.attachments)
    if message.files:
        shown |= {
            "files": [_attached_json(file, message, workspace) for file in message.files],
            "upload": False,
        }
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
        parent = workspace.find_message(message.channel, message.thread_ts or "")
        shown |= {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else None}
    elif replies := workspace.thread_replies(message.channel, message.ts):
        repliers = list(dict.fromkeys(reply.user for reply in replies))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": repliers,
            "reply_users_count": len(repliers),
            "latest_reply": replies[-1].ts,
        }
    return shown


def file_json(file: File, workspace: Workspace, *, ready: bool = True) -> dict[str, Any]:
    """docs.slack.dev/reference/objects/file-object; what is not processed yet has no type."""
    extension = PurePath(file.name).suffix.removeprefix(".").lower() or "text"
    shares: dict[str, dict[str, list[dict[str, str]]]] = {}
    for message in workspace.shares_of(file.id):
        kind = "private" if workspace.channels[message.channel].is_private else "public"
        shares.setdefault(kind, {}).setdefault(message.channel, []).append({"ts": message.ts})
    places = [workspace.channels[channel] for found in shares.values() for channel in found]
    return {
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title,
        "mimetype": file.mime if ready else "",
        "filetype": extension if ready else "",
        "pretty_type": extension.upper() if ready else "",
        "user": file.user,
        "user_team": workspace.users[file.user].home or workspace.team.id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(not place.is_private for place in places),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": _private_link(file, workspace),
        "url_private_download": _private_link(file, workspace, "download/"),
        "permalink": _file_link(file, workspace),
        "file_access": "visible",
        **({"alt_txt": file.alt} if file.alt else {}),
        "channels": [place.id for place in places if place.kind == "channel"],
        "groups": [place.id for place in places if place.kind == "group"],
        "ims": [place.id for place in places if place.kind == "im"],
        "shares": shares,
    }


def file_at(url: str, workspace: Workspace) -> File | None:
    """The file with this `url_private` or `permalink`."""
    return next(
        (
            file
            for file in workspace.files.values()
            if url in (_private_link(file, workspace), _file_link(file, workspace))
        ),
        None,
    )


def _private_link(file: File, workspace: Workspace, way: str = "") -> str:
    return f"{workspace.url}/sandbox/files-pri/{workspace.team.id}-{file.id}/{way}{_in_url(file)}"


def _file_link(file: File, workspace: Workspace) -> str:
    return f"{workspace.url}/files/{file.user}/{file.id}/{_in_url(file)}"


def _in_url(file: File) -> str:
    """A file's name as addresses have it; what it really is called stands in `name`."""
    return re.sub(r"[^a-z0-9._-]", "_", file.name.lower())


def _attached_json(file: str, message: Message, workspace: Workspace) -> dict[str, Any]:
    """A file as its message has it: in shared channels, only `files.info` says what it is."""
    kept = workspace.files.get(file)
    if kept is None:
        return {"id": file, "mode": "tombstone"}
    if workspace.channels[message.channel].is_ext_shared:
        unsaid = {"mode": "file_access", "file_access": "check_file_info"}
        return {"id": file, **unsaid, "created": 0, "timestamp": 0, "user": ""}
    return file_json(kept, workspace)
