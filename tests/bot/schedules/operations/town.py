"""The people and channels of a workspace, as its Web API tells about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bot.slack import Caller
from tests.stand_ins.slack_channel import Arguments, Slack

TEAM: Final = "T1"
ADA, BEN, EVE = "U1", "U2", "U3"
OPEN, CLOSED, SIDE = "C1", "C2", "C3"
GROUP: Final = "S1"


@dataclass(kw_only=True)
class Town(Slack):
    """Ada and Ben share a private channel; Eve is an admin, and in the open ones alone."""

    gone: set[str] = field(default_factory=set)
    people_of: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {OPEN: (ADA, BEN, EVE), CLOSED: (ADA, BEN), SIDE: (BEN, EVE)}
    )
    group: tuple[str, ...] = (ADA, EVE)

    @property
    def callers(self) -> list[Caller]:
        """Everybody who is there, in each channel that they can type in."""
        return [
            Caller(team=TEAM, user=user, channel=channel)
            for channel, people in self.people_of.items()
            for user in people
            if user not in self.gone
        ]

    def is_admin(self, user: str) -> bool:
        return user == EVE

    def may_read(self, user: str, channel: str) -> bool:
        return channel != CLOSED or user in self.people_of[channel]

    def do(self, method: str, arguments: Arguments) -> dict[str, Any]:
        match method:
            case "users.info":
                user = arguments["user"]
                told = {"id": user, "is_admin": self.is_admin(user), "deleted": user in self.gone}
                return {"ok": True, "user": {**told, "real_name": user, "tz": "Europe/Berlin"}}
            case "conversations.members":
                return {"ok": True, "members": [*self.people_of[arguments["channel"]]]}
            case "conversations.info":
                channel = arguments["channel"]
                told = {"id": channel, "is_private": channel == CLOSED, "is_member": True}
                return {"ok": True, "channel": told}
            case "users.conversations":
                mine = [channel for channel, people in self.people_of.items() if arguments["user"] in people]
                return {"ok": True, "channels": [{"id": channel} for channel in mine]}
            case "usergroups.users.list":
                return {"ok": True, "users": [*self.group]}
            case _:
                return super().do(method, arguments)
