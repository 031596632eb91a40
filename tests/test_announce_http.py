"""Requests that are no job of ours are turned away at the door, with the right status, and cost nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from tests.running import GENERAL, TEAM, Precache, precache
from tests.signing import CURRENT_KEY, NEXT_KEY, OMIT, sign
from tests.stand_ins.openai import OpenAI, openai
from tests.waiting import wait_until

MARK = "Qx7-only-in-a-body"
JOB = {"query": MARK, "team": TEAM, "channel": GENERAL, "id": "run-1"}
ANNOUNCE, FAILED = "/api/announce", "/api/announce/failed"
# Every service is configured, so that nothing but a delivery asks Redis for anything. At port 9 is nobody.
CONFIGURED = {
    "QSTASH_TOKEN": "a-token",
    "QSTASH_URL": "http://127.0.0.1:9",
    "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
    "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
    "SLACK_BOT_TOKEN": "xoxb-test-token",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
}


def callback(job: Any = JOB, **fields: Any) -> bytes:
    """The callback of QStash about a job that it gave up on."""
    source = job if isinstance(job, bytes) else json.dumps(job).encode()
    told = {
        "status": 503,
        "retried": 3,
        "sourceBody": b64encode(source).decode(),
        "createdAt": 1_795_000_000_000,
    }
    return json.dumps(told | fields).encode()


BODIES = {ANNOUNCE: json.dumps(JOB).encode(), FAILED: callback()}


@dataclass(frozen=True, kw_only=True)
class Door:
    """The app, and what it has spent."""

    bot: Precache
    model: OpenAI
    redis: RawRedis

    async def post(self, path: str, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str]) -> int:
        data = BytesIO(body) if isinstance(body, bytes) else body
        async with self.bot.http.post(f"{self.bot.url}{path}", data=data, headers=headers) as response:
            return response.status

    def signed(self, path: str, content: bytes, *, key: str = CURRENT_KEY, **changed: Any) -> dict[str, str]:
        """The header with QStash's signature of `content`; `changed` are claims of it, or `url` and `now`."""
        now = changed.pop("now", datetime.now(UTC))
        url = changed.pop("url", f"{self.bot.url}{path}")
        return {"Upstash-Signature": sign(content, url, key, now=now, **changed)}

    async def spent(self) -> dict[str, int]:
        """Calls of the model, and of each Redis command but the one that tells this."""
        stats: Mapping[str, Mapping[str, Any]] = await self.redis.info("commandstats")
        calls = {name: int(counted["calls"]) for name, counted in stats.items() if name != "cmdstat_info"}
        return calls | {"model": self.model.requests}


@pytest_asyncio.fixture
async def door(valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[Door]:
    await redis_raw.config_resetstat()
    async with (
        openai() as model,
        precache(valkey=valkey_socket, data=tmp_path, model_url=model.url, **CONFIGURED) as bot,
    ):
        door = Door(bot=bot, model=model, redis=redis_raw)

        async def looked() -> bool:
            async with bot.http.get(f"{bot.url}/readyz") as response:
                checked = "still being checked" not in await response.text()
            return checked and "cmdstat_hgetall" in await door.spent()

        await wait_until(looked, "the start has looked at Redis, and for teams that were leaving")
        yield door


async def test_a_job_is_answered_and_costs_something(door: Door) -> None:
    """Else the tests below would show nothing."""
    before = await door.spent()
    body = json.dumps({"query": MARK}).encode()
    assert await door.post(ANNOUNCE, body, door.signed(ANNOUNCE, body)) == 200
    after = await door.spent()
    assert after.pop("model") == before.pop("model") + 1
    assert after != before


async def test_other_signing_keys_and_another_clock_are_told_once_with_what_to_set(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    body = json.dumps(JOB).encode()
    late = datetime.now(UTC) - timedelta(hours=1)
    for _ in range(2):
        assert await door.post(ANNOUNCE, body, door.signed(ANNOUNCE, body, key=NEXT_KEY[::-1])) == 401
        assert await door.post(ANNOUNCE, body, door.signed(ANNOUNCE, body, now=late)) == 401
        assert await door.post(ANNOUNCE, body, {}) == 401
    unsigned = [record for record in caplog.records if "announce.unsigned" in record.getMessage()]
    keys, clock = [record.getMessage() for record in unsigned if record.levelno == logging.WARNING]
    assert "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY are not the keys" in keys
    assert "the clock of this machine and QStash's differ" in clock
    assert len(unsigned) == 6, "each is in the log"


@pytest.mark.parametrize("path", [ANNOUNCE, FAILED])
async def test_what_our_qstash_did_not_sign_for_this_address_is_unauthorized_and_free(
    door: Door, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    body, now = BODIES[path], datetime.now(UTC)
    elsewhere = ANNOUNCE if path == FAILED else FAILED
    genuine = door.signed(path, body)["Upstash-Signature"]
    before = await door.spent()
    for name, headers in {
        "unsigned": {},
        "empty": {"Upstash-Signature": ""},
        "nonsense": {"Upstash-Signature": "nonsense"},
        "not ASCII": {"Upstash-Signature": "é.é.é"},
        "cut": {"Upstash-Signature": genuine[:-2]},
        "another key": door.signed(path, body, key="sig_somebody_elses_key_0123456789"),
        "another host": door.signed(path, body, url=f"https://elsewhere.example{path}"),
        "the other address": door.signed(path, body, url=f"{door.bot.url}{elsewhere}"),
        "another body": door.signed(path, body + b" "),
        "no body": door.signed(path, body, body=OMIT),
        "expired": door.signed(path, body, now=now - timedelta(minutes=10)),
        "of the future": door.signed(path, body, now=now + timedelta(minutes=10), nbf=0),
        "for ever": door.signed(path, body, exp=int(now.timestamp()) + 10**6),
        "no end": door.signed(path, body, exp=OMIT),
        "another issuer": door.signed(path, body, iss="Somebody"),
        "a word as a number": door.signed(path, body, nbf=0, iat=0, jti=0, aud="x"),
    }.items():
        assert (name, await door.post(path, body, headers)) == (name, 401)
    for other in (b"", b"\xff\xfe", b"{", b"[]"):
        assert await door.post(path, other, {"Upstash-Signature": genuine}) == 401
        assert await door.post(path, other, {}) == 401
    assert await door.spent() == before
    assert MARK not in caplog.text
    assert genuine not in caplog.text


TEXTS = ("id", "team", "channel", "user", "thread", "schedule", "zone", "cron")


def job(**fields: Any) -> bytes:
    return json.dumps(JOB | fields).encode()


SIGNED_BUT_NO_JOB: list[tuple[str, bytes]] = [
    (ANNOUNCE, b""),
    (ANNOUNCE, b"{"),
    (ANNOUNCE, b"\xff\xfe"),
    (ANNOUNCE, b"null"),
    (ANNOUNCE, b"[]"),
    (ANNOUNCE, b'"Why?"'),
    (ANNOUNCE, b"{}"),
    (ANNOUNCE, b"[" * 100_000),
    (ANNOUNCE, job(query="")),
    (ANNOUNCE, job(query="   ")),
    (ANNOUNCE, job(query=5)),
    (ANNOUNCE, job(query=None)),
    (ANNOUNCE, job(query="x" * 4001)),
    (ANNOUNCE, job(v=3)),
    (ANNOUNCE, job(v="1")),
    (ANNOUNCE, job(v=None)),
    (ANNOUNCE, job(kind="other")),
    (ANNOUNCE, job(kind=1)),
    *((ANNOUNCE, job(**{name: 5})) for name in TEXTS),
    (ANNOUNCE, job(cron="not a cron", zone="UTC", schedule="kolu-tane")),
    (ANNOUNCE, job(cron="0 9 * * *", zone="Mars/Base", schedule="kolu-tane")),
    (ANNOUNCE, job(max_age="an hour")),
    (ANNOUNCE, job(max_age=-1)),
    (ANNOUNCE, job(max_age=1e300)),
    (ANNOUNCE, job(max_age=float("nan"))),
    (ANNOUNCE, job(lead=[])),
    (ANNOUNCE, job(sources="a page")),
    (ANNOUNCE, job(sources=[{"url": "https://example.com"}])),
    (ANNOUNCE, job(sources=[{"type": "page", "url": "https://example.com"}])),
    (ANNOUNCE, b'{"query": "q", "model": "openai:one-that-nobody-allowed"}'),
    (FAILED, b""),
    (FAILED, b"{"),
    (FAILED, b"\xff\xfe"),
    (FAILED, b"[]"),
    (FAILED, b"{}"),
    (FAILED, callback(sourceBody="not base64!")),
    (FAILED, callback(sourceBody=None)),
    (FAILED, callback(createdAt="yesterday")),
    (FAILED, callback(createdAt=10**30)),
    (FAILED, callback(status="down")),
    (FAILED, callback(b"{")),
    (FAILED, callback(b"\xff")),
    (FAILED, callback(JOB | {"v": 3})),
]


async def test_what_is_signed_but_no_job_is_never_to_be_sent_again_and_free(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = await door.spent()
    for path, body in SIGNED_BUT_NO_JOB:
        answered = await door.bot.post(path, body, key=CURRENT_KEY)
        told = answered.status, answered.headers["Upstash-NonRetryable-Error"]
        assert told == (489, "true"), (path, body[:200])
    assert await door.spent() == before
    assert MARK not in caplog.text


@pytest.mark.parametrize("path", [ANNOUNCE, FAILED])
async def test_a_body_over_a_mebibyte_is_too_large_however_it_is_sent(door: Door, path: str) -> None:
    body = job(query="x" * 2_000_000)
    before = await door.spent()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for headers in ({}, door.signed(path, body)):
        assert await door.post(path, body, headers) == 413
        assert await door.post(path, chunks(), headers) == 413
    assert await door.spent() == before


@pytest.mark.parametrize("path", [ANNOUNCE, FAILED])
async def test_only_a_post_brings_a_job(door: Door, path: str) -> None:
    before = await door.spent()
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        async with door.bot.http.request(method, f"{door.bot.url}{path}") as response:
            assert (method, response.status) == (method, 405)
    assert await door.spent() == before


async def test_a_job_in_pieces_is_answered_and_one_that_breaks_off_stops_nobody(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    body = json.dumps({"query": MARK}).encode()
    signed = door.signed(ANNOUNCE, body)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10):
            yield body[start : start + 10]

    url = urlsplit(door.bot.url)
    writers = []
    for path in (b"/api/announce", b"/slack/events"):
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{" % path)
        await writer.drain()
        writers.append(writer)
    assert await door.post(ANNOUNCE, pieces(), signed) == 200
    for writer in writers:
        writer.transport.abort()

    async def counted() -> bool:
        async with door.bot.http.get(f"{door.bot.url}/metrics") as response:
            return 'precache_deliveries_total{verdict="unread"} 1.0' in await response.text()

    await wait_until(counted, "the broken one is counted")
    await wait_until(lambda: caplog.messages.count("request.aborted") == 2, "each is one line")
    assert await door.post(ANNOUNCE, body, {name.upper(): value for name, value in signed.items()}) == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
