"""Precache: one process that takes commands from Slack, and answers when QStash calls.

`create_app` wires what people meet, the road a prompt travels, and what keeps house beside them;
`python app.py` serves it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from dotenv import dotenv_values
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.routing import Router

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
from bot.endpoints import State, routes, stand_ins
from bot.errors import RedisUnavailable
from bot.events import Events
from bot.front import slack_app, slack_endpoint
from bot.home import Home
from bot.housekeeping.reconcile import Reconcile
from bot.housekeeping.watch_list import WatchList
from bot.housekeeping.watchdog import Watchdog
from bot.limit import Limit
from bot.members import Members
from bot.mention import Mentions
from bot.metrics import Metrics, metrics_endpoint
from bot.model import Models
from bot.money import Purse, TeamMeter
from bot.permissions import Permissions
from bot.prepare import Prepare
from bot.run import Runs
from bot.schedules import Schedules
from bot.serve import listen, serve, table
from bot.settings import Embedded, Settings, SettingsError
from bot.shortcuts import Shortcuts
from bot.slack import upload
from bot.sources import Links, SharedFiles, links_in
from bot.stats.show import Stats
from bot.stats.usage import UsageOfMonth
from bot.store import Store
from bot.warming import Warming
from bot.workspaces import Workspaces
from bot.workspaces.leave import Leave
from scheduler import Housekeeping, load_calendars

logger = logging.getLogger("precache")

Connect = Callable[[Settings], AbstractAsyncContextManager[Services]]
Now = Callable[[], datetime]


def real_time() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, connect: Connect = connect, *, now: Now = real_time) -> Starlette:
    """The whole application; nothing is opened before its lifespan begins.

    `now` is the clock of everything that decides when; a test may hand in one that is wrong.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with connect(settings) as services, Background() as background:
            ground = _ground(settings, services, background, now)
            events, leave = _events(ground), _leave(ground)
            slack = slack_app(ground.workspaces, services.slack.client)
            _listen(slack, ground, events, leave)
            answers = _answers(ground)
            announcer = _announcer(ground, answers)
            background.start(_warm(services.models), name="warm", resumable=True)
            background.start(leave.finish(), name="leave", resumable=True)
            if services.slack.installations is not None:
                background.start(services.slack.installations.reseal_all(), name="reseal", resumable=True)
            async with (
                aclosing(answers),
                services.slack.listening(slack),
                _housekeeping(ground, events).running(),
            ):
                logger.info("ready\n%s", table(settings, services.table))
                secret = services.slack.signing_secret
                yield State(
                    announcer=announcer,
                    receiver=services.receiver,
                    store=ground.store,
                    metrics=ground.metrics,
                    metrics_page=metrics_endpoint(ground.metrics, token=settings.metrics_token),
                    slack_events=None if secret is None else slack_endpoint(slack, signing_secret=secret),
                    install=services.slack.install,
                    stand_ins=Router(services.stand_ins.routes),
                    hang_up=services.stand_ins.hang_up,
                )

    app = Starlette(lifespan=lifespan, routes=routes())
    # Not a mount at "/": that would answer 404, and not 405, to a GET of what only takes a POST.
    app.router.default = stand_ins
    return app


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the surface, the road and the housekeeping all stand on."""

    settings: Settings
    services: Services
    background: Background
    now: Now
    workspaces: Workspaces
    metrics: Metrics
    store: Store
    book: Book
    forms: Forms
    limit: Limit
    purse: Purse
    warming: Warming
    schedules: Schedules


def _ground(settings: Settings, services: Services, background: Background, now: Now) -> Ground:
    metrics = Metrics()
    metrics.watch(redis_requests=lambda: services.redis.requests, tasks=lambda: background.running)
    store, book, workspaces = Store(services.redis), Book(redis=services.redis), services.slack.workspaces
    warming = Warming(
        book=book,
        publisher=services.publisher,
        closures=settings.closures,
        lead=settings.freshness.lead,
        now=now,
    )
    return Ground(
        settings=settings,
        services=services,
        background=background,
        now=now,
        workspaces=workspaces,
        metrics=metrics,
        store=store,
        book=book,
        forms=Forms(redis=services.redis),
        limit=Limit(
            services.redis,
            overall=settings.limit,
            per_team=settings.team_limit,
            prefix=store.limit_prefix,
        ),
        purse=Purse(services.redis, prices=settings.prices, caps=settings.caps, now=now),
        warming=warming,
        schedules=Schedules(
            book=book,
            publisher=services.publisher,
            warming=warming,
            permissions=Permissions(slack_of=workspaces.slack, policy=settings.policy),
            closures=settings.closures,
            now=now,
        ),
    )


def _events(ground: Ground) -> Events:
    return Events(schedules=ground.schedules, workspaces=ground.workspaces, background=ground.background)


def _leave(ground: Ground) -> Leave:
    services = ground.services
    return Leave(
        services.redis,
        scheduled=ground.book.all,
        unwatch=ground.book.unwatch,
        publisher=services.publisher,
        workspaces=ground.workspaces,
        installations=services.slack.installations,
        background=ground.background,
    )


def _listen(slack: AsyncApp, ground: Ground, events: Events, leave: Leave) -> None:
    """What people meet: each part says to Bolt what it answers to."""
    settings, services = ground.settings, ground.services
    workspaces, background = ground.workspaces, ground.background
    schedules, forms = ground.schedules, ground.forms
    sandboxed = settings.public_url if isinstance(settings.slack, Embedded) else None
    offer = Offer(links_in=partial(links_in, sandbox=sandboxed), models=services.models.choices)
    saving = Saving(schedules=schedules, forms=forms, closures=settings.closures, now=ground.now)
    previews = Previews(
        forms=forms,
        saving=saving,
        offer=offer,
        publisher=services.publisher,
        workspaces=workspaces,
        background=background,
        now=ground.now,
    )
    composer = Composer(
        saving=saving,
        forms=forms,
        previews=previews,
        workspaces=workspaces,
        background=background,
        closures=settings.closures,
        offer=offer,
        now=ground.now,
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
        now=ground.now,
    )
    usage = UsageOfMonth(limit=ground.limit, store=ground.store, book=ground.book, now=ground.now)
    stats = Stats(
        usage=usage,
        concerning=schedules.lookup.concerning,
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
        now=ground.now,
    )
    home = Home(
        schedules=schedules,
        scheduled=ground.book.all,
        composer=composer,
        dialogs=dialogs,
        workspaces=workspaces,
        background=background,
        redis=services.redis,
        usage=usage,
        stats=stats,
        now=ground.now,
    )
    shortcuts = Shortcuts(
        commands=commands, forms=forms, workspaces=workspaces, background=background, now=ground.now
    )
    mentions = Mentions(services.redis, commands=commands, workspaces=workspaces, background=background)
    for part in (shortcuts, mentions, events, commands, composer, previews, dialogs, buttons, home, leave):
        part.register(slack)


def _answers(ground: Ground) -> Answers:
    alerts = Alerts(book=ground.book, workspaces=ground.workspaces, background=ground.background)

    def meter(question: Question) -> TeamMeter:
        return TeamMeter(
            ground.limit,
            ground.purse,
            team=question.team,
            schedule=question.schedule,
            warned=partial(alerts.near, question),
            called=ground.metrics.called,
        )

    return Answers(
        ground.store,
        ground.services.models,
        meter=meter,
        now=ground.now,
        freshness=ground.settings.freshness,
    )


def _announcer(ground: Ground, answers: Answers) -> Announcer:
    """The road from a delivery to one post."""
    settings, services, metrics = ground.settings, ground.services, ground.metrics
    prepare = Prepare(
        answers=answers,
        store=ground.store,
        workspaces=ground.workspaces,
        links=Links(
            services.redis,
            fetcher=services.fetcher,
            documents=services.documents,
            now=ground.now,
            fetched=metrics.fetched,
        ),
        files=SharedFiles(services.documents),
        now=ground.now,
    )
    members = Members(
        store=ground.store, schedules=ground.schedules, workspaces=ground.workspaces, now=ground.now
    )
    runs = Runs(
        answers=answers,
        prepare=prepare,
        store=ground.store,
        workspaces=ground.workspaces,
        models=services.models,
        purse=ground.purse,
        closures=settings.closures,
        warming=ground.warming,
        metrics=metrics,
        now=ground.now,
        may_run=members.may_run,
    )
    showing = Showing(
        answers=answers,
        prepare=prepare,
        forms=ground.forms,
        workspaces=ground.workspaces,
        permissions=ground.schedules.permissions,
        closures=settings.closures,
        demo=services.models.demo,
        now=ground.now,
    )
    return Announcer(
        runs=runs,
        prepare=prepare,
        answers=answers,
        store=ground.store,
        workspaces=ground.workspaces,
        publisher=services.publisher,
        models=services.models,
        showing=showing,
        warming=ground.warming,
        now=ground.now,
        may_run=members.may_run,
    )


def _housekeeping(ground: Ground, events: Events) -> Housekeeping:
    redis, publisher = ground.services.redis, ground.services.publisher
    watch_list = WatchList(redis=redis, book=ground.book)
    watchdog = Watchdog(
        watch_list=watch_list,
        store=ground.store,
        publisher=publisher,
        workspaces=ground.workspaces,
        closures=ground.settings.closures,
        now=ground.now,
        ran=ground.metrics.ran,
    )
    reconcile = Reconcile(
        book=ground.book,
        watch_list=watch_list,
        publisher=publisher,
        schedules=ground.schedules,
        events=events,
        workspaces=ground.workspaces,
        now=ground.now,
    )
    return Housekeeping(redis, [watchdog.chore, reconcile.chore], outages=(RedisUnavailable,))


async def _warm(models: Models) -> None:
    """Have models and calendars ready before anyone waits for them, and spare the garbage collector what
    stays anyway: LangChain's objects alone make its full rounds pause everything for 0.2 s."""
    await models.warm()
    await asyncio.to_thread(load_calendars)
    gc.collect()
    gc.freeze()


def main(*, now: Now = real_time) -> None:
    """Serve until told to stop."""
    environ = {name: value for name, value in dotenv_values(".env").items() if value is not None} | os.environ
    try:
        listener, settings = listen(Settings.from_environ(environ))
    except SettingsError as exc:
        sys.exit(str(exc))
    sys.exit(serve(create_app(settings, now=now), listener, log_level=settings.log_level))


if __name__ == "__main__":
    main()
