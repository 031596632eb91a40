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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.replies import COMMAND, DESCRIPTION, SUMMARISE, SUMMARISE_DESCRIPTION, USAGE_HINT
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
        served, delivering = Starlette(), Starlette()
        slack, qstash, site = (
            Ear(served),
            Ear(delivering),
            Ear(Starlette(routes=[Route("/{path:path}", _page)])),
        )
        slack_url = await stack.enter_async_context(serve(slack))
        qstash_url = await stack.enter_async_context(serve(qstash))
        site_url = await stack.enter_async_context(serve(site))
        model = await stack.enter_async_context(openai())
        common = {
            "PORT": "0",
            "LOG_LEVEL": level,
            "PRECACHE_DATA": str(folder / "data"),
            "SLACK_API_URL": f"{slack_url}/sandbox/api/",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": SECRETS["OPENAI_API_KEY"],
            "PRECACHE_MODEL": "openai:test",
            "PRECACHE_FALLBACKS": "openai:other",
            "PRECACHE_NETWORKS": "127.0.0.1/32",
            "PRECACHE_LIMIT": "1000/1s",
            "PRECACHE_METRICS_TOKEN": SECRETS["PRECACHE_METRICS_TOKEN"],
            "PRECACHE_HEARTBEAT_URL": f"{site_url}/{SECRETS['heartbeat']}",
        }
        rest: Upstash | None = None
        if is_socket:
            await redis.execute_command(  # type: ignore[no-untyped-call]  # redis-py
                "ACL", "SETUSER", "precache", "on", f">{SECRETS['redis password']}", "~*", "&*", "+@all"
            )
            own = {
                "REDIS_URL": f"unix://precache:{SECRETS['redis password']}@{valkey}",
                "SLACK_BOT_TOKEN": SECRETS["SLACK_BOT_TOKEN"],
                "SLACK_APP_TOKEN": SECRETS["SLACK_APP_TOKEN"],
            }
        else:
            rest = await stack.enter_async_context(upstash(valkey))
            rest.token = SECRETS["UPSTASH_REDIS_REST_TOKEN"]
            own = {
                "UPSTASH_REDIS_REST_URL": rest.url,
                "QSTASH_URL": f"{qstash_url}/qstash",
                "SLACK_CLIENT_ID": CLIENT_ID,
                **{name: secret for name, secret in SECRETS.items() if name.isupper() and name not in common},
            }
            del own["SLACK_BOT_TOKEN"], own["SLACK_APP_TOKEN"]
            credentials = Credentials(
                token=SECRETS["QSTASH_TOKEN"],
                current=SECRETS["QSTASH_CURRENT_SIGNING_KEY"],
                next=SECRETS["QSTASH_NEXT_SIGNING_KEY"],
            )
            carrier = EmbeddedQStash(redis, credentials)
            delivering.router.routes.append(Mount("/qstash", app=carrier.app))
            await stack.enter_async_context(carrier.running())

        @asynccontextmanager
        async def sandbox(app_url: str) -> AsyncIterator[None]:
            oauth = OAuthApp(
                client_id=CLIENT_ID,
                client_secret=SECRETS["SLACK_CLIENT_SECRET"],
                redirect_urls=[f"{app_url}/slack/oauth_redirect"],
            )
            built = Sandbox(
                redis,
                app_url=f"{app_url}/slack/events",
                own_url=slack_url,
                signing_secret=SECRETS["SLACK_SIGNING_SECRET"],
                bot_token=SECRETS["SLACK_BOT_TOKEN"] if is_socket else None,
                app_token=SECRETS["SLACK_APP_TOKEN"] if is_socket else None,
                oauth=None if is_socket else oauth,
                commands=COMMANDS,
                shortcuts=SHORTCUTS,
                subscriptions=EVENTS,
                patience=30,
            )
            served.router.routes.extend(built.routes)
            async with built.running():
                yield

        if is_socket:  # which the process asks for an address when it starts
            await stack.enter_async_context(sandbox("http://127.0.0.1:9"))
        log = folder / "log"
        process = await stack.enter_async_context(_running(folder, log, common | own))
        # A connection for each request: the process closes one on which something went wrong.
        connector, jar = aiohttp.TCPConnector(force_close=True), aiohttp.CookieJar(unsafe=True)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))

        async def serving() -> str | None:
            assert process.returncode is None, log.read_text()
            port = _port_of(process.pid)
            return f"http://127.0.0.1:{port}" if port else None

        url = await wait_until(serving, "the process listens")
        if not is_socket:
            await stack.enter_async_context(sandbox(url))
        bot = Precache(url=url, http=http, settings=Settings.from_environ({}))
        town = Precache(url=slack_url, http=http, settings=bot.settings)
        yield House(
            bot=bot,
            town=town,
            slack=slack,
            qstash=qstash,
            site=site,
            redis=rest,
            model=model,
            site_url=site_url,
            process=process,
            log=log,
        )


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


def _port_of(pid: int) -> int | None:
    """The port on which a process listens; the log tells it only at some levels."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        except FileNotFoundError:
            continue
        if found:
            inodes.add(found[1])
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        (
            _,
            local,
            _,
            state,
            *_,
        ) = (fields := line.split())
        if state == "0A" and fields[9] in inodes:
            return int(local.rpartition(":")[2], 16)
    return None


async def _page(request: Request) -> Response:
    if request.path_params["path"] == "robots.txt":
        return PlainTextResponse("", 404)
    return PlainTextResponse(f"It was said that {mark('page')} is what matters.\n" * 3)
