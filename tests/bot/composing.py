"""The composer and its previews on a real workspace: QStash, Slack and Redis of this machine, over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import uvicorn
from slack_bolt.async_app import AsyncAck
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.answers.answer_cache import AnswerCache
from bot.answers.answers import Answers
from bot.background import Background
from bot.budget.rate_limit import Limit
from bot.errors import BotError
from bot.runs.prepare import Prepare
from bot.runs.preview import PreviewDelivery
from bot.runs.verdict import verdict_of
from bot.schedules.permissions import Permissions
from bot.schedules.policy import Policy
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.schedules.service import Schedules
from bot.schedules.warming import Warming
from bot.server.connect import connect_services
from bot.server.serve import listen
from bot.server.slack_endpoint import make_slack_endpoint, slack_app
from bot.settings import Settings
from bot.slack import Slack, upload
from bot.slack.caller import Caller
from bot.sources import FileReader, Link, LinkReader, Source, Thread
from bot.stats.usage import UsageOfMonth
from bot.ui.buttons import Buttons
from bot.ui.composer import Composer
from bot.ui.composer.forms import Forms
from bot.ui.composer.previews import FormFoot, Previews
from bot.ui.composer.reads import Offer
from bot.ui.composer.saving import Saving
from bot.ui.dialogs import Dialogs
from bot.ui.slash_command import Commands
from bot.ui.stats import Stats
from scheduler import Closures, Done, Job, Verdict, to_http
from tests.bot.paying import PLENTY, metering, purse_of
from tests.running import ADA, GENERAL, TEAM
from tests.waiting import wait_until

MODELS = ("openai:test", "openai:other")


def links_in(text: str) -> tuple[Source, ...]:
    """The https links in a text, and of Slack's permalinks the thread: enough to compose with."""
    found: list[Source] = []
    for url in re.findall(r"https://[^\s<>]+", text):
        message = re.fullmatch(r"https://[a-z]+\.slack\.com/archives/([CG][A-Z0-9]+)/p(\d+)(\d{6})", url)
        if message:
            found.append(Thread(channel=message[1], ts=f"{message[2]}.{message[3]}"))
        else:
            found.append(Link(url=url))
    return tuple(found)


@dataclass(kw_only=True)
class Desk:
    """A workspace in which `/precache` opens the composer, and what stands behind it."""

    url: str
    http: aiohttp.ClientSession
    composer: Composer
    commands: Commands
    forms: Forms
    slack: Slack
    schedules: Schedules
    book: ScheduleStore
    secret: str
    jobs: list[Job]
    """What QStash has brought to be posted."""
    previews: list[Job]
    """What QStash has brought to be shown."""

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

    async def view(self, *, user: str = ADA, title: str = "New schedule", has: str = "") -> dict[str, Any]:
        """Wait for the modal on someone's page to have `has` in it."""

        async def it() -> dict[str, Any] | None:
            views = (await self.state(user))["views"]
            right = views and views[-1]["title"]["text"] == title and has in str(views[-1]["blocks"])
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
        return await self.book.all(TEAM)


def filled(**values: Any) -> dict[str, dict[str, Any]]:
    """Values of fields, each under its action."""
    return {name: {"compose_when" if name == "when" else "input": value} for name, value in values.items()}


@asynccontextmanager
async def desk(
    *, valkey: Path, data: Path, model_url: str, policy: Policy | None = None, **environ: str
) -> AsyncIterator[Desk]:
    variables = {"PORT": "0", "REDIS_URL": f"unix://{valkey}", "PRECACHE_DATA": str(data)}
    variables |= {"OPENAI_BASE_URL": model_url, "PRECACHE_MODEL": "openai:test"}
    listener, settings = listen(Settings.from_environ(variables | environ))
    async with AsyncExitStack() as stack:
        stack.enter_context(listener)
        services = await stack.enter_async_context(connect_services(settings))
        background = await stack.enter_async_context(Background())
        workspaces, closures = services.slack.workspaces, Closures()
        book, forms = ScheduleStore(redis=services.redis), Forms(redis=services.redis)
        schedules = Schedules(
            book=book,
            publisher=services.publisher,
            warming=Warming(
                book=book,
                publisher=services.publisher,
                closures=closures,
                lead=timedelta(minutes=5),
                now=_now,
            ),
            permissions=Permissions(slack_of=workspaces.slack, policy=policy or Policy()),
            closures=closures,
            now=_now,
        )
        saving = Saving(schedules=schedules, forms=forms, closures=closures, now=_now)
        offer = Offer(links_in=links_in, models=MODELS)
        previews = Previews(
            forms=forms,
            saving=saving,
            offer=offer,
            publisher=services.publisher,
            workspaces=workspaces,
            background=background,
            now=_now,
        )
        composer = Composer(
            saving=saving,
            forms=forms,
            previews=previews,
            workspaces=workspaces,
            background=background,
            closures=closures,
            offer=offer,
            now=_now,
        )
        bolt = slack_app(workspaces, services.slack.client)
        dialogs = Dialogs(schedules=schedules, workspaces=workspaces, background=background)
        buttons = Buttons(
            schedules=schedules,
            composer=composer,
            dialogs=dialogs,
            forms=forms,
            offer=offer,
            publisher=services.publisher,
            workspaces=workspaces,
            background=background,
            now=_now,
        )
        buttons.register(bolt)
        dialogs.register(bolt)
        composer.register(bolt)
        previews.register(bolt)
        bolt.command("/precache")(_command(composer))
        limit = Limit(services.redis, overall=PLENTY, per_team=PLENTY)
        commands = Commands(
            workspaces=workspaces,
            schedules=schedules,
            publisher=services.publisher,
            composer=composer,
            stats=Stats(
                usage=UsageOfMonth(redis=services.redis, limit=limit, schedules=book, now=_now),
                concerning=schedules.lookup.concerning,
                upload=upload,
                workspaces=workspaces,
                background=background,
                redis=services.redis,
            ),
            forms=forms,
            links_in=links_in,
            background=background,
            now=_now,
        )
        answers = Answers(
            AnswerCache(redis=services.redis),
            services.models,
            meter=metering(services.redis, purse_of(services.redis)),
            now=_now,
            freshness=settings.freshness,
        )
        await stack.enter_async_context(aclosing(answers))
        prepare = Prepare(
            answers=answers,
            store=book,
            workspaces=workspaces,
            links=LinkReader(
                services.redis, fetcher=services.fetcher, documents=services.documents, now=_now
            ),
            files=FileReader(services.documents),
            now=_now,
        )
        showing = PreviewDelivery(
            answers=answers,
            prepare=prepare,
            foot=FormFoot(forms=forms, closures=closures, now=_now),
            workspaces=workspaces,
            permissions=schedules.permissions,
            demo=False,
            now=_now,
        )
        jobs: list[Job] = []
        shown: list[Job] = []

        async def announce(request: Request) -> Response:
            job = services.receiver.open(request.headers, await request.body(), now=_now()).job
            if job.kind != "preview":
                jobs.append(job)
                return _answer(Done(text=""))
            shown.append(job)
            try:
                return _answer(await showing.show(job))
            except BotError as exc:
                return _answer(verdict_of(exc, retried=0))

        async def failed(request: Request) -> Response:
            failure = services.receiver.open_failure(request.headers, await request.body(), now=_now())
            return _answer(await showing.give_up(failure.job))

        secret = services.slack.signing_secret or ""
        slack_events = make_slack_endpoint(bolt, signing_secret=secret)
        config = uvicorn.Config(
            Starlette(
                routes=[
                    Route("/slack/events", slack_events, methods=["POST"]),
                    Route("/api/announce", announce, methods=["POST"]),
                    Route("/api/announce/failed", failed, methods=["POST"]),
                    *services.stand_ins.routes,
                ]
            ),
            log_config=None,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=0,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            async with aiohttp.ClientSession() as http:
                yield Desk(
                    url=settings.own_url,
                    http=http,
                    composer=composer,
                    commands=commands,
                    forms=forms,
                    slack=await workspaces.slack(TEAM),
                    schedules=schedules,
                    book=book,
                    secret=secret,
                    jobs=jobs,
                    previews=shown,
                )
        finally:
            await server.shutdown(sockets=[listener])


def _command(composer: Composer) -> Callable[..., Awaitable[None]]:
    async def command(ack: AsyncAck, command: Mapping[str, Any]) -> None:
        await ack()
        caller = Caller(team=command["team_id"], user=command["user_id"], channel=command["channel_id"])
        if text := command.get("text"):
            await composer.preview(caller, text)
        else:
            await composer.open(caller, trigger_id=command["trigger_id"])

    return command


def _answer(verdict: Verdict) -> Response:
    status, headers, content = to_http(verdict)
    return Response(content, status_code=status, headers=headers)


def _now() -> datetime:
    return datetime.now(UTC)
