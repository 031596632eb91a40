"""The whole application, wired in the order in which data flows."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Router

from bot.background import Background
from bot.model import Models
from bot.server.chores import build_housekeeping
from bot.server.clock import Now, real_time
from bot.server.connect import Services, connect_services
from bot.server.endpoints import Endpoint, State, routes, serve_stand_ins
from bot.server.ground import Ground, build_ground
from bot.server.road import Road, build_road
from bot.server.serve import startup_table
from bot.server.slack_endpoint import make_bolt_app, make_slack_endpoint
from bot.server.surface import Surface, build_surface
from bot.settings import Settings
from bot.stats import metrics_endpoint
from scheduler import load_calendars

logger = logging.getLogger("precache")

Connect = Callable[[Settings], AbstractAsyncContextManager[Services]]


def create_app(settings: Settings, connect: Connect = connect_services, *, now: Now = real_time) -> Starlette:
    """Make the application; nothing is opened before its lifespan begins.

    `connect` opens the services. `now` is the clock of everything that decides when; a test may hand in one
    that is wrong.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with connect(settings) as services, Background() as background:
            ground = build_ground(settings, services, background=background, now=now)
            surface, road = build_surface(ground), build_road(ground)
            slack = make_bolt_app(ground.workspaces, services.slack.client)
            surface.register(slack)
            _start_tasks(ground, surface)
            housekeeping = build_housekeeping(ground, events=surface.events)
            async with aclosing(road.answers), services.slack.listening(slack), housekeeping.running():
                logger.info("ready\n%s", startup_table(settings, services.table))
                secret = services.slack.signing_secret
                slack_events = make_slack_endpoint(slack, signing_secret=secret) if secret else None
                yield _state_of(ground, road, slack_events)

    app = Starlette(lifespan=lifespan, routes=routes())
    # Not a mount at "/": that would answer 404, and not 405, to a GET of what only takes a POST.
    app.router.default = serve_stand_ins
    return app


def _start_tasks(ground: Ground, surface: Surface) -> None:
    """Begin what no one waits for; a later start goes on with what is cut off."""
    background, installations = ground.background, ground.services.slack.installations
    background.start(warm_up(ground.services.models), name="warm", resumable=True)
    background.start(surface.leave.finish_leaving(), name="leave", resumable=True)
    if installations is not None:
        background.start(installations.reseal_at_start(), name="reseal", resumable=True)


def _state_of(ground: Ground, road: Road, slack_events: Endpoint | None) -> State:
    services = ground.services
    return State(
        announcer=road.announcer,
        receiver=services.receiver,
        now=ground.now,
        redis=services.redis,
        metrics=ground.metrics,
        metrics_page=metrics_endpoint(ground.metrics, token=ground.settings.metrics_token),
        slack_events=slack_events,
        install=services.slack.install,
        stand_ins=Router(services.stand_ins.routes),
        end_streams=services.stand_ins.end_streams,
    )


async def warm_up(models: Models) -> None:
    """Load models and calendars before anyone waits for them, and spare the garbage collector what stays.

    LangChain's objects alone make its full rounds pause everything for 0.2 s.
    """
    await models.get_all_ready()
    await asyncio.to_thread(load_calendars)
    gc.collect()
    gc.freeze()
