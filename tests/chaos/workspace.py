"""Slack, which remembers everything that was ever said in it, to the channel or to one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Arguments, Slack

TEAM: Final = "T0CHAOS0001"
OWNER: Final = "U0OWNER0001"
CHANNELS: Final = ("C0CHAOS0001", "C0CHAOS0002", "C0CHAOS0003")
REVIEWERS: Final = ("U0REVIEWER1", "U0REVIEWER2")
SHUT: Final = "C0SHUT00001"
"""A channel without the bot, so that nothing can be posted."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A word to one person alone."""

    at: datetime
    user: str
    text: str


@dataclass(kw_only=True)
class Workspace(Slack):
    """The stand-in that posts, with people in it, and on the clock of the storm."""

    clock: Callable[[], datetime]
    told: list[Told] = field(default_factory=list)
    ever_posted: list[dict[str, Any]] = field(default_factory=list)
    """As it was posted, also what was changed or taken away later."""
    cards: list[dict[str, Any]] = field(default_factory=list)
    """The messages in which reviewers were asked, as they are now."""
    replied: list[str] = field(default_factory=list)
    """The answers to commands."""

    def __post_init__(self) -> None:
        self.now = lambda: self.clock().timestamp()
        self.members = (OWNER, *REVIEWERS)

    def do(self, method: str, arguments: Arguments) -> dict[str, Any]:
        channel = arguments.get("channel", "")
        match method:
            case "auth.test":
                return {
                    "ok": True,
                    "team_id": TEAM,
                    "team": "Chaos",
                    "user_id": "U0BOT000001",
                    "bot_id": "B1",
                }
            case "users.info":
                person = {"id": arguments["user"], "real_name": "Ada", "tz": "UTC", "is_admin": True}
                return {"ok": True, "user": person}
            case "chat.postMessage" | "chat.postEphemeral" if channel == SHUT:
                return {"ok": False, "error": "not_in_channel"}
            case "chat.postEphemeral":
                self._tell(arguments["user"], arguments["text"])
                return {"ok": True, "message_ts": f"{int(self.now())}.000000"}
            case "chat.postMessage" if channel in REVIEWERS:
                done = super().do(method, arguments)
                self.cards.append(self.posts[-1])
                return done
            case "chat.postMessage" if channel.startswith("U"):
                self._tell(channel, arguments["text"])
                return {"ok": True, "ts": f"{int(self.now())}.000000", "channel": "D1"}
            case "chat.postMessage":
                done = super().do(method, arguments)
                self.ever_posted.append({**self.posts[-1]})
                return done
            case _:
                return super().do(method, arguments)

    def _tell(self, user: str, text: str) -> None:
        self.told.append(Told(at=self.clock(), user=user, text=text))

    async def respond(self, request: Request) -> Response:
        """A `response_url`."""
        self.replied.append(str((await request.json())["text"]))
        return PlainTextResponse("ok")


@asynccontextmanager
async def open_workspace(clock: Callable[[], datetime]) -> AsyncIterator[Workspace]:
    """The workspace, on a free port; its `url` is where the Web API is."""
    workspace = Workspace(clock=clock)
    routes = [
        Route("/api/{method}", workspace.answer, methods=["GET", "POST"]),
        Route("/respond/{id}", workspace.respond, methods=["POST"]),
    ]
    async with serve(Starlette(routes=routes)) as address:
        workspace.url = address
        yield workspace
