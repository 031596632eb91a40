"""The part that all interaction payloads share: the person, the workspace and the channel."""

from __future__ import annotations

from typing import Any

from bot.sandbox.workspace import APP, Channel, Workspace


def begin_payload(kind: str, user: str, workspace: Workspace) -> dict[str, Any]:
    """Begins a payload of this kind."""
    name, team = workspace.users[user].name, workspace.team
    return {
        "type": kind,
        "user": {
            "id": user,
            "username": name,
            "name": name,
            "team_id": workspace.users[user].home or team.id,
        },
        "api_app_id": APP,
        "token": "deprecated",
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_name(channel: Channel) -> str:
    """The channel's name in a payload, which has none for private places."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def channel_of(channel: Channel) -> dict[str, str]:
    return {"id": channel.id, "name": channel_name(channel)}
