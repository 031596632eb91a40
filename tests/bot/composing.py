"""The composer and its previews on a real workspace: QStash, Slack and Redis of this machine, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.background import Background
from bot.errors import BotError
from bot.runs.preview import PreviewDelivery
from bot.runs.verdict import verdict_of
from bot.schedules.acts.service import Schedules
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.server import connect_services, open_listener
from bot.server.connect import Services
from bot.server.parts.ground import build_ground
from bot.server.parts.road import build_road
from bot.server.parts.surface import build_intake, build_surface
from bot.server.slack_endpoint import make_bolt_app, make_slack_endpoint
from bot.settings import Settings
from bot.slack import Slack
from bot.ui.composer import Composer
from bot.ui.composer.kept_forms import Forms
from bot.ui.typed_commands import TypedCommands
from scheduler import Done, Job, Verdict, to_http
from tests.running import ADA, GENERAL, TEAM, serving
from tests.waiting import wait_until

MODELS = ("openai:test", "openai:other")


@dataclass(kw_only=True)
class Desk:
    """A workspace in which `/precache` opens the composer, and what stands behind it."""

    url: str
    http: aiohttp.ClientSession
    composer: Composer
    commands: TypedCommands
    forms: Forms
    slack: Slack
    schedules: Schedules
    schedule_store: ScheduleStore
    secret: str
    jobs: list[Job]
    """The jobs that QStash has brought to be posted."""
    previews: list[Job]
    """The jobs that QStash has brought to be shown."""

    async def do(self, what: str, **body: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/sandbox/{what}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def state(self, user: str = ADA) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/sandbox/state", params={"user": user}) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def open(self, *, user: str = ADA, channel: str = GENERAL) -> dict[str, Any]:
        """The composer, as it opens for someone who types `/precache`."""
        await self.do("send", user=user, channel=channel, text="/precache")
        return await self.view(user=user)

    async def view(self, *, user: str = ADA, title: str = "", has: str = "") -> dict[str, Any]:
        """Wait for the modal on someone's page to have `has` in it, under its `title` if that is given."""

        async def it() -> dict[str, Any] | None:
            views = (await self.state(user))["views"]
            right = views and title in ("", views[-1]["title"]["text"]) and has in str(views[-1]["blocks"])
            return dict(views[-1]) if right else None

        return await wait_until(it, f"a modal {title!r} with {has!r}")

    async def closed(self, *, user: str = ADA) -> None:
        async def it() -> bool:
            return not (await self.state(user))["views"]

        await wait_until(it, "the modal to be closed")

    async def act(
        self, view: Mapping[str, Any], block: str, action: str, *, user: str = ADA, **more: Any
    ) -> dict[str, Any]:
        """Press or type something in the modal."""
        return await self.do("act", user=user, view_id=view["id"], block_id=block, action_id=action, **more)

    async def submit(self, view: Mapping[str, Any], *, user: str = ADA, **values: Any) -> dict[str, Any]:
        return await self.do("submit", user=user, view_id=view["id"], values=filled(**values))

    async def told(self, words: str, *, user: str = ADA, channel: str = GENERAL) -> dict[str, Any]:
        """Wait for a message to this person alone."""

        async def it() -> dict[str, Any] | None:
            messages = (await self.state(user))["messages"].get(channel, [])
            found = [m for m in messages if m["bot"] and words in f"{m['text']} {m['blocks']}"]
            return dict(found[-1]) if found else None

        return await wait_until(it, f"a message with {words!r}")

    async def press(self, message: Mapping[str, Any], action: str, *, user: str = ADA) -> dict[str, Any]:
        """Press a button of a message."""
        (block,) = [
            block["block_id"]
            for block in message["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == action
        ]
        return await self.do(
            "act",
            user=user,
            channel=message["channel"],
            message_ts=message["ts"],
            block_id=block,
            action_id=action,
        )

    async def deliver(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        """An interaction, signed as Slack signs it: status and body of what the app answers."""
        body = urlencode({"payload": json.dumps(payload)})
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(self.secret).generate_signature(timestamp=timestamp, body=body)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": str(signature),
        }
        async with self.http.post(f"{self.url}/slack/events", data=body, headers=headers) as response:
            return response.status, await response.text()

    async def posting(self) -> list[Job]:
        return list(self.jobs)

    async def showing(self) -> list[Job]:
        return list(self.previews)

    async def all(self) -> list[Schedule]:
        return await self.schedule_store.list_records(TEAM)


def filled(**values: Any) -> dict[str, dict[str, Any]]:
    """Values of fields, each under its action."""
    return {name: {"compose_when" if name == "when" else "input": value} for name, value in values.items()}


@asynccontextmanager
async def desk(*, valkey: Path, data: Path, model_url: str, **environ: str) -> AsyncIterator[Desk]:
    variables = {"PORT": "0", "REDIS_URL": f"unix://{valkey}", "PRECACHE_DATA": str(data)}
    variables |= {"OPENAI_BASE_URL": model_url, "PRECACHE_MODEL": MODELS[0], "PRECACHE_MODELS": MODELS[1]}
    listener, settings = open_listener(Settings.from_environ(variables | environ))
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(connect_services(settings))
        background = await stack.enter_async_context(Background())
        ground = build_ground(settings, services, background=background, now=_now)
        surface, road = build_surface(ground), build_road(ground)
        await stack.enter_async_context(aclosing(road.answers))
        bolt = build_intake(ground, surface, make_bolt_app(ground.workspaces, services.slack.client))
        secret = services.slack.signing_secret or ""
        deliveries = Deliveries(services=services, showing=road.previews)
        app = Starlette(
            routes=[
                Route("/slack/events", make_slack_endpoint(bolt, signing_secret=secret), methods=["POST"]),
                Route("/api/announce", deliveries.announce, methods=["POST"]),
                Route("/api/announce/failed", deliveries.failed, methods=["POST"]),
                *services.stand_ins.routes,
            ]
        )
        running = await stack.enter_async_context(serving(app, listener, settings))
        yield Desk(
            url=running.url,
            http=running.http,
            composer=surface.composer,
            commands=surface.commands,
            forms=ground.forms,
            slack=await ground.workspaces.slack_of(TEAM),
            schedules=ground.schedules,
            schedule_store=ground.schedule_store,
            secret=secret,
            jobs=deliveries.jobs,
            previews=deliveries.previews,
        )


class Deliveries:
    """Shows what QStash brings to be shown, and only notes what it brings to be posted."""

    def __init__(self, *, services: Services, showing: PreviewDelivery) -> None:
        self._services = services
        self._showing = showing
        self.jobs: list[Job] = []
        self.previews: list[Job] = []

    async def announce(self, request: Request) -> Response:
        job = self._services.receiver.open_delivery(request.headers, await request.body(), now=_now()).job
        if job.kind != "preview":
            self.jobs.append(job)
            return _answer(Done(text=""))
        self.previews.append(job)
        try:
            return _answer(await self._showing.show_preview(job))
        except BotError as exc:
            return _answer(verdict_of(exc, retried=0))

    async def failed(self, request: Request) -> Response:
        failure = self._services.receiver.open_failure(request.headers, await request.body(), now=_now())
        return _answer(await self._showing.give_up(failure.job))


def _answer(verdict: Verdict) -> Response:
    status, headers, content = to_http(verdict)
    return Response(content, status_code=status, headers=headers)


def _now() -> datetime:
    return datetime.now(UTC)
