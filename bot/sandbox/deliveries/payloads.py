"""What every interaction payload says of who did it and where, and what was chosen."""

from __future__ import annotations

from typing import Any

from bot.sandbox.workspace import APP, Channel, Workspace


def begin_payload(kind: str, user: str, workspace: Workspace) -> dict[str, Any]:
    """What all of them begin with."""
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
    """What a payload calls it: private places have no names there."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def channel_of(channel: Channel) -> dict[str, str]:
    return {"id": channel.id, "name": channel_name(channel)}
