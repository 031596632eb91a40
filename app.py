"""Precache: one process that takes commands from Slack, and answers when QStash calls.

`create_app` wires the road a prompt travels, in the order it travels it; `python app.py` serves it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from dotenv import dotenv_values
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from bot.announce import Announcer
from bot.answer import Answers
from bot.background import Background
from bot.book import Book
from bot.buttons import Buttons
from bot.commands import Commands
from bot.composer import Composer
from bot.composer.forms import Forms
from bot.composer.preview import Previews, Showing
from bot.composer.reads import Offer
from bot.composer.saving import Saving
from bot.connect import Services, connect
from bot.dialogs import Dialogs
from bot.errors import RedisUnavailable
from bot.events import Events
from bot.front import slack_app, slack_endpoint
from bot.home import Home
from bot.limit import Limit
from bot.members import Members
from bot.mention import Mentions
from bot.model import Model
from bot.schedules import Schedules
from bot.serve import listen, serve
from bot.settings import Settings, SettingsError
from bot.shortcuts import Shortcuts
from bot.store import Store
from bot.usage import UsageOfMonth
from bot.warming import Warming
from bot.workspaces.install import INSTALL, REDIRECT, Install
from bot.workspaces.leave import Leave
from scheduler import (
    Drop,
    MalformedJob,
    Receiver,
    TooLarge,
    Unsigned,
    Verdict,
    read_body,
    to_http,
)

logger = logging.getLogger("precache")

Connect = Callable[[Settings], AbstractAsyncContextManager[Services]]
Endpoint = Callable[[Request[Any]], Awaitable[Response]]

_BODY_PATIENCE: Final = 30  # seconds in which a body has to arrive; QStash sends a job at once


class State(TypedDict):
    """What an endpoint finds in `request.state`."""

    announcer: Announcer
    receiver: Receiver
    store: Store
    slack_events: Endpoint
    install: Install | None
    stand_ins: Router
    hang_up: Callable[[], None]


def create_app(settings: Settings, connect: Connect = connect) -> Starlette:
    """The whole application; nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with connect(settings) as services, Background() as background:
            store = Store(services.redis)
            workspaces, book = services.slack.workspaces, Book(redis=services.redis)
            warming = Warming(
                book=book,
                publisher=services.publisher,
                closures=settings.closures,
                lead=settings.freshness.lead,
                now=_now,
            )
            schedules = Schedules(
                book=book,
                publisher=services.publisher,
                warming=warming,
                slack_of=workspaces.slack,
                policy=settings.policy,
                closures=settings.closures,
                now=_now,
            )
            leave = Leave(
                services.redis,
                scheduled=book.all,
                publisher=services.publisher,
                workspaces=workspaces,
                installations=services.slack.installations,
                background=background,
            )
            forms = Forms(redis=services.redis)
            offer = Offer(links_in=lambda _: ())
            saving = Saving(schedules=schedules, forms=forms, closures=settings.closures, now=_now)
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
                closures=settings.closures,
                offer=offer,
                now=_now,
            )
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
            limit = Limit(
                services.redis,
                overall=settings.limit,
                per_team=settings.team_limit,
                prefix=store.limit_prefix,
            )
            usage = UsageOfMonth(limit=limit, store=store, now=_now)
            commands = Commands(
                workspaces=workspaces,
                schedules=schedules,
                publisher=services.publisher,
                composer=composer,
                forms=forms,
                links_in=offer.links_in,
                usage=usage,
                background=background,
                now=_now,
            )
            home = Home(
                schedules=schedules,
                scheduled=book.all,
                composer=composer,
                dialogs=dialogs,
                workspaces=workspaces,
                background=background,
                redis=services.redis,
                usage=usage,
                now=_now,
            )
            slack = slack_app(workspaces, services.slack.client)
            heard = (
                Shortcuts(
                    commands=commands, forms=forms, workspaces=workspaces, background=background, now=_now
                ),
                Mentions(services.redis, commands=commands, workspaces=workspaces, background=background),
                Events(schedules=schedules, workspaces=workspaces, background=background),
            )
            for part in (*heard, commands, composer, previews, dialogs, buttons, home, leave):
                part.register(slack)
            answers = Answers(
                store,
                services.model,
                limit,
                now=_now,
                freshness=settings.freshness,
                model_timeout=services.model_timeout,
            )
            showing = Showing(
                answers=answers,
                forms=forms,
                workspaces=workspaces,
                closures=settings.closures,
                demo=services.model.demo,
                now=_now,
            )
            members = Members(
                store=store, schedules=schedules, workspaces=workspaces, background=background, now=_now
            )
            announcer = Announcer(
                warming=warming,
                after_post=members.after_post,
                answers=answers,
                store=store,
                workspaces=workspaces,
                publisher=services.publisher,
                model=services.model,
                showing=showing,
                closures=settings.closures,
                now=_now,
            )
            background.start(_warm(services.model), name="model")
            background.start(leave.finish(), name="leave", resumable=True)
            if services.slack.installations is not None:
                background.start(services.slack.installations.reseal_all(), name="reseal")
            async with aclosing(answers), services.slack.listening(slack):
                logger.info("ready\n%s", _table(settings, services.table))
                yield State(
                    announcer=announcer,
                    receiver=services.receiver,
                    store=store,
                    slack_events=_slack_events(slack, services.slack.signing_secret),
                    install=services.slack.install,
                    stand_ins=Router(services.stand_ins.routes),
                    hang_up=services.stand_ins.hang_up,
                )

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/slack/events", slack_events, methods=["POST"]),
            Route(INSTALL, install, methods=["GET"]),
            Route(REDIRECT, oauth_redirect, methods=["GET"]),
            Route("/api/announce", announce, methods=["POST"]),
            Route("/api/announce/failed", announce_failed, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
    )
    # Not a mount at "/": that would answer 404, and not 405, to a GET of what only takes a POST.
    app.router.default = stand_ins
    return app


async def slack_events(request: Request[State]) -> Response:
    """Commands, interactions and events from Slack."""
    return await request.state["slack_events"](request)


def _slack_events(slack: AsyncApp, signing_secret: str | None) -> Endpoint:
    """What answers there; in Socket Mode nothing does, because nothing could be checked."""
    return _nothing_here if signing_secret is None else slack_endpoint(slack, signing_secret=signing_secret)


async def install(request: Request[State]) -> Response:
    """A workspace adds Precache."""
    pages = request.state["install"]
    return await (_nothing_here if pages is None else pages.install)(request)


async def oauth_redirect(request: Request[State]) -> Response:
    """Slack sends people back from where they allowed it."""
    pages = request.state["install"]
    return await (_nothing_here if pages is None else pages.redirect)(request)


async def _nothing_here(_: Request[State]) -> Response:
    return PlainTextResponse("Not Found", status_code=404)


async def announce(request: Request[State]) -> Response:
    """QStash brings a job."""

    async def open_and_do(body: bytes) -> Verdict:
        delivery = request.state["receiver"].open(request.headers, body, now=_now())
        return await request.state["announcer"].announce(delivery)

    return await _answer(request, open_and_do)


async def announce_failed(request: Request[State]) -> Response:
    """QStash has given up on a job."""

    async def open_and_do(body: bytes) -> Verdict:
        failure = request.state["receiver"].open_failure(request.headers, body, now=_now())
        return await request.state["announcer"].failed(failure)

    return await _answer(request, open_and_do)


async def _answer(request: Request[State], open_and_do: Callable[[bytes], Awaitable[Verdict]]) -> Response:
    try:
        async with asyncio.timeout(_BODY_PATIENCE):
            body = await read_body(request.stream(), length=request.headers.get("content-length"))
        verdict = await open_and_do(body)
    except TimeoutError:
        return PlainTextResponse("the body did not arrive in time\n", status_code=408)
    except TooLarge:
        return PlainTextResponse("too large\n", status_code=413)
    except Unsigned as exc:
        logger.info("announce.unsigned reason=%s", exc.reason)
        return PlainTextResponse("not signed by our QStash\n", status_code=401)
    except MalformedJob as exc:
        logger.warning("announce.malformed: %s", exc)
        verdict = Drop(reason="malformed")
    status, headers, content = to_http(verdict)
    return Response(content, status_code=status, headers=headers)


async def healthz(_: Request[State]) -> Response:
    """The process serves."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request[State]) -> Response:
    """The process can do its work: Redis answers."""
    try:
        await request.state["store"].ping()
    except RedisUnavailable:
        return PlainTextResponse("Redis does not answer\n", status_code=503)
    return PlainTextResponse("ok\n")


async def stand_ins(scope: Scope, receive: Receive, send: Send) -> None:
    """Services that run inside this process; there are none where all are configured."""
    await scope["state"]["stand_ins"](scope, receive, send)


def _table(settings: Settings, rows: Sequence[tuple[str, str, str]]) -> str:
    lines = [f"  {service:<8}{kind:<10}{where}" for service, kind, where in rows]
    everywhere = {"0.0.0.0": "IPv4 ", "::": ""}.get(settings.host)  # noqa: S104 - compared, not bound
    where = "" if everywhere is None else f", and on every other {everywhere}address of this machine"
    return "\n".join(("", f"Precache listens on {settings.own_url}{where}", "", *lines, ""))


async def _warm(model: Model) -> None:
    """Have the model ready before the first question, and spare the garbage collector what stays anyway:
    LangChain's objects alone make its full rounds pause everything for 0.2 s."""
    await model.warm()
    gc.collect()
    gc.freeze()


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Serve until told to stop."""
    environ = {name: value for name, value in dotenv_values(".env").items() if value is not None} | os.environ
    try:
        listener, settings = listen(Settings.from_environ(environ))
    except SettingsError as exc:
        sys.exit(str(exc))
    sys.exit(serve(create_app(settings), listener, log_level=settings.log_level))


if __name__ == "__main__":
    main()
