"""Words to the person who starts it: what is real and where, or what to set."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import tzdata  # type: ignore[import-untyped]  # it has none
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot.server.connect import CannotStart, connect_services
from bot.server.serve import startup_table
from bot.settings import Settings
from tests.running import precache
from tests.stand_ins.slack_channel import TOKEN, Slack, slack_channel
from tests.stand_ins.upstash import upstash
from tests.waiting import wait_until

APP = Path(__file__).parents[1] / "app.py"
SOCKET_MODE = {"SLACK_APP_TOKEN": "xapp-1-test", "SLACK_BOT_TOKEN": TOKEN}
NOBODY = "http://127.0.0.1:9"  # no one listens there


async def started(cwd: Path, **environ: str) -> tuple[int | None, str]:
    """`python app.py` that ends by itself: its exit status, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, APP),
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
            "REDIS_URL: no Redis answers at 127.0.0.1:9/1 (ConnectionError)",
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


def refuses(code: str) -> Any:
    async def behaviour(slack: Slack, method: str, arguments: Any) -> Response:
        return JSONResponse({"ok": False, "error": code})

    return behaviour


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "token_revoked", "not_authed"])
async def test_a_token_that_slack_refuses_is_named(
    code: str, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with slack_channel() as slack:
        slack.next["auth.test"].append(refuses(code))
        settings = Settings.from_environ(
            SOCKET_MODE
            | {
                "SLACK_API_URL": slack.url,
                "REDIS_URL": f"unix://{valkey_socket}",
                "PRECACHE_DATA": str(tmp_path),
            }
        )
        with pytest.raises(CannotStart, match=rf"SLACK_BOT_TOKEN: Slack refuses it \({code}\)"):
            async with connect_services(settings):
                pass


@pytest.mark.parametrize("path", ["/api/", "/away/"])
async def test_a_slack_that_says_nothing_about_the_token_keeps_nobody_from_starting(
    path: str, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with slack_channel() as slack:
        settings = Settings.from_environ(
            SOCKET_MODE
            | {
                "SLACK_API_URL": slack.url.replace("/api/", path),
                "REDIS_URL": f"unix://{valkey_socket}",
                "PRECACHE_DATA": str(tmp_path),
                "OPENAI_BASE_URL": NOBODY,
            }
        )
        async with connect_services(settings):
            pass
        assert slack.requests["auth.test"] == (path == "/api/")
    (line,) = (record for record in caplog.records if "unchecked" in record.getMessage())
    assert line.levelno == logging.WARNING
    assert line.exc_info is None


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


@pytest.mark.parametrize("token", ["right", "wrong"])
async def test_a_rest_redis_that_is_away_at_the_start_is_one_warning(
    token: str, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with upstash(valkey_socket) as rest:
        url = NOBODY if token == "right" else rest.url
        async with precache(
            valkey=valkey_socket,
            data=tmp_path / "data",
            model_url=NOBODY,
            REDIS_URL="",
            UPSTASH_REDIS_REST_URL=url,
            UPSTASH_REDIS_REST_TOKEN=token,
        ):
            line = await wait_until(
                lambda: next(
                    (record for record in caplog.records if "leave.unknown" in record.getMessage()), None
                ),
                "the warning",
            )
    assert line.levelno == logging.WARNING
    assert not [record for record in caplog.records if record.exc_info or "background" in record.getMessage()]


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
