"""A served sandbox with an app that records what it is sent, and a clock that tests move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from redis.asyncio import Redis
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox import OAuthApp, Sandbox, Shortcut, SlashCommand
from bot.sandbox.workspace import FIRST, Workspace
from bot.sandbox.workspace.seed import first_records
from tests.stand_ins.serve import serve

TOKEN = "xoxb-town"
SECRET = "town-signing-secret"
COMMANDS = (
    SlashCommand(command="/precache", description="Ask, or schedule a prompt", usage_hint="[prompt]"),
)

SHORTCUTS = (
    Shortcut(type="global", name="New schedule", callback_id="compose", description="Ask on a schedule"),
    Shortcut(type="message", name="Summarise", callback_id="summarise", description="This thread"),
)

ADA, GRACE, ROSALIND, BOT = "U0ADA000001", "U0GRACE0001", "U0ROSALIND1", "U0PRECACHE1"
PARTNERS = "C0PARTNERS1"
GENERAL, NEWS, RANDOM, ATTIC, LEADS = (
    "C0GENERAL01",
    "C0NEWS00001",
    "C0RANDOM001",
    "C0ATTIC0001",
    "C0PRIVATE01",
)
ADAS_DM = "D0ADA000001"

METADATA = {"event_type": "precache_run", "event_payload": {"run": "r1", "part": 0}}
BUTTONS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}],
    }
]


def new_workspace() -> Workspace:
    """As a newcomer finds it."""
    workspace = Workspace(team=FIRST)
    for change in first_records(FIRST, 0):
        workspace.apply_change(change)
    return workspace


@dataclass
class Clock:
    """The real time, until a test moves it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class App:
    """The app's endpoint: checks each signature with Slack's own code and keeps what came."""

    received: list[Mapping[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    answer: Callable[[], Awaitable[Response]] | None = None

    async def endpoint(self, request: Request) -> Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not SignatureVerifier(SECRET).is_valid_request(body, headers):
            return PlainTextResponse("bad signature", 401)
        self.headers.append(headers)
        if headers["content-type"] == "application/json":
            self.received.append(json.loads(body))
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self.received.append(json.loads(form["payload"]) if "payload" in form else form)
        if self.answer is not None:
            return await self.answer()
        return self.answers.pop(0) if self.answers else Response()

    async def never(self) -> Response:
        """For `answer`: an app that hangs."""
        await asyncio.Event().wait()
        return Response()


@dataclass(frozen=True, kw_only=True)
class Town:
    url: str
    sandbox: Sandbox
    app: App
    clock: Clock
    slack: AsyncWebClient
    http: aiohttp.ClientSession

    async def do(self, action: str, **body: Any) -> dict[str, Any]:
        """A POST of the page's protocol."""
        async with self.http.post(f"{self.url}/sandbox/{action}", json=body) as answer:
            result: dict[str, Any] = await answer.json()
            return {**result, "status": answer.status}

    async def type(
        self, text: str, *, channel: str = GENERAL, user: str = ADA, **more: Any
    ) -> dict[str, Any]:
        return await self.do("send", user=user, channel=channel, text=text, **more)

    async def state(self, user: str = ADA) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/sandbox/state", params={"user": user}) as answer:
            state: dict[str, Any] = await answer.json()
            return state

    async def sees(self, channel: str = GENERAL, user: str = ADA) -> list[dict[str, Any]]:
        """The messages of a channel on this person's page."""
        messages: list[dict[str, Any]] = (await self.state(user))["messages"][channel]
        return messages

    async def raw(self, method: str, **body: Any) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        """A Web API call as JSON, without the SDK: status, headers, body."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with self.http.post(f"{self.url}/sandbox/api/{method}", json=body, headers=headers) as answer:
            return (
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                await answer.json(),
            )


@asynccontextmanager
async def open_town(
    redis: Redis,
    *,
    patience: float = 3.0,
    subscriptions: Sequence[str] = (),
    retries: Sequence[float] = (),
    bot_token: str | None = TOKEN,
    app_token: str | None = None,
    oauth: Callable[[str], OAuthApp] | None = None,
) -> AsyncIterator[Town]:
    app, clock = App(), Clock()
    served = Starlette(routes=[Route("/slack/events", app.endpoint, methods=["POST"])])
    async with serve(served) as url, aiohttp.ClientSession() as http:
        sandbox = Sandbox(
            redis,
            app_url=f"{url}/slack/events",
            own_url=url,
            bot_token=bot_token,
            app_token=app_token,
            oauth=oauth(url) if oauth is not None else None,
            signing_secret=SECRET,
            commands=COMMANDS,
            shortcuts=SHORTCUTS,
            subscriptions=subscriptions,
            patience=patience,
            retries=retries,
            now=clock,
        )
        served.router.routes.extend(sandbox.routes)
        slack = AsyncWebClient(TOKEN, base_url=f"{url}/sandbox/api/", session=http, retry_handlers=[])
        async with sandbox.running():
            yield Town(url=url, sandbox=sandbox, app=app, clock=clock, slack=slack, http=http)


async def error(call: Awaitable[AsyncSlackResponse]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
