"""The services that everything else is built on: the real one, or its stand-in on this machine.

The clients are the same in either case; only addresses and credentials differ.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, assert_never

import redis.asyncio
from redis.exceptions import AuthenticationError, RedisError
from starlette.routing import BaseRoute, Mount

from bot import VERSION
from bot.documents import Documents, open_documents
from bot.errors import RedisUnavailable, SlackError, SlackRefused
from bot.fetch import Fetcher, open_fetcher, user_agent
from bot.model import Models, ModelsSettings, NoModelConfigured, demo_model, is_demo_installed
from bot.replies import COMMAND, DESCRIPTION, SUMMARISE, SUMMARISE_DESCRIPTION, USAGE_HINT, model_hint
from bot.server.clock import real_time
from bot.server.slack_connection import Reach, reach_slack
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
from bot.slack import connect_slack
from bot.storage import CountedRedis, rest_redis, socket_redis
from bot.ui import SUMMARISE_CALLBACK
from bot.workspaces import INSTALL
from scheduler import Publisher, Receiver

logger = logging.getLogger(__name__)

Row = tuple[str, str, str]
"""A line for the operator: service, real or embedded, and where."""

EVENTS: Final = (
    "app_uninstalled",
    "tokens_revoked",
    "team_access_revoked",
    "app_home_opened",
    "app_mention",
    "message.im",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
    "user_change",
)
"""The events that the app subscribes to, as in manifest.yml."""

_CHECK: Final = timedelta(seconds=5)
_BAD_TOKEN: Final = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_revoked"})

_NO_MODEL: Final[Row] = ("Model", "none", "set OPENAI_API_KEY, OPENAI_BASE_URL or PRECACHE_MODEL")


@dataclass(frozen=True, kw_only=True)
class Services:
    """All that the process is connected to."""

    redis: CountedRedis
    publisher: Publisher
    receiver: Receiver
    slack: Reach
    models: Models
    fetcher: Fetcher
    documents: Documents
    stand_ins: StandIns
    table: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """The services that run inside this process."""

    routes: list[BaseRoute] = field(default_factory=list)
    stream_endings: list[Callable[[], None]] = field(default_factory=list)

    def end_streams(self) -> None:
        """End the pages' streams, which would otherwise hold the process up when it is told to stop."""
        for end_stream in self.stream_endings:
            end_stream()


class CannotStart(Exception):
    """Something needed from the beginning is missing; the message is for the operator."""


@asynccontextmanager
async def connect_services(settings: Settings) -> AsyncIterator[Services]:
    """Open every service in `settings`, and a stand-in for one that is not set."""
    async with AsyncExitStack() as stack:
        try:
            services = await _open_services(stack, settings)
        except (RedisError, RedisUnavailable, SlackError, OSError) as exc:
            raise CannotStart(f"cannot start: {exc}") from exc
        yield services


async def _open_services(stack: AsyncExitStack, settings: Settings) -> Services:
    stand_ins = StandIns()
    own = await _open_own_redis(stack, settings)
    store, redis_row = await _open_redis(stack, settings, own)
    await _check_token(settings.slack)
    qstash, qstash_row = await _open_qstash(stack, settings, own, stand_ins)
    slack, slack_row = await _choose_slack(stack, settings, own, stand_ins)
    models, model_row = await _open_models(stack, settings)
    return Services(
        redis=store,
        publisher=await stack.enter_async_context(
            Publisher.connect(token=qstash.token, base_url=qstash.url, announce_url=settings.announce_url)
        ),
        receiver=Receiver(
            current_key=qstash.current_key, next_key=qstash.next_key, url=settings.announce_url
        ),
        slack=await stack.enter_async_context(
            reach_slack(slack, redis=store, public_url=settings.public_url, now=real_time)
        ),
        models=models,
        fetcher=await stack.enter_async_context(
            open_fetcher(
                agent=user_agent(version=VERSION, public_url=settings.public_url),
                networks=settings.networks,
            )
        ),
        documents=await stack.enter_async_context(open_documents()),
        stand_ins=stand_ins,
        table=(redis_row, *_valkey_rows(settings, own), qstash_row, slack_row, model_row),
    )


@dataclass(frozen=True, kw_only=True)
class _OwnRedis:
    """The Redis that the stand-ins keep their data in: the configured one, if it has a socket."""

    url: str
    client: redis.asyncio.Redis
    folder: Path | None


async def _open_own_redis(stack: AsyncExitStack, settings: Settings) -> _OwnRedis | None:
    if not any(
        isinstance(service, Embedded) for service in (settings.redis, settings.qstash, settings.slack)
    ):
        return None
    if isinstance(settings.redis, SocketRedis):
        url, folder = settings.redis.url, None
    else:
        from scheduler.embedded import ValkeyFailed, ValkeyMissing, run_valkey

        folder = settings.data
        try:
            url = f"unix://{await stack.enter_async_context(run_valkey(folder))}"
        except OSError as exc:
            raise _unusable_folder(folder, exc) from exc
        except ValkeyMissing as exc:
            raise CannotStart(str(exc)) from exc
        except ValkeyFailed as exc:
            raise CannotStart(f"the Valkey in {folder} (PRECACHE_DATA) does not run: {exc}") from exc
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, socket_timeout=5)
    stack.push_async_callback(pool.aclose)
    client = redis.asyncio.Redis(connection_pool=pool)
    if isinstance(settings.redis, SocketRedis):
        await _check_redis(client, url)
    return _OwnRedis(url=url, client=client, folder=folder)


async def _check_redis(client: redis.asyncio.Redis, url: str) -> None:
    try:
        await client.ping()
    except (RedisError, OSError) as exc:
        if isinstance(exc.__cause__, AuthenticationError):
            raise CannotStart(
                f"REDIS_URL: the Redis at {_public_part(url)} wants another user or password"
            ) from exc
        reason = f"no Redis answers at {_public_part(url)} ({type(exc).__name__})"
        raise CannotStart(f"REDIS_URL: {reason}; start it, or set another address") from exc


def _public_part(url: str) -> str:
    """The part of a Redis's address that cannot be a password."""
    return url.rpartition("@")[2].removeprefix("redis://")


async def _open_redis(
    stack: AsyncExitStack, settings: Settings, own: _OwnRedis | None
) -> tuple[CountedRedis, Row]:
    match settings.redis:
        case RestRedis(url=url, token=token):
            row = ("Redis", "Upstash", url)
            return await stack.enter_async_context(rest_redis(url, token)), row
        case SocketRedis(url=url):
            row = ("Redis", "yours", _public_part(url))
            return await stack.enter_async_context(socket_redis(url)), row
        case Embedded():
            assert own is not None  # noqa: S101 - it is made for this very case
            row = ("Redis", "embedded", f"a Valkey in {settings.data}")
            return await stack.enter_async_context(socket_redis(own.url)), row


def _valkey_rows(settings: Settings, own: _OwnRedis | None) -> list[Row]:
    """The line about the Valkey that keeps what a Redis without a socket cannot."""
    if own is None or not isinstance(settings.redis, RestRedis):
        return []
    services = {"QStash": settings.qstash, "Slack": settings.slack}
    kept = " and ".join(name for name, used in services.items() if isinstance(used, Embedded))
    return [("Valkey", "embedded", f"in {settings.data}, for what the embedded {kept} must not lose")]


async def _check_token(slack: RealSlack | Embedded) -> None:
    """Refuse to start with a token that Slack refuses; a Slack that does not answer may do so later."""
    if not isinstance(slack, HttpSlack | SocketSlack):
        return
    async with connect_slack(token=slack.bot_token, api_url=slack.api_url, within=_CHECK) as client:
        try:
            await client.who_am_i()
        except SlackError as exc:
            if isinstance(exc, SlackRefused) and exc.code in _BAD_TOKEN:
                raise CannotStart(
                    f"SLACK_BOT_TOKEN: Slack refuses it ({exc.code}); copy it again from OAuth & Permissions "
                    "of your app, at https://api.slack.com/apps"
                ) from exc
            logger.warning("slack.unchecked: %s", exc)


async def _open_qstash(
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
    path = _write_credentials(settings, qstash)
    return qstash, ("QStash", "embedded", f"{url}, token and keys in {path}")


async def _choose_slack(
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
            return await _open_sandbox(stack, settings, own, stand_ins)
        case _:
            assert_never(settings.slack)


async def _open_sandbox(
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
        hint=_hint_at_model(settings),
        shortcuts=[
            Shortcut(
                type="message",
                name=SUMMARISE,
                callback_id=SUMMARISE_CALLBACK,
                description=SUMMARISE_DESCRIPTION,
            )
        ],
        commands=[SlashCommand(command=COMMAND, description=DESCRIPTION, usage_hint=USAGE_HINT)],
    )
    await stack.enter_async_context(sandbox.running())
    stand_ins.routes.extend(sandbox.routes)
    stand_ins.stream_endings.append(sandbox.hang_up)
    return slack, ("Slack", "embedded", f"open {settings.own_url}")


def _hint_at_model(settings: Settings) -> str:
    if isinstance(settings.models, ModelsSettings):
        return ""
    return model_hint(demo=is_demo_installed())


async def _open_models(stack: AsyncExitStack, settings: Settings) -> tuple[Models, Row]:
    if isinstance(settings.models, ModelsSettings):
        models = Models.of_settings(settings.models)
        stack.push_async_callback(models.aclose)
        return models, ("Model", "real", _name_models(settings.models))
    if not is_demo_installed():
        return Models(NoModelConfigured()), _NO_MODEL
    model = await stack.enter_async_context(demo_model(settings.data / "model"))
    return Models(model), ("Model", "embedded", "a small demo model, whose answers are often wrong")


def _name_models(models: ModelsSettings) -> str:
    usual = models.usual
    parts = [f"{usual.name} at {usual.base_url}" if usual.base_url else usual.name]
    if models.others:
        parts.append(f"or {', '.join(model.name for model in models.others)} where a schedule says so")
    if models.fallbacks:
        parts.append(f"when it fails {', then '.join(model.name for model in models.fallbacks)}")
    return "; ".join(parts)


def _write_credentials(settings: Settings, qstash: HostedQStash) -> Path:
    """Write down what a developer needs to publish by hand, readable for them alone."""
    path = settings.data / "qstash.env"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(_credentials_file(settings, qstash))
    except OSError as exc:
        raise _unusable_folder(settings.data, exc) from exc
    return path


def _credentials_file(settings: Settings, qstash: HostedQStash) -> str:
    return (
        "# From the Precache that started last on this folder; each start writes it again.\n"
        f"PUBLIC_URL={settings.public_url}\n"
        f"QSTASH_URL={qstash.url}\nQSTASH_TOKEN={qstash.token}\n"
        f"QSTASH_CURRENT_SIGNING_KEY={qstash.current_key}\nQSTASH_NEXT_SIGNING_KEY={qstash.next_key}\n"
    )


def _unusable_folder(folder: Path, exc: OSError) -> CannotStart:
    return CannotStart(f"PRECACHE_DATA: cannot use the folder {folder} ({exc.strerror}); set another one")
