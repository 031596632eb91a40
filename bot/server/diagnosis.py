"""Everything that the settings name, looked at once and side by side, for an operator who asks.

It works before the first start and beside a copy that serves. Where none does, the process listens itself for
as long as it looks, so that what QStash brings back has somewhere to go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final, TypedDict, assert_never

import aiohttp
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import RedisUnavailable
from bot.model import Models, ModelsSettings, is_demo_installed
from bot.server import uvicorn_package as uvicorn
from bot.server.checks.address import check_address
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unasked_finding,
)
from bot.server.checks.machine import check_folder, check_zone_data
from bot.server.checks.models import examine_models, find_missing_packages
from bot.server.checks.redis import check_redis, compare_redis_clock, explain_silence, measure_redis
from bot.server.checks.round_trip import PATIENCE, RoundTrip
from bot.server.checks.slack import check_reach, check_slack
from bot.server.checks.slack_app import check_app_token, check_credentials, check_manifest
from bot.server.connect.clock import real_time
from bot.server.connect.failure import CannotStart
from bot.server.connect.reach import oauth_app_of
from bot.server.connect.redis import open_own_redis, open_redis
from bot.server.connect.slack import EVENTS
from bot.server.connect.table import public_part
from bot.server.connect.telemetry import missing_telemetry
from bot.server.deliveries import ANNOUNCE
from bot.server.endpoints import SLACK_EVENTS, report_health, take_check
from bot.server.intake.kept_prefix import KeptPrefix
from bot.server.serve import open_listener
from bot.settings import (
    Embedded,
    HostedQStash,
    HttpSlack,
    ManySlack,
    RealSlack,
    RestRedis,
    Settings,
    SocketRedis,
    SocketSlack,
)
from bot.slack import Slack, connect_slack
from bot.storage import CountedRedis
from scheduler import CHECK, Publisher, Receiver

_WITHIN: Final = timedelta(seconds=10)
_INSIDE: Final = "runs inside the process; nothing to ask"

Ask = Callable[[], Awaitable[Sequence[Finding]]]


async def diagnose_services(
    settings: Settings, *, config_token: str | None = None, patience: timedelta = PATIENCE
) -> list[Finding]:
    """Ask every service once; the findings come in the order in which one needs another.

    `config_token` lets Slack show how the app is set up. `patience` is for what QStash brings back.
    """
    async with AsyncExitStack() as stack:
        try:
            own = await open_own_redis(stack, settings)
            redis, _ = await open_redis(stack, settings, own)
        except (CannotStart, OSError, RedisUnavailable) as exc:
            redis, findings = None, [refused_finding("Redis", str(exc))]
        else:
            findings = []
        asked: list[Ask] = [
            partial(_look_at_machine, settings),
            partial(_look_at_redis, settings, redis),
            partial(_look_at_roads, settings, redis, patience),
            partial(_look_at_slack, settings, config_token),
            partial(_look_at_models, settings),
        ]
        found = await asyncio.gather(*(ask() for ask in asked))
    return [*findings, *(finding for some in found for finding in some)]


async def _look_at_machine(settings: Settings) -> list[Finding]:
    services = (settings.redis, settings.qstash, settings.slack, settings.models)
    keeps_data = any(isinstance(service, Embedded) for service in services)
    missing = missing_telemetry() if settings.traces else None
    return [
        *check_zone_data(now=real_time()),
        *(check_folder(settings.data) if keeps_data else []),
        *([] if missing is None else [refused_finding("Traces", missing)]),
    ]


async def _look_at_redis(settings: Settings, redis: CountedRedis | None) -> list[Finding]:
    if redis is None:
        return []
    match settings.redis:
        case RestRedis(url=url):
            variable, place = "UPSTASH_REDIS_REST_URL", url
        case SocketRedis(url=url):
            variable, place = "REDIS_URL", public_part(url)
        case _:
            variable, place = "PRECACHE_DATA", str(settings.data)
    findings = await check_redis(redis, variable=variable, place=place)
    if any(finding.blocks or finding.state == "unreached" for finding in findings):
        return findings
    problems = [finding for finding in findings if finding.state != "fine"]
    try:
        measured = await measure_redis(redis)
        return [*problems, *await compare_redis_clock(redis, now=real_time), fine_finding("Redis", measured)]
    except RedisUnavailable as exc:
        return [*problems, explain_silence(exc, variable=variable, place=place)]


# QStash, and the way from it to us


async def _look_at_roads(
    settings: Settings, redis: CountedRedis | None, patience: timedelta
) -> list[Finding]:
    """The address, and a message through QStash that comes back to it; the copy that serves is asked too."""
    async with AsyncExitStack() as stack:
        round_trip = await _open_round_trip(stack, settings, redis, patience)
        paths = _paths_from_outside(settings)
        copy = await (_listen_or_find_copy(stack, settings, round_trip) if paths else _look_at_copy(settings))
        address = await check_address(settings.public_url, paths) if paths else []
        return [*copy, *address, *await _look_at_qstash(settings, round_trip)]


def _paths_from_outside(settings: Settings) -> list[str]:
    """What QStash and Slack call at PUBLIC_URL, where they are not embedded."""
    return [
        *([ANNOUNCE] if isinstance(settings.qstash, HostedQStash) else []),
        *([SLACK_EVENTS] if isinstance(settings.slack, HttpSlack | ManySlack) else []),
    ]


async def _open_round_trip(
    stack: AsyncExitStack, settings: Settings, redis: CountedRedis | None, patience: timedelta
) -> RoundTrip | None:
    qstash = settings.qstash
    if redis is None or not isinstance(qstash, HostedQStash):
        return None
    publisher = await stack.enter_async_context(
        Publisher.connect(token=qstash.token, base_url=qstash.url, announce_url=settings.announce_url)
    )
    return RoundTrip(
        publisher=publisher,
        receiver=Receiver(
            current_key=qstash.current_key, next_key=qstash.next_key, url=settings.announce_url
        ),
        redis=redis,
        check_url=settings.announce_url + CHECK,
        now=real_time,
        patience=patience,
    )


async def _look_at_qstash(settings: Settings, round_trip: RoundTrip | None) -> list[Finding]:
    if isinstance(settings.qstash, Embedded):
        return [fine_finding("QStash", _INSIDE)]
    if round_trip is None:
        return [unasked_finding("QStash", "not asked, for what it brings back is kept in Redis")]
    sent = await round_trip.send_message()
    if any(finding.state != "fine" for finding in sent):
        return sent
    returned = await round_trip.wait_for_return()
    told = [finding for finding in returned if finding.state != "fine"]
    return told or [fine_finding("QStash", "takes our token; what it signs comes back to us")]


class _ListenerState(TypedDict):
    round_trip: RoundTrip | None


async def _listen_or_find_copy(
    stack: AsyncExitStack, settings: Settings, round_trip: RoundTrip | None
) -> list[Finding]:
    try:
        listener, _ = open_listener(settings)
    except OSError:
        return await _look_at_copy(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[_ListenerState]:
        yield {"round_trip": round_trip}

    prefix = settings.public_path
    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/healthz", report_health),
            Route(ANNOUNCE, _turn_away, methods=["POST"]),
            Route(SLACK_EVENTS, _turn_away, methods=["POST"]),
            Route(f"{ANNOUNCE}{CHECK}", take_check, methods=["POST"]),
        ],
        middleware=[Middleware(KeptPrefix, prefix=prefix)] if prefix else [],
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listener]))

    async def end_server() -> None:
        server.should_exit = True
        await serving

    stack.push_async_callback(end_server)
    return [
        fine_finding("Process", f"none serves at {settings.own_url} yet; this one listened there meanwhile")
    ]


async def _turn_away(_: Request) -> Response:
    """What is not signed gets the answer of a copy that serves."""
    return PlainTextResponse("not signed by anyone\n", status_code=401)


async def _look_at_copy(settings: Settings) -> list[Finding]:
    """Ask the copy that serves with these settings on this machine what it says of itself."""
    timeout = aiohttp.ClientTimeout(total=_WITHIN.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{settings.own_url}/readyz") as response,
        ):
            status, text = response.status, (await response.content.read(10_000)).decode(errors="replace")
    except aiohttp.ClientConnectorError:
        return [unasked_finding("Process", f"none serves at {settings.own_url}")]
    except (aiohttp.ClientError, TimeoutError) as exc:
        status, text = 0, type(exc).__name__
    if status == 200 and text.startswith("ok"):
        return [fine_finding("Process", f"the one at {settings.own_url} is ready")]
    if status == 503:
        return [
            doubtful_finding("Process", f"the one at {settings.own_url} is not ready: {line}", blocks=True)
            for line in text.splitlines()
        ]
    return [
        doubtful_finding(
            "Process",
            f"PORT: something that is not Precache listens at {settings.own_url}; take another port",
        )
    ]


# Slack


async def _look_at_slack(settings: Settings, config_token: str | None) -> list[Finding]:
    slack = settings.slack
    if isinstance(slack, Embedded):
        return [fine_finding("Slack", _INSIDE)]
    token = "" if isinstance(slack, ManySlack) else slack.bot_token
    async with connect_slack(token=token, api_url=slack.api_url, within=_WITHIN) as client:
        check = check_reach if isinstance(slack, ManySlack) else check_slack
        findings = await check(client, now=real_time)
        if any(finding.state in ("refused", "unreached") for finding in findings):
            return findings
        return [*findings, *await _look_at_app(settings, slack, client, config_token)]


async def _look_at_app(
    settings: Settings, slack: RealSlack, client: Slack, config_token: str | None
) -> list[Finding]:
    match slack:
        case HttpSlack():
            return await check_manifest(
                client, config_token=config_token, events=EVENTS, public_url=settings.public_url
            )
        case SocketSlack(app_token=app_token):
            return [
                *await check_app_token(client, app_token),
                *await check_manifest(client, config_token=config_token, events=EVENTS, public_url=None),
            ]
        case ManySlack():
            app = oauth_app_of(slack, public_url=settings.public_url)
            return await check_credentials(client, app)
        case _:
            assert_never(slack)


# Models


async def _look_at_models(settings: Settings) -> list[Finding]:
    if not isinstance(settings.models, ModelsSettings):
        if not is_demo_installed():
            return [
                doubtful_finding(
                    "Model",
                    "none is set and the demo model is not installed; set OPENAI_API_KEY, OPENAI_BASE_URL or "
                    "PRECACHE_MODEL",
                )
            ]
        return [fine_finding("Model", "a small demo model, which starts with the process")]
    if missing := find_missing_packages(settings.models):
        return missing
    models = Models.of_settings(settings.models)
    try:
        return await examine_models(models, settings.models, settings.prices)
    finally:
        await models.aclose()
