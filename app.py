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

from bot.answers import AnswerCache, Answers, Question
from bot.background import Background
from bot.budget import Limit, Purse, TeamMeter
from bot.errors import RedisUnavailable
from bot.housekeeping import Reconcile, Watchdog, WatchList
from bot.model import Models
from bot.runs import Alerts, Announcer, Ledger, Members, Prepare, PreviewDelivery, Runs
from bot.schedules import Permissions, Schedules, ScheduleStore, Warming
from bot.server import (
    Services,
    State,
    connect_services,
    listen,
    make_slack_endpoint,
    routes,
    serve_app,
    slack_app,
    stand_ins,
    table,
)
from bot.settings import Embedded, Settings, SettingsError
from bot.slack import upload
from bot.sources import FileReader, LinkReader, links_in
from bot.stats import Metrics, UsageOfMonth, metrics_endpoint
from bot.ui import Buttons, Commands, Dialogs, Events, Home, Mentions, Shortcuts, Stats
from bot.ui.composer import Composer, FormFoot, Forms, Offer, Previews, Saving
from bot.workspaces import Leave, Workspaces
from scheduler import Housekeeping, load_calendars

logger = logging.getLogger("precache")

Connect = Callable[[Settings], AbstractAsyncContextManager[Services]]


def create_app(settings: Settings, connect: Connect = connect_services) -> Starlette:
    """The whole application; nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with connect(settings) as services, Background() as background:
            ground = _ground(settings, services, background)
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
                    redis=services.redis,
                    metrics=ground.metrics,
                    metrics_page=metrics_endpoint(ground.metrics, token=settings.metrics_token),
                    slack_events=None
                    if secret is None
                    else make_slack_endpoint(slack, signing_secret=secret),
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
    workspaces: Workspaces
    metrics: Metrics
    ledger: Ledger
    schedule_store: ScheduleStore
    forms: Forms
    limit: Limit
    purse: Purse
    warming: Warming
    schedules: Schedules


def _ground(settings: Settings, services: Services, background: Background) -> Ground:
    metrics = Metrics()
    metrics.watch(redis_requests=lambda: services.redis.requests, tasks=lambda: background.running)
    schedule_store, workspaces = ScheduleStore(redis=services.redis), services.slack.workspaces
    warming = Warming(
        book=schedule_store,
        publisher=services.publisher,
        closures=settings.closures,
        lead=settings.freshness.lead,
        now=_now,
    )
    return Ground(
        settings=settings,
        services=services,
        background=background,
        workspaces=workspaces,
        metrics=metrics,
        ledger=Ledger(redis=services.redis),
        schedule_store=schedule_store,
        forms=Forms(redis=services.redis),
        limit=Limit(
            services.redis,
            overall=settings.limit,
            per_team=settings.team_limit,
        ),
        purse=Purse(services.redis, prices=settings.prices, caps=settings.caps, now=_now),
        warming=warming,
        schedules=Schedules(
            book=schedule_store,
            publisher=services.publisher,
            warming=warming,
            permissions=Permissions(slack_of=workspaces.slack, policy=settings.policy),
            closures=settings.closures,
            now=_now,
        ),
    )


def _events(ground: Ground) -> Events:
    return Events(schedules=ground.schedules, workspaces=ground.workspaces, background=ground.background)


def _leave(ground: Ground) -> Leave:
    services = ground.services
    return Leave(
        services.redis,
        scheduled=ground.schedule_store.all,
        unwatch=ground.schedule_store.unwatch,
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
    usage = UsageOfMonth(redis=services.redis, limit=ground.limit, schedules=ground.schedule_store, now=_now)
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
        now=_now,
    )
    home = Home(
        schedules=schedules,
        scheduled=ground.schedule_store.all,
        composer=composer,
        dialogs=dialogs,
        workspaces=workspaces,
        background=background,
        redis=services.redis,
        usage=usage,
        stats=stats,
        now=_now,
    )
    shortcuts = Shortcuts(
        commands=commands, forms=forms, workspaces=workspaces, background=background, now=_now
    )
    mentions = Mentions(services.redis, commands=commands, workspaces=workspaces, background=background)
    for part in (shortcuts, mentions, events, commands, composer, previews, dialogs, buttons, home, leave):
        part.register(slack)


def _answers(ground: Ground) -> Answers:
    alerts = Alerts(book=ground.schedule_store, workspaces=ground.workspaces, background=ground.background)

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
        AnswerCache(redis=ground.services.redis),
        ground.services.models,
        meter=meter,
        now=_now,
        freshness=ground.settings.freshness,
    )


def _announcer(ground: Ground, answers: Answers) -> Announcer:
    """The road from a delivery to one post."""
    settings, services, metrics = ground.settings, ground.services, ground.metrics
    prepare = Prepare(
        answers=answers,
        store=ground.schedule_store,
        workspaces=ground.workspaces,
        links=LinkReader(
            services.redis,
            fetcher=services.fetcher,
            documents=services.documents,
            now=_now,
            count_outcome=metrics.fetched,
        ),
        files=FileReader(services.documents),
        now=_now,
    )
    members = Members(
        store=ground.schedule_store, schedules=ground.schedules, workspaces=ground.workspaces, now=_now
    )
    runs = Runs(
        answers=answers,
        prepare=prepare,
        ledger=ground.ledger,
        workspaces=ground.workspaces,
        models=services.models,
        purse=ground.purse,
        closures=settings.closures,
        warming=ground.warming,
        metrics=metrics,
        now=_now,
        may_run=members.may_run,
    )
    showing = PreviewDelivery(
        answers=answers,
        prepare=prepare,
        foot=FormFoot(forms=ground.forms, closures=settings.closures, now=_now),
        workspaces=ground.workspaces,
        permissions=ground.schedules.permissions,
        demo=services.models.demo,
        now=_now,
    )
    return Announcer(
        runs=runs,
        prepare=prepare,
        answers=answers,
        ledger=ground.ledger,
        store=ground.schedule_store,
        workspaces=ground.workspaces,
        publisher=services.publisher,
        models=services.models,
        showing=showing,
        warming=ground.warming,
        now=_now,
        may_run=members.may_run,
    )


def _housekeeping(ground: Ground, events: Events) -> Housekeeping:
    redis, publisher = ground.services.redis, ground.services.publisher
    watch_list = WatchList(redis=redis)
    watchdog = Watchdog(
        watch_list=watch_list,
        ledger=ground.ledger,
        publisher=publisher,
        workspaces=ground.workspaces,
        closures=ground.settings.closures,
        now=_now,
        ran=ground.metrics.ran,
    )
    reconcile = Reconcile(
        book=ground.schedule_store,
        watch_list=watch_list,
        publisher=publisher,
        schedules=ground.schedules,
        events=events,
        workspaces=ground.workspaces,
        now=_now,
    )
    return Housekeeping(redis, [watchdog.chore, reconcile.chore], outages=(RedisUnavailable,))


async def _warm(models: Models) -> None:
    """Have models and calendars ready before anyone waits for them, and spare the garbage collector what
    stays anyway: LangChain's objects alone make its full rounds pause everything for 0.2 s."""
    await models.warm()
    await asyncio.to_thread(load_calendars)
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
    sys.exit(serve_app(create_app(settings), listener, log_level=settings.log_level))


if __name__ == "__main__":
    main()
