"""Settings → the services that everything else is built on: the real one, or its stand-in on this machine.

The clients are the same in either case; only addresses and credentials differ.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, assert_never

import redis.asyncio
from redis.exceptions import RedisError
from starlette.routing import BaseRoute, Mount
from upstash_redis.asyncio import Redis

from bot import demo, shortcuts
from bot.errors import RedisUnavailable, SlackError
from bot.install import INSTALL
from bot.model import ChatModel, Model, ModelSettings, NoModelConfigured
from bot.reach import Reach, reach_slack
from bot.replies import COMMAND, DESCRIPTION, SUMMARISE, SUMMARISE_DESCRIPTION, USAGE_HINT
from bot.settings import Embedded, HostedQStash, RestRedis, Settings, SocketRedis
from bot.slack_settings import HttpSlack, ManySlack, RealSlack, SocketSlack
from bot.upstash import rest_redis, socket_redis
from scheduler import Publisher, Receiver

Row = tuple[str, str, str]
"""Service, real or embedded, and where: for the one who starts it."""

EVENTS: Final = (
    "app_uninstalled",
    "tokens_revoked",
    "team_access_revoked",
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
    "user_change",
)
"""What the app subscribes to, as manifest.yml has it."""

_NO_MODEL: Final[Row] = ("Model", "none", "set OPENAI_API_KEY, OPENAI_BASE_URL or PRECACHE_MODEL")


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the process is connected to."""

    redis: Redis
    publisher: Publisher
    receiver: Receiver
    slack: Reach
    model: Model
    model_timeout: timedelta
    stand_ins: StandIns
    table: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """The services that run inside this process."""

    routes: list[BaseRoute] = field(default_factory=list)
    hang_ups: list[Callable[[], None]] = field(default_factory=list)

    def hang_up(self) -> None:
        """End the pages' streams, which would otherwise hold the process up when it is told to stop."""
        for each in self.hang_ups:
            each()


class CannotStart(Exception):
    """Something that is needed from the beginning is not there; the message is for the operator."""


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Services]:
    """Everything that `settings` name, and a stand-in for each service they do not."""
    async with AsyncExitStack() as stack:
        try:
            services = await _open(stack, settings)
        except (RedisError, RedisUnavailable, SlackError, OSError) as exc:
            raise CannotStart(f"cannot start: {exc}") from exc
        yield services


async def _open(stack: AsyncExitStack, settings: Settings) -> Services:
    stand_ins = StandIns()
    own = await _own_redis(stack, settings)
    store, redis_row = await _redis(stack, settings, own)
    qstash, qstash_row = await _qstash(stack, settings, own, stand_ins)
    slack, slack_row = await _slack(stack, settings, own, stand_ins)
    model, model_timeout, model_row = await _model(stack, settings)
    return Services(
        redis=store,
        publisher=await stack.enter_async_context(
            Publisher.connect(token=qstash.token, base_url=qstash.url, announce_url=settings.announce_url)
        ),
        receiver=Receiver(
            current_key=qstash.current_key, next_key=qstash.next_key, url=settings.announce_url
        ),
        slack=await stack.enter_async_context(
            reach_slack(slack, redis=store, public_url=settings.public_url, now=_now)
        ),
        model=model,
        model_timeout=model_timeout,
        stand_ins=stand_ins,
        table=(redis_row, qstash_row, slack_row, model_row),
    )


@dataclass(frozen=True, kw_only=True)
class _OwnRedis:
    """The Redis that the stand-ins keep their data in: the configured one, if it has a socket."""

    url: str
    client: redis.asyncio.Redis
    folder: Path | None


async def _own_redis(stack: AsyncExitStack, settings: Settings) -> _OwnRedis | None:
    if not any(isinstance(each, Embedded) for each in (settings.redis, settings.qstash, settings.slack)):
        return None
    if isinstance(settings.redis, SocketRedis):
        url, folder = settings.redis.url, None
    else:
        from scheduler.embedded import ValkeyFailed, ValkeyMissing, run_valkey

        folder = settings.data
        try:
            url = f"unix://{await stack.enter_async_context(run_valkey(folder))}"
        except (ValkeyMissing, ValkeyFailed) as exc:
            raise CannotStart(str(exc)) from exc
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, socket_timeout=5)
    stack.push_async_callback(pool.aclose)
    return _OwnRedis(url=url, client=redis.asyncio.Redis(connection_pool=pool), folder=folder)


async def _redis(stack: AsyncExitStack, settings: Settings, own: _OwnRedis | None) -> tuple[Redis, Row]:
    match settings.redis:
        case RestRedis(url=url, token=token):
            row = ("Redis", "Upstash", url)
            return await stack.enter_async_context(rest_redis(url, token)), row
        case SocketRedis(url=url):
            row = ("Redis", "yours", url.rpartition("@")[2].removeprefix("redis://"))
            return await stack.enter_async_context(socket_redis(url)), row
        case Embedded():
            assert own is not None  # noqa: S101 - it is made for this very case
            row = ("Redis", "embedded", f"a Valkey in {settings.data}")
            return await stack.enter_async_context(socket_redis(own.url)), row


async def _qstash(
    stack: AsyncExitStack, settings: Settings, own: _OwnRedis | None, stand_ins: StandIns
) -> tuple[HostedQStash, Row]:
    if isinstance(settings.qstash, HostedQStash):
        return settings.qstash, ("QStash", "hosted", f"{settings.qstash.url} calls {settings.announce_url}")
    from scheduler.embedded import EmbeddedQStash, load_credentials

    assert own is not None  # noqa: S101 - it is made for this very case
    credentials = await load_credentials(own.client)
    stand_in = EmbeddedQStash(own.client, credentials, own_url=settings.announce_url)
    await stack.enter_async_context(stand_in.running())
    stand_ins.routes.append(Mount("/qstash", app=stand_in.app))
    url = f"{settings.own_url}/qstash"
    qstash = HostedQStash(
        token=credentials.token, current_key=credentials.current, next_key=credentials.next, url=url
    )
    path = _write_credentials(settings.data, qstash)
    return qstash, ("QStash", "embedded", f"{url}, token and keys in {path}")


async def _slack(
    stack: AsyncExitStack, settings: Settings, own: _OwnRedis | None, stand_ins: StandIns
) -> tuple[RealSlack, Row]:
    match settings.slack:
        case HttpSlack():
            return settings.slack, ("Slack", "real", f"{settings.public_url}/slack/events")
        case SocketSlack():
            return settings.slack, ("Slack", "real", "over a WebSocket (Socket Mode)")
        case ManySlack():
            return settings.slack, ("Slack", "real", f"add it from {settings.public_url}{INSTALL}")
        case Embedded():
            return await _sandbox(stack, settings, own, stand_ins)
        case _:
            assert_never(settings.slack)


async def _sandbox(
    stack: AsyncExitStack, settings: Settings, own: _OwnRedis | None, stand_ins: StandIns
) -> tuple[RealSlack, Row]:
    from bot.sandbox import Sandbox, Shortcut, SlashCommand

    assert own is not None  # noqa: S101 - it is made for this very case
    slack = HttpSlack(
        bot_token=f"xoxb-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        api_url=f"{settings.own_url}/sandbox/api/",
    )
    sandbox = Sandbox(
        own.client,
        app_url=f"{settings.own_url}/slack/events",
        own_url=settings.own_url,
        bot_token=slack.bot_token,
        signing_secret=slack.signing_secret,
        subscriptions=EVENTS,
        shortcuts=[
            Shortcut(
                type="message",
                name=SUMMARISE,
                callback_id=shortcuts.SUMMARISE,
                description=SUMMARISE_DESCRIPTION,
            )
        ],
        commands=[SlashCommand(command=COMMAND, description=DESCRIPTION, usage_hint=USAGE_HINT)],
    )
    await stack.enter_async_context(sandbox.running())
    stand_ins.routes.extend(sandbox.routes)
    stand_ins.hang_ups.append(sandbox.hang_up)
    return slack, ("Slack", "embedded", f"open {settings.own_url}")


async def _model(stack: AsyncExitStack, settings: Settings) -> tuple[Model, timedelta, Row]:
    if isinstance(settings.model, ModelSettings):
        chat = ChatModel(settings.model)
        stack.push_async_callback(chat.aclose)
        where = f"{chat.name} at {settings.model.base_url}" if settings.model.base_url else chat.name
        return chat, settings.model.timeout, ("Model", "real", where)
    if not demo.installed():
        return (
            NoModelConfigured(),
            timedelta(0),
            _NO_MODEL,
        )
    model = await stack.enter_async_context(demo.demo_model())
    row = ("Model", "embedded", "a small demo model, whose answers are often wrong")
    return model, demo.LOADING + ModelSettings.timeout, row


def _now() -> datetime:
    return datetime.now(UTC)


def _write_credentials(folder: Path, qstash: HostedQStash) -> Path:
    """What a developer needs to publish by hand; for their eyes alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "qstash.env"
    path.touch(mode=0o600)
    path.write_text(
        f"QSTASH_URL={qstash.url}\nQSTASH_TOKEN={qstash.token}\n"
        f"QSTASH_CURRENT_SIGNING_KEY={qstash.current_key}\nQSTASH_NEXT_SIGNING_KEY={qstash.next_key}\n"
    )
    return path
