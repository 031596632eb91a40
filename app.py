"""Precache: one process that takes commands from Slack, and answers when QStash calls.

`create_app` wires the road a prompt travels, in the order it travels it; `python app.py` serves it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypedDict

from dotenv import dotenv_values
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from bot.alerts import Alerts
from bot.announce import Announcer
from bot.answer import Answers, Question
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
from bot.metrics import Metrics, metrics_endpoint, verdict_name
from bot.model import Models
from bot.money import Purse, TeamMeter
from bot.prepare import Prepare
from bot.reconcile import Reconcile
from bot.run import Runs
from bot.schedules import Schedules
from bot.serve import listen, serve
from bot.settings import Embedded, Settings, SettingsError
from bot.shortcuts import Shortcuts
from bot.slack_files import upload
from bot.sources import Links, SharedFiles, links_in
from bot.stats import Stats
from bot.store import Store
from bot.usage import UsageOfMonth
from bot.warming import Warming
from bot.watch_list import WatchList
from bot.watchdog import Watchdog
from bot.workspaces.install import INSTALL, REDIRECT, Install
from bot.workspaces.leave import Leave
from scheduler import (
    Done,
    Drop,
    Housekeeping,
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
    metrics: Metrics
    metrics_page: Endpoint
    slack_events: Endpoint
    install: Install | None
    stand_ins: Router
    hang_up: Callable[[], None]


def create_app(settings: Settings, connect: Connect = connect) -> Starlette:
    """The whole application; nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with connect(settings) as services, Background() as background:
            metrics = Metrics()
            metrics.watch(redis_requests=lambda: services.redis.requests, tasks=lambda: background.running)
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
            sandboxed = settings.public_url if isinstance(settings.slack, Embedded) else None
            offer = Offer(links_in=partial(links_in, sandbox=sandboxed), models=services.models.choices)
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
            usage = UsageOfMonth(limit=limit, store=store, book=book, now=_now)
            stats = Stats(
                usage=usage,
                is_admin=schedules.is_admin,
                upload=upload,
                workspaces=workspaces,
                background=background,
                redis=services.redis,
            )
            commands = Commands(
                workspaces=workspaces,
                schedules=schedules,
                publisher=services.publisher,
                composer=composer,
                stats=stats,
                forms=forms,
                links_in=offer.links_in,
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
                stats=stats,
                now=_now,
            )
            slack = slack_app(workspaces, services.slack.client)
            events = Events(schedules=schedules, workspaces=workspaces, background=background)
            heard = (
                Shortcuts(
                    commands=commands, forms=forms, workspaces=workspaces, background=background, now=_now
                ),
                Mentions(services.redis, commands=commands, workspaces=workspaces, background=background),
                events,
            )
            for part in (*heard, commands, composer, previews, dialogs, buttons, home, leave):
                part.register(slack)
            purse = Purse(services.redis, prices=settings.prices, caps=settings.caps, now=_now)
            alerts = Alerts(book=book, workspaces=workspaces, background=background)

            def meter(question: Question) -> TeamMeter:
                return TeamMeter(
                    limit,
                    purse,
                    team=question.team,
                    schedule=question.schedule,
                    warned=partial(alerts.near, question),
                    called=metrics.called,
                )

            answers = Answers(store, services.models, meter=meter, now=_now, freshness=settings.freshness)
            prepare = Prepare(
                answers=answers,
                store=store,
                workspaces=workspaces,
                links=Links(
                    services.redis,
                    fetcher=services.fetcher,
                    documents=services.documents,
                    now=_now,
                    fetched=metrics.fetched,
                ),
                files=SharedFiles(services.documents),
                now=_now,
            )
            showing = Showing(
                answers=answers,
                prepare=prepare,
                forms=forms,
                workspaces=workspaces,
                closures=settings.closures,
                demo=services.models.demo,
                now=_now,
            )
            members = Members(
                store=store, schedules=schedules, workspaces=workspaces, background=background, now=_now
            )
            runs = Runs(
                answers=answers,
                prepare=prepare,
                store=store,
                workspaces=workspaces,
                models=services.models,
                purse=purse,
                closures=settings.closures,
                warming=warming,
                metrics=metrics,
                now=_now,
                after_post=members.after_post,
            )
            announcer = Announcer(
                runs=runs,
                prepare=prepare,
                answers=answers,
                store=store,
                workspaces=workspaces,
                publisher=services.publisher,
                models=services.models,
                showing=showing,
                warming=warming,
                now=_now,
            )
            watch_list = WatchList(redis=services.redis, book=book)
            watchdog = Watchdog(
                watch_list=watch_list,
                store=store,
                publisher=services.publisher,
                workspaces=workspaces,
                closures=settings.closures,
                now=_now,
                ran=metrics.ran,
            )
            reconcile = Reconcile(
                book=book,
                watch_list=watch_list,
                publisher=services.publisher,
                schedules=schedules,
                events=events,
                workspaces=workspaces,
                now=_now,
            )
            housekeeping = Housekeeping(
                services.redis, [watchdog.chore, reconcile.chore], outages=(RedisUnavailable,)
            )
            background.start(_warm(services.models), name="model")
            background.start(leave.finish(), name="leave", resumable=True)
            if services.slack.installations is not None:
                background.start(services.slack.installations.reseal_all(), name="reseal")
            async with aclosing(answers), services.slack.listening(slack), housekeeping.running():
                logger.info("ready\n%s", _table(settings, services.table))
                yield State(
                    announcer=announcer,
                    receiver=services.receiver,
                    store=store,
                    metrics=metrics,
                    metrics_page=metrics_endpoint(metrics, token=settings.metrics_token),
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
            Route("/metrics", metrics_page, methods=["GET"]),
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
    metrics, began = request.state["metrics"], time.perf_counter()
    try:
        async with asyncio.timeout(_BODY_PATIENCE):
            body = await read_body(request.stream(), length=request.headers.get("content-length"))
        verdict = await open_and_do(body)
    except TimeoutError:
        metrics.delivered("unread", time.perf_counter() - began)
        return PlainTextResponse("the body did not arrive in time\n", status_code=408)
    except TooLarge:
        metrics.delivered("unread", time.perf_counter() - began)
        return PlainTextResponse("too large\n", status_code=413)
    except Unsigned as exc:
        logger.info("announce.unsigned reason=%s", exc.reason)
        metrics.delivered("unsigned", time.perf_counter() - began)
        return PlainTextResponse("not signed by our QStash\n", status_code=401)
    except MalformedJob as exc:
        logger.warning("announce.malformed: %s", exc)
        verdict = Drop(reason="malformed")
    metrics.delivered(verdict_name(verdict), time.perf_counter() - began)
    if isinstance(verdict, Done) and verdict.cache is not None:
        metrics.answered(verdict.cache)
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


async def metrics_page(request: Request[State]) -> Response:
    """What this process has counted."""
    return await request.state["metrics_page"](request)


async def stand_ins(scope: Scope, receive: Receive, send: Send) -> None:
    """Services that run inside this process; there are none where all are configured."""
    await scope["state"]["stand_ins"](scope, receive, send)


def _table(settings: Settings, rows: Sequence[tuple[str, str, str]]) -> str:
    lines = [f"  {service:<8}{kind:<10}{where}" for service, kind, where in rows]
    everywhere = {"0.0.0.0": "IPv4 ", "::": ""}.get(settings.host)  # noqa: S104 - compared, not bound
    where = "" if everywhere is None else f", and on every other {everywhere}address of this machine"
    return "\n".join(("", f"Precache listens on {settings.own_url}{where}", "", *lines, ""))


async def _warm(models: Models) -> None:
    """Have the models ready before the first question, and spare the garbage collector what stays anyway:
    LangChain's objects alone make its full rounds pause everything for 0.2 s."""
    await models.warm()
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
