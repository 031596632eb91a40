"""The real process, and beside it the services that it is configured for, each behind an ear."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.replies import SUMMARISE, SUMMARISE_DESCRIPTION
from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT
from bot.sandbox import OAuthApp, Sandbox, Shortcut, SlashCommand
from bot.server.connect import EVENTS
from bot.settings import Settings
from bot.ui import SUMMARISE_CALLBACK
from scheduler.embedded import Credentials, EmbeddedQStash
from tests.marked.ear import Ear
from tests.marked.markers import mark
from tests.running import Precache
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.serve import serve
from tests.stand_ins.upstash import Upstash, upstash
from tests.waiting import wait_until

APP: Final = Path(__file__).parents[2] / "app.py"
SECRETS: Final = {
    name: f"{prefix}{mark(name)}"
    for name, prefix in {
        "SLACK_BOT_TOKEN": "xoxb-",
        "SLACK_APP_TOKEN": "xapp-",
        "SLACK_SIGNING_SECRET": "",
        "SLACK_CLIENT_SECRET": "",
        "QSTASH_TOKEN": "",
        "QSTASH_CURRENT_SIGNING_KEY": "sig_",
        "QSTASH_NEXT_SIGNING_KEY": "sig_",
        "UPSTASH_REDIS_REST_TOKEN": "",
        "redis password": "",
        "OPENAI_API_KEY": "sk-",
        "PRECACHE_METRICS_TOKEN": "",
        "heartbeat": "",
    }.items()
} | {"PRECACHE_KEY": urlsafe_b64encode(mark("PRECACHE_KEY").encode()).decode()}
"""By the name of the setting, as it is set."""
_LISTENS: Final = "0A"  # TCP_LISTEN in /proc/net/tcp
CLIENT_ID: Final = "111.222"
COMMANDS: Final = [SlashCommand(command=COMMAND, description=DESCRIPTION, usage_hint=USAGE_HINT)]
SHORTCUTS: Final = [
    Shortcut(
        type="message", name=SUMMARISE, callback_id=SUMMARISE_CALLBACK, description=SUMMARISE_DESCRIPTION
    )
]


@dataclass(kw_only=True)
class House:
    """The process, and what stands around it."""

    bot: Precache
    town: Precache
    """The workspace: where people type and read."""
    slack: Ear
    qstash: Ear
    site: Ear
    redis: Upstash | None
    model: OpenAI
    site_url: str
    process: asyncio.subprocess.Process
    log: Path
    outsiders: list[bytes] = field(default_factory=list)
    """The answers to those who have no business here."""

    async def ask_unsigned(self, method: str, path: str, **request: Any) -> int:
        """The status for one who can sign nothing; the answer is kept."""
        async with self.bot.http.request(
            method, f"{self.bot.url}{path}", allow_redirects=False, **request
        ) as answer:
            heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            self.outsiders.append(heads.encode() + b"\n" + await answer.read())
            return answer.status

    @property
    def asked(self) -> bytes:
        """All that the process has sent to its services."""
        asked = [self.slack.asked, self.qstash.asked, self.site.asked]
        asked += [str(self.model.bodies).encode(), str(self.model.headers).encode()]
        if self.redis is not None:
            asked += [str(self.redis.headers).encode(), str(self.redis.commands).encode()]
        return b"\n".join(asked)

    @property
    def said(self) -> str:
        """All that the process has written to its two streams."""
        return self.log.read_text(errors="replace")

    async def stop(self) -> None:
        """Stop it as an operator does who is in a hurry."""
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGINT)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), timeout=2)


@asynccontextmanager
async def open_house(
    folder: Path, *, valkey: Path, redis: RawRedis, level: str, is_socket: bool
) -> AsyncIterator[House]:
    """All of it; with `is_socket` Slack is reached by Socket Mode, and Redis with a password."""
    async with AsyncExitStack() as stack:
        around = await _open_services(stack, valkey=valkey, redis=redis, is_socket=is_socket)
        if is_socket:  # the process asks Slack for an address when it starts
            await _open_slack(stack, around, redis, app_url="http://127.0.0.1:9", is_socket=True)
        log = folder / "log"
        environ = _common_settings(around) | _settings_of_services(around, valkey, is_socket=is_socket)
        environ |= {"LOG_LEVEL": level, "PRECACHE_DATA": str(folder / "data")}
        process = await stack.enter_async_context(_running(folder, log, environ))
        url = await wait_until(lambda: _find_address(process, log), "the process listens")
        if not is_socket:
            await _open_slack(stack, around, redis, app_url=url, is_socket=False)
        # A connection for each request: the process closes one on which something went wrong.
        connector, jar = aiohttp.TCPConnector(force_close=True), aiohttp.CookieJar(unsafe=True)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))
        bot = Precache(url=url, http=http, settings=Settings.from_environ({}))
        yield House(
            bot=bot,
            town=replace(bot, url=around.slack_url),
            slack=around.slack,
            qstash=around.qstash,
            site=around.site,
            redis=around.redis,
            model=around.model,
            site_url=around.site_url,
            process=process,
            log=log,
        )


@dataclass(frozen=True, kw_only=True)
class _Around:
    """The services, and where they are."""

    workspace: Starlette
    """Gets the routes of Slack when it is there."""
    slack: Ear
    slack_url: str
    qstash: Ear
    qstash_url: str
    site: Ear
    site_url: str
    model: OpenAI
    redis: Upstash | None


async def _open_services(stack: AsyncExitStack, *, valkey: Path, redis: RawRedis, is_socket: bool) -> _Around:
    """Everything but Slack; in Socket Mode, the process has its QStash inside."""
    workspace, carrier = Starlette(), Starlette()
    slack, qstash = Ear(workspace), Ear(carrier)
    site = Ear(Starlette(routes=[Route("/{path:path}", _show_page)]))
    rest: Upstash | None = None
    if is_socket:
        await redis.execute_command(  # type: ignore[no-untyped-call]  # redis-py
            "ACL", "SETUSER", "precache", "on", f">{SECRETS['redis password']}", "~*", "&*", "+@all"
        )
    else:
        rest = await stack.enter_async_context(upstash(valkey))
        rest.token = SECRETS["UPSTASH_REDIS_REST_TOKEN"]
        credentials = Credentials(
            token=SECRETS["QSTASH_TOKEN"],
            current=SECRETS["QSTASH_CURRENT_SIGNING_KEY"],
            next=SECRETS["QSTASH_NEXT_SIGNING_KEY"],
        )
        embedded = EmbeddedQStash(redis, credentials)
        carrier.router.routes.append(Mount("/qstash", app=embedded.app))
        await stack.enter_async_context(embedded.running())
    return _Around(
        workspace=workspace,
        slack=slack,
        slack_url=await stack.enter_async_context(serve(slack)),
        qstash=qstash,
        qstash_url=f"{await stack.enter_async_context(serve(qstash))}/qstash",
        site=site,
        site_url=await stack.enter_async_context(serve(site)),
        model=await stack.enter_async_context(openai()),
        redis=rest,
    )


def _common_settings(around: _Around) -> dict[str, str]:
    return {
        "PORT": "0",
        "SLACK_API_URL": f"{around.slack_url}/sandbox/api/",
        "OPENAI_BASE_URL": around.model.url,
        "OPENAI_API_KEY": SECRETS["OPENAI_API_KEY"],
        "PRECACHE_MODEL": "openai:test",
        "PRECACHE_FALLBACKS": "openai:other",
        "PRECACHE_NETWORKS": "127.0.0.1/32",
        "PRECACHE_LIMIT": "1000/1s",
        "PRECACHE_LEAD": "3600",
        "PRECACHE_METRICS_TOKEN": SECRETS["PRECACHE_METRICS_TOKEN"],
        "PRECACHE_HEARTBEAT_URL": f"{around.site_url}/{SECRETS['heartbeat']}",
    }


def _settings_of_services(around: _Around, valkey: Path, *, is_socket: bool) -> dict[str, str]:
    if is_socket:
        return {
            "LOG_FORMAT": "json",
            "REDIS_URL": f"unix://precache:{SECRETS['redis password']}@{valkey}",
            **{name: SECRETS[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")},
        }
    assert around.redis is not None
    secret = (
        *("SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "PRECACHE_KEY", "UPSTASH_REDIS_REST_TOKEN"),
        *("QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"),
    )
    return {
        "UPSTASH_REDIS_REST_URL": around.redis.url,
        "QSTASH_URL": around.qstash_url,
        "SLACK_CLIENT_ID": CLIENT_ID,
        **{name: SECRETS[name] for name in secret},
    }


async def _open_slack(
    stack: AsyncExitStack, around: _Around, redis: RawRedis, *, app_url: str, is_socket: bool
) -> None:
    """A workspace that sends to `app_url`, or over the WebSocket that the app opens."""
    oauth = OAuthApp(
        client_id=CLIENT_ID,
        client_secret=SECRETS["SLACK_CLIENT_SECRET"],
        redirect_urls=[f"{app_url}/slack/oauth_redirect"],
    )
    sandbox = Sandbox(
        redis,
        app_url=f"{app_url}/slack/events",
        own_url=around.slack_url,
        signing_secret=SECRETS["SLACK_SIGNING_SECRET"],
        bot_token=SECRETS["SLACK_BOT_TOKEN"] if is_socket else None,
        app_token=SECRETS["SLACK_APP_TOKEN"] if is_socket else None,
        oauth=None if is_socket else oauth,
        commands=COMMANDS,
        shortcuts=SHORTCUTS,
        subscriptions=EVENTS,
        patience=30,
    )
    around.workspace.router.routes.extend(sandbox.routes)
    await stack.enter_async_context(sandbox.running())


@asynccontextmanager
async def _running(
    folder: Path, log: Path, environ: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    outside = folder / "outside"
    outside.mkdir()
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, APP, "--env", os.devnull),
            env={"PATH": os.environ["PATH"], "HOME": str(outside), "TMPDIR": str(outside), **environ},
            cwd=outside,
            stdout=written,
            stderr=written,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _find_address(process: asyncio.subprocess.Process, log: Path) -> str | None:
    """The address at which a process listens; the log tells it only at some levels."""
    assert process.returncode is None, log.read_text()
    inodes = set()
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            inodes.update(re.findall(r"^socket:\[(\d+)\]$", str(link.readlink())))
    for line in Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state == _LISTENS and inode in inodes:
            return f"http://127.0.0.1:{int(local.rpartition(':')[2], 16)}"
    return None


async def _show_page(request: Request) -> Response:
    if request.path_params["path"] == "robots.txt":
        return PlainTextResponse("", 404)
    return PlainTextResponse(f"It was said that {mark('page')} is what matters.\n" * 3)
