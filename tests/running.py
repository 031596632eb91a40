"""Precache as a whole in the test's own event loop: real HTTP on a free port, a real Valkey, the workspace
and the QStash of this machine, and a model that the test speaks for."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any

import aiohttp
import uvicorn
from qstash import AsyncQStash
from starlette.types import ASGIApp

from bot.server import create_app, open_listener
from bot.settings import Settings
from bot.slack import EVENT_TYPE
from scheduler import Job
from tests.signing import sign
from tests.waiting import wait_until

ADA, GRACE = "U0ADA000001", "U0GRACE0001"
GENERAL, NEWS, RANDOM = "C0GENERAL01", "C0NEWS00001", "C0RANDOM001"
TEAM = "T0PRECACHE1"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The app's answer to a delivery."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(kw_only=True)
class Precache:
    """The running app, and a workspace to type in."""

    url: str
    http: aiohttp.ClientSession
    settings: Settings

    async def type(self, text: str, *, user: str = ADA, channel: str = GENERAL) -> None:
        """Type into the composer, as a person does; returns when the app has acknowledged it."""
        body = {"user": user, "channel": channel, "text": text}
        async with self.http.post(f"{self.url}/sandbox/send", json=body) as response:
            assert response.status == 200, await response.text()

    async def deliver(self, job: Job, *, key: str | None = None) -> Answered:
        """Deliver as QStash does when the time has come; `key` to sign with another one."""
        return await self.post("/api/announce", job.encode(), key=key)

    async def give_up(self, job: Job, *, status: int) -> Answered:
        """Give up as QStash does when its retries are used up."""
        told = {
            "status": status,
            "retried": 3,
            "sourceBody": b64encode(job.encode()).decode(),
            "createdAt": str(int(time.time() * 1000)),
        }
        return await self.post("/api/announce/failed", json.dumps(told).encode())

    async def post(self, path: str, body: bytes, *, key: str | None = None) -> Answered:
        """A signed POST."""
        key = key or self.keys["QSTASH_CURRENT_SIGNING_KEY"]
        token = sign(body, f"{self.url}{path}", key, now=datetime.now(UTC))
        headers = {"Upstash-Signature": token, "Content-Type": "application/json"}
        async with self.http.post(f"{self.url}{path}", data=body, headers=headers) as response:
            return Answered(status=response.status, headers=response.headers, text=await response.text())

    @property
    def keys(self) -> dict[str, str]:
        """The keys that a developer finds in the data folder."""
        _, *lines = (self.settings.data / "qstash.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @asynccontextmanager
    async def qstash(self) -> AsyncIterator[AsyncQStash]:
        """The unmodified SDK."""
        client = AsyncQStash(self.keys["QSTASH_TOKEN"], base_url=self.keys["QSTASH_URL"], retry=False)
        try:
            yield client
        finally:
            await client.http._client.aclose()  # noqa: SLF001 - the SDK closes nothing itself

    async def do(self, what: str, **body: Any) -> dict[str, Any]:
        """Do what a person does on the workspace's page."""
        async with self.http.post(f"{self.url}/sandbox/{what}", json=body) as response:
            assert response.status == 200, await response.text()
            answer: dict[str, Any] = await response.json()
            return answer

    async def fault(self, **fault: Any) -> None:
        """Bad luck for the next call of a Web API method."""
        await self.do("faults", **fault)

    async def state(self, user: str = ADA) -> dict[str, Any]:
        """Everything a person sees."""
        async with self.http.get(f"{self.url}/sandbox/state", params={"user": user}) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def press(
        self, shown: Mapping[str, Any], action: str, *, option: str = "", user: str = ADA
    ) -> None:
        """Press a button of a message or a view, or choose an option of its menu."""
        where = {"view_id": shown.get("id")}
        if "ts" in shown:
            where = {"channel": shown["channel"], "message_ts": shown["ts"]}
        block, element = next(
            (block["block_id"], element)
            for block in shown["blocks"]
            for element in (*block.get("elements", ()), block.get("accessory", {}))
            if element.get("action_id") == action
        )
        chosen = {choice["text"]["text"]: choice["value"] for choice in element.get("options", ())}
        selected = {"selected": chosen[option]} if option else {}
        answer = await self.do("act", user=user, block_id=block, action_id=action, **where, **selected)
        assert answer == {"ok": True}

    async def agree(self, *, channel: str = GENERAL, user: str = ADA) -> None:
        """Agree to who would see what was asked for, once the question is there."""

        async def question() -> dict[str, Any] | None:
            found = await self.messages(channel=channel, user=user)
            return next((shown for shown in reversed(found) if "consent_agree" in str(shown)), None)

        await self.press(
            await wait_until(question, "a question who would see it"), "consent_agree", user=user
        )

    async def submit(self, view: Mapping[str, Any], *, by: str = ADA, **values: str) -> dict[str, Any]:
        """Send a window back; what was wrong with it, if anything."""
        filled = {
            name: {"compose_when" if name == "when" else "input": value} for name, value in values.items()
        }
        body = {"user": by, "view_id": view["id"], "values": filled}
        async with self.http.post(f"{self.url}/sandbox/submit", json=body) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def window(self, words: str = "", *, user: str = ADA) -> dict[str, Any]:
        """Wait for a window with `words` in it."""

        async def it() -> dict[str, Any] | None:
            views = (await self.state(user))["views"]
            return dict(views[-1]) if views and words in str(views[-1]) else None

        return await wait_until(it, f"a window with {words!r}")

    async def messages(self, *, channel: str = GENERAL, user: str = ADA) -> list[dict[str, Any]]:
        """The messages that a person sees in a channel, oldest first."""
        return list((await self.state(user))["messages"].get(channel, []))

    async def seen(self, words: str, *, channel: str = GENERAL, user: str = ADA) -> dict[str, Any]:
        """Wait for a message that contains `words`."""

        async def it() -> dict[str, Any] | None:
            found = await self.messages(channel=channel, user=user)
            return next((message for message in found if words in str(message)), None)

        return await wait_until(it, f"a message with {words!r}")

    async def home(self, *words: str, user: str = ADA, without: str = "\0") -> dict[str, Any]:
        """Wait for a Home with all of `words` in it."""

        async def it() -> dict[str, Any] | None:
            view: dict[str, Any] | None = (await self.state(user))["home"]
            shown = str(view["blocks"]) if view else ""
            return view if all(part in shown for part in words) and without not in shown else None

        return await wait_until(it, f"a Home with {words}")

    async def open_home(self, *words: str, user: str = ADA) -> dict[str, Any]:
        """Open the Home, and wait until it has all of `words` in it."""
        await self.do("home", user=user, tab="home")
        return await self.home(*words, user=user)

    async def posts(self, *, channel: str = GENERAL) -> list[dict[str, Any]]:
        """Answers that everyone in the channel sees, oldest first."""
        return [
            message
            for message in await self.messages(channel=channel)
            if (message.get("metadata") or {}).get("event_type") == EVENT_TYPE
        ]

    async def made(self, words: str = "Scheduled", *, channel: str = GENERAL, user: str = ADA) -> str:
        """The id of the schedule of which that was told, by the button under the words."""
        return schedule_in(await self.seen(words, channel=channel, user=user))

    async def whispers(self, *, channel: str = GENERAL, user: str = ADA) -> list[str]:
        """The messages that only this person was shown in the channel."""
        found = await self.messages(channel=channel, user=user)
        return [message["text"] for message in found if message["ephemeral"]]

    async def posted(self, number: int = 1, *, channel: str = GENERAL) -> list[dict[str, Any]]:
        """Wait for so many answers."""

        async def enough() -> list[dict[str, Any]] | None:
            posts = await self.posts(channel=channel)
            return posts if len(posts) >= number else None

        return await wait_until(enough, f"{number} answers in the channel")

    async def told(self, words: str, *, channel: str = GENERAL, user: str = ADA) -> str:
        """Wait for a whisper that contains `words`."""

        async def it() -> str | None:
            whispers = await self.whispers(channel=channel, user=user)
            return next((whisper for whisper in whispers if words in whisper), None)

        return await wait_until(it, f"a whisper with {words!r}")


def schedule_in(told: Mapping[str, Any]) -> str:
    """The id of the schedule that the button *Manage* of a message is about."""
    elements = (element for block in told["blocks"] for element in block.get("elements", ()))
    return next(str(element["value"]) for element in elements if element.get("action_id") == "post_show")


@asynccontextmanager
async def precache(
    *, data: Path, valkey: Path | None = None, model_url: str | None = None, **environ: str
) -> AsyncIterator[Precache]:
    """The app with these settings; without `valkey` or `model_url`, with what they name themselves."""
    variables = {"PORT": "0", "PRECACHE_DATA": str(data)}
    if valkey is not None:
        variables["REDIS_URL"] = f"unix://{valkey}"
    if model_url is not None:
        variables |= {"OPENAI_BASE_URL": model_url, "PRECACHE_MODEL": "openai:test"}
    listener, settings = open_listener(Settings.from_environ(variables | environ))
    async with serving(create_app(settings), listener, settings) as running:
        yield running


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket, settings: Settings) -> AsyncIterator[Precache]:
    """An app that is made already."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        lifespan="on",
        timeout_graceful_shutdown=0,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with listener:
        await server.startup(sockets=[listener])
        try:
            async with aiohttp.ClientSession() as http:
                yield Precache(url=settings.own_url, http=http, settings=settings)
        finally:
            await server.shutdown(sockets=[listener])
