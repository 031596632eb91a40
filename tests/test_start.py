"""Words to the person who starts it: what is real and where, or what to set."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import tzdata  # type: ignore[import-untyped]  # it has none
from redis.asyncio import Redis as RawRedis

from bot.server.connect import CannotStart, connect_services
from bot.server.connect.services import Services
from bot.server.connect.table import Row
from bot.server.serve import open_listener, startup_table
from bot.server.wiring import create_app, refuse_missing_packages
from bot.settings import Settings
from tests.bot.sandbox.town import ADA
from tests.running import Precache, precache, serving
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import run_qstash
from tests.stand_ins.slack_channel import TOKEN, refuses, slack_channel
from tests.stand_ins.upstash import upstash
from tests.waiting import wait_until

APP = Path(__file__).parents[1] / "app.py"
SOCKET_MODE = {"SLACK_APP_TOKEN": "xapp-1-test", "SLACK_BOT_TOKEN": TOKEN}
NOBODY = "http://127.0.0.1:9"  # no one listens there


async def started(cwd: Path, **environ: str) -> tuple[int | None, str]:
    """`python app.py` that ends by itself: its exit status, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, APP, "--env", os.devnull),
        env={"PATH": os.environ["PATH"], "PORT": "0", "OPENAI_BASE_URL": NOBODY, **environ},
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), timeout=30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, said.decode()


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"PRECACHE_DATA": "a-file/data"},
            "PRECACHE_DATA: cannot use the folder a-file/data (Not a directory)",
        ),
        (
            {"REDIS_URL": "redis://me:pa55word@127.0.0.1:9/1"},
            "REDIS_URL: no Redis answers at 127.0.0.1:9/1; start it, or set another address",
        ),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence(
    tmp_path: Path, environ: dict[str, str], told: str
) -> None:
    (tmp_path / "a-file").touch()
    status, said = await started(tmp_path, **environ)
    assert status == 1
    (line,) = said.splitlines()
    assert told in line
    assert "uvicorn" not in line
    assert "pa55word" not in line


async def test_a_folder_for_the_keys_that_cannot_be_used_is_named(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    (tmp_path / "a-file").touch()
    settings = Settings.from_environ(
        {"REDIS_URL": f"unix://{valkey_socket}", "PRECACHE_DATA": str(tmp_path / "a-file")}
    )
    with pytest.raises(CannotStart, match=r"PRECACHE_DATA: cannot use the folder .*a-file"):
        async with connect_services(settings):
            pass


async def test_a_redis_that_wants_a_password_is_told_apart_from_one_that_is_away(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    await redis_raw.config_set("requirepass", "right")
    try:
        settings = Settings.from_environ(
            {"REDIS_URL": f"unix://:wrong@{valkey_socket}", "PRECACHE_DATA": str(tmp_path)}
        )
        with pytest.raises(CannotStart, match=r"REDIS_URL: .* wants another user or password") as refused:
            async with connect_services(settings):
                pass
        assert "wrong" not in str(refused.value)
    finally:
        await redis_raw.config_set("requirepass", "")


async def test_a_service_that_refuses_us_ends_the_process_with_one_line(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with slack_channel() as slack:
        slack.next["auth.test"].append(refuses("invalid_auth"))
        status, said = await started(
            tmp_path,
            REDIS_URL=f"unix://{valkey_socket}",
            PRECACHE_DATA=str(tmp_path),
            SLACK_API_URL=slack.url,
            SLACK_BOT_TOKEN=TOKEN,
            SLACK_SIGNING_SECRET="0123456789abcdef",
        )
    assert status == 1
    (line,) = said.splitlines()
    assert "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth); copy it again" in line
    assert TOKEN not in line


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"PRECACHE_MODEL": "anthropic:claude", "ANTHROPIC_API_KEY": "sk-pa55"}, "-m pip install langchain-"),
        ({"PRECACHE_MODEL": "open-ai:gpt"}, "LangChain knows no provider of this name; openai comes near"),
        ({"PRECACHE_FALLBACKS": "cohere:command"}, "PRECACHE_FALLBACKS: cohere needs the package langchain-"),
    ],
)
def test_a_model_whose_package_is_missing_is_refused_before_anything_is_opened(
    environ: dict[str, str], told: str
) -> None:
    with pytest.raises(CannotStart) as refused:
        refuse_missing_packages(Settings.from_environ({"OPENAI_BASE_URL": NOBODY} | environ))
    assert told in str(refused.value)
    assert "pa55" not in str(refused.value)


async def test_a_slack_that_is_away_keeps_nobody_from_starting_and_the_table_says_so(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with precache(
        valkey=valkey_socket,
        data=tmp_path,
        model_url=NOBODY,
        **SOCKET_MODE,
        SLACK_API_URL=f"{NOBODY}/api/",
    ) as bot:
        await wait_until(lambda: "Precache listens on" in caplog.text, "the table")
        assert await readiness(bot) == (200, "ok\n"), "it may heal, and others may be served meanwhile"
    assert re.search(r"  Slack +real, not reached yet +over a WebSocket", caplog.text)
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("Slack has not answered yet" in message for message in warned)
    assert any(message.startswith("SLACK_APP_TOKEN: Slack cannot be reached") for message in warned)


async def readiness(bot: Precache) -> tuple[int, str]:
    async with bot.http.get(f"{bot.url}/readyz") as response:
        return response.status, await response.text()


@pytest.mark.parametrize(
    ("key", "off", "told"),
    [
        (CURRENT_KEY, timedelta(0), None),
        (NEXT_KEY, timedelta(0), None),
        (
            "sig_of_another_account_0123456789",
            timedelta(0),
            "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING",
        ),
        (
            CURRENT_KEY,
            timedelta(seconds=-800),
            "the clock of this machine and QStash's differ by more than a minute",
        ),
    ],
)
async def test_a_message_to_itself_shows_whose_keys_qstash_signs_with(
    key: str,
    off: timedelta,
    told: str | None,
    valkey_socket: Path,
    redis_raw: RawRedis,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with run_qstash() as qstash:
        qstash.signing_key, qstash.off = key, off
        hosted = {
            "QSTASH_URL": qstash.url,
            "QSTASH_TOKEN": QSTASH_TOKEN,
            "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
            "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
        }
        async with precache(valkey=valkey_socket, data=tmp_path, model_url=NOBODY, **hosted) as bot:
            async with bot.http.get(f"{bot.url}/healthz") as response:
                assert response.status == 200, "at once"

            async def checked() -> tuple[int, str] | None:
                status, text = await readiness(bot)
                return None if "still being checked" in text else (status, text)

            status, text = await wait_until(checked, "the checks are over")
    assert status == (200 if told is None else 503)
    assert (told or "ok") in text
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any(told in message for message in warned) if told else not warned


async def test_embedded_services_beside_a_rest_redis_say_where_they_keep_their_data(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with upstash(valkey_socket) as rest:
        settings = Settings.from_environ(
            {
                "UPSTASH_REDIS_REST_URL": rest.url,
                "UPSTASH_REDIS_REST_TOKEN": rest.token,
                "PRECACHE_DATA": str(tmp_path / "data"),
                "OPENAI_BASE_URL": NOBODY,
            }
        )
        async with connect_services(settings) as services:
            rows = [" ".join(row) for row in services.table]
    assert rows[0] == f"Redis Upstash {rest.url}"
    assert rows[1].startswith(
        f"Valkey embedded in {tmp_path / 'data'}, for what the embedded QStash and Slack"
    )


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("127.0.0.1", "Precache listens on http://127.0.0.1:3000"),
        ("10.0.0.7", "Precache listens on http://10.0.0.7:3000"),
        (
            "0.0.0.0",  # noqa: S104 - shown, not bound
            "Precache listens on http://127.0.0.1:3000, and on every other IPv4 address of this machine",
        ),
        ("::", "Precache listens on http://127.0.0.1:3000, and on every other address of this machine"),
    ],
)
def test_the_table_says_where_it_listens(host: str, line: str) -> None:
    hosted = {
        "HOST": host,
        "PUBLIC_URL": "https://bot.example.com",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "a-signing-secret",
        "QSTASH_TOKEN": "token",
        "QSTASH_CURRENT_SIGNING_KEY": "sig_one_that_is_long_enough_to_be_a_key",
        "QSTASH_NEXT_SIGNING_KEY": "sig_two_that_is_long_enough_to_be_a_key",
    }
    assert line in startup_table(Settings.from_environ(hosted), []).splitlines()


def test_the_table_says_which_zone_data_times_are_reckoned_with() -> None:
    lines = startup_table(Settings.from_environ({}), []).splitlines()
    assert f"Time zones are those of tz database {tzdata.IANA_VERSION}" in lines


async def test_with_a_public_address_the_sandbox_wants_the_key_that_the_table_shows(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    """A proxy before it may change the host to 127.0.0.1, and show by nothing that it is one."""
    rows: list[Row] = []

    @asynccontextmanager
    async def connect(settings: Settings) -> AsyncIterator[Services]:
        async with connect_services(settings) as services:
            rows.extend(services.table)
            yield services

    environ = {
        "PORT": "0",
        "PRECACHE_DATA": str(tmp_path),
        "REDIS_URL": f"unix://{valkey_socket}",
        "OPENAI_BASE_URL": NOBODY,
        "PUBLIC_URL": "https://bot.example.com",
    }
    listener, settings = open_listener(Settings.from_environ(environ))
    async with serving(create_app(settings, connect), listener, settings) as bot:
        closed = (
            "/?key=",
            "/?key=wrong",
            "/sandbox/state",
            "/sandbox/stream",
            "/sandbox/page.js",
            "/sandbox/x",
        )
        for path in (
            *closed,
            "/archives/C0GENERAL/p1",
            "/files/U1/F1/a",
            "/sandbox/files/F1",
            "/sandbox/upload",
        ):
            async with bot.http.get(f"{bot.url}{path}", headers={"Cookie": "precache_sandbox="}) as answer:
                assert answer.status == 401, path
        for path in ("send", "events", "messages", "faults", "uninstall", "upload"):
            async with bot.http.post(f"{bot.url}/sandbox/{path}", json={"user": ADA}) as answer:
                assert answer.status == 401, path
        async with bot.http.get(f"{bot.url}/qstash/v2/schedules") as answer:
            assert answer.status == 401
        (page,) = [where.removeprefix("open ") for service, _, where in rows if service == "Slack"]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(page) as answer:
                assert (answer.status, str(answer.url)) == (200, f"{bot.url}/")
            known = replace(bot, http=browser)
            await known.type("/precache help")
            assert "/precache list" in await known.told("/precache list")


async def test_what_a_developer_finds_is_enough_for_the_readmes_curl(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=NOBODY) as bot:
        process = await asyncio.create_subprocess_shell(
            f'. {tmp_path}/qstash.env; echo "$QSTASH_URL/v2/publish/$PUBLIC_URL/api/announce"',
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
    assert said.decode().strip() == f"{bot.url}/qstash/v2/publish/{bot.url}/api/announce"
