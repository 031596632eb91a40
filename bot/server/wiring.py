"""The whole application, wired in the order in which data flows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Router
from starlette.types import ASGIApp

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.model import ModelsSettings
from bot.server.checks.models import find_missing_packages
from bot.server.checks.probes import probe_services
from bot.server.checks.readiness import Readiness
from bot.server.connect.clock import Now, real_time
from bot.server.connect.failure import CannotStart
from bot.server.connect.services import Services, connect_services
from bot.server.deliveries import DeliveryDoor
from bot.server.endpoints import Endpoint, State, bot_routes, serve_stand_ins
from bot.server.intake.bodies import AbortedBodies
from bot.server.intake.briefly_kept import BrieflyKept
from bot.server.intake.closing import Closing
from bot.server.intake.kept_prefix import KeptPrefix
from bot.server.intake.seldom import Seldom
from bot.server.parts.chores import build_housekeeping, count_late_slots
from bot.server.parts.ground import Ground, build_ground
from bot.server.parts.road import Road, build_road
from bot.server.parts.surface import Surface, build_intake, build_surface
from bot.server.slack_endpoint import make_bolt_app, make_slack_endpoint
from bot.server.socket_connection import SocketConnection
from bot.server.starting import Start, make_round_trip, open_socket
from bot.settings import Settings
from bot.stats import metrics_endpoint
from bot.workspaces import Hears

_PROBED: Final = 5.0
"""Seconds for which it is kept how each service does: anyone may ask."""

Connect = Callable[[Settings], AbstractAsyncContextManager[Services]]


def create_app(settings: Settings, connect: Connect = connect_services, *, now: Now = real_time) -> ASGIApp:
    """Make the application; nothing is opened before its lifespan begins.

    `connect` opens the services. `now` is the clock of everything that decides when; a test may hand in one
    that is wrong.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        refuse_missing_packages(settings)
        async with connect(settings) as services, Background() as background:
            ground = build_ground(settings, services, background=background, now=now)
            surface, road = build_surface(ground), build_road(ground)
            seldom = Seldom()
            bolt = make_bolt_app(ground.workspaces, services.slack.client, seldom=seldom)
            slack = build_intake(ground, surface, bolt)
            housekeeping = build_housekeeping(ground, events=surface.events, intake=slack)
            begin_rest = partial(_start_tasks, ground, surface)
            start = _make_start(ground, socket=open_socket(services, slack), when_checked=begin_rest)
            async with (
                aclosing(road.answers),
                _run_connection(start.socket),
                housekeeping.running(),
                start.running(),
            ):
                endpoint = _make_slack_endpoint(ground, slack, seldom)
                yield _state_of(ground, road, start, endpoint, seldom, Closing())

    prefix = settings.public_path
    middleware = [Middleware(KeptPrefix, prefix=prefix)] if prefix else []
    app = Starlette(lifespan=lifespan, routes=bot_routes(), middleware=middleware)
    # Not a mount at "/": that would answer 404, and not 405, to a GET of what only takes a POST.
    app.router.default = serve_stand_ins
    return AbortedBodies(DeliveryDoor(app, prefix=prefix))


def refuse_missing_packages(settings: Settings) -> None:
    """Raise `CannotStart` if a model's package is not installed: every answer of it would fail."""
    if isinstance(settings.models, ModelsSettings):
        missing = [finding.advice for finding in find_missing_packages(settings.models)]
        if missing:
            raise CannotStart("\n".join(missing))


def _make_start(
    ground: Ground, *, socket: SocketConnection | None, when_checked: Callable[[], None]
) -> Start:
    settings, services = ground.settings, ground.services
    return Start(
        settings=settings,
        services=services,
        readiness=Readiness(),
        round_trip=make_round_trip(settings, services, now=ground.now),
        socket=socket,
        when_checked=when_checked,
    )


def _run_connection(socket: SocketConnection | None) -> AbstractAsyncContextManager[None]:
    return nullcontext() if socket is None else socket.running()


def _make_slack_endpoint(ground: Ground, slack: Hears, seldom: Seldom) -> Endpoint | None:
    secret = ground.services.slack.signing_secret
    if not secret:
        return None
    count = ground.metrics.count_turned_away
    return make_slack_endpoint(slack, signing_secret=secret, count_turned_away=count, seldom=seldom)


def _start_tasks(ground: Ground, surface: Surface) -> None:
    """Begin what no one waits for; a later start goes on with what is cut off."""
    background, installations = ground.background, ground.services.slack.installations
    background.start_task(surface.leave.finish_leaving(), name="leave", resumable=True)
    if installations is not None:
        background.start_task(installations.reseal_at_start(), name="reseal", resumable=True)


async def _count_or_none(count: Callable[[], Awaitable[int]]) -> int | None:
    try:
        return await count()
    except RedisUnavailable:  # which the log and /readyz tell
        return None


def _state_of(
    ground: Ground,
    road: Road,
    start: Start,
    slack_events: Endpoint | None,
    seldom: Seldom,
    closing: Closing,
) -> State:
    services, count_late = ground.services, BrieflyKept(partial(count_late_slots, ground))
    return State(
        announcer=road.announcer,
        receiver=services.receiver,
        now=ground.now,
        count_late=count_late,
        probe_services=BrieflyKept(partial(probe_services, ground.settings, services), kept=_PROBED),
        metrics=ground.metrics,
        metrics_page=metrics_endpoint(
            ground.metrics,
            token=ground.settings.metrics_token,
            count_late=partial(_count_or_none, count_late),
        ),
        slack_events=slack_events,
        install=services.slack.install,
        stand_ins=Router(services.stand_ins.routes),
        end_streams=services.stand_ins.end_streams,
        background=ground.background,
        readiness=start.readiness,
        round_trip=start.round_trip,
        seldom=seldom,
        closing=closing,
    )
