"""A few requests for every route, odd or not: each gets an answer, and none is a fault of ours.

`python -m tests.fuzz.routes` sends many more, to the app in processes of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from tests.bot.sandbox.town import TOKEN as TOWN_TOKEN
from tests.bot.sandbox.town import open_town
from tests.fuzz.requests import Generator, Secrets
from tests.fuzz.routes import MANY
from tests.fuzz.sending import Report, send_requests
from tests.fuzz.slack_bodies import as_sent, odd_bodies, signed_by_slack
from tests.running import Precache, precache
from tests.signing import CURRENT_KEY
from tests.stand_ins.openai import openai
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.slack_channel import slack_channel
from tests.test_announce_http import CONFIGURED

SLACK_SECRET = CONFIGURED["SLACK_SIGNING_SECRET"]
FEW = 60


@pytest_asyncio.fixture
async def bot(valkey_socket: Path, tmp_path: Path) -> AsyncIterator[Precache]:
    """Everything is configured, and there."""
    async with openai() as model, slack_channel() as slack:
        settings = {**CONFIGURED, "SLACK_BOT_TOKEN": SLACK_TOKEN, "SLACK_API_URL": slack.url}
        async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url, **settings) as running:
            yield running


async def test_no_signed_body_of_slacks_is_a_fault_of_ours(bot: Precache) -> None:
    async def status_of(body: Mapping[str, Any]) -> int:
        content, kind = as_sent(body)
        headers = signed_by_slack(content, kind, secret=SLACK_SECRET)
        async with bot.http.post(f"{bot.url}/slack/events", data=content.encode(), headers=headers) as answer:
            return answer.status

    bodies = list(odd_bodies(300, seed=11))
    statuses = await asyncio.gather(*map(status_of, bodies))
    assert set(statuses) <= {200, 400, 404}, Counter(statuses)
    assert [
        body for body, status in zip(bodies, statuses, strict=True) if status == 404 and "type" in body
    ] == []
    assert statuses.count(200) > 100, "most of it is only odd"


async def attacked(url: str, secrets: Secrets, *kinds: str) -> Report:
    report = Report()
    generator = Generator(url=url, secrets=secrets, kinds=kinds, seed=1)
    await send_requests(generator, FEW, report=report)
    assert report.faults == []
    assert report.number >= FEW
    assert {kind for kind, _ in report.statuses} == set(kinds)
    return report


async def test_no_request_is_a_fault_of_the_app_with_everything_configured(bot: Precache) -> None:
    secrets = Secrets(signing_key=CURRENT_KEY, slack_secret=SLACK_SECRET)
    report = await attacked(bot.url, secrets, "slack", "delivery", "plain", "raw")
    for kind, taken in (("slack", 200), ("delivery", 489)):
        assert report.statuses[kind, taken] > 0, "it is signed"
        assert report.statuses[kind, 401] > 0


async def test_no_request_is_a_fault_of_the_app_with_many_workspaces(
    valkey_socket: Path, tmp_path: Path
) -> None:
    hosted = {name: value for name, value in CONFIGURED.items() if name != "SLACK_BOT_TOKEN"}
    settings = {**hosted, **MANY, "PUBLIC_URL": "http://127.0.0.1:9"}
    async with precache(valkey=valkey_socket, data=tmp_path, **settings) as bot:
        secrets = Secrets(signing_key=CURRENT_KEY, slack_secret=MANY["SLACK_SIGNING_SECRET"])
        report = await attacked(bot.url, secrets, "oauth", "slack")
    assert report.statuses["oauth", 400] > 0


async def test_no_request_is_a_fault_of_the_services_of_this_machine(
    valkey_socket: Path, tmp_path: Path, redis_raw: RawRedis
) -> None:
    async with precache(valkey=valkey_socket, data=tmp_path) as bot:
        secrets = Secrets(
            signing_key=bot.keys["QSTASH_CURRENT_SIGNING_KEY"], qstash_token=bot.keys["QSTASH_TOKEN"]
        )
        await attacked(bot.url, secrets, "page", "qstash")
    await redis_raw.flushall()
    async with open_town(redis_raw) as town:
        await attacked(town.url, Secrets(signing_key=CURRENT_KEY, bot_token=TOWN_TOKEN), "web_api")


async def test_a_fault_is_told_with_its_request() -> None:
    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope")
        writer.close()

    async with await asyncio.start_server(fail, "127.0.0.1", 0) as server:
        report, secrets = Report(), Secrets(signing_key=CURRENT_KEY)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await send_requests(Generator(url=url, secrets=secrets, kinds=("oauth",), seed=1), 3, report=report)
    assert [fault.answer for fault in report.faults] == ["500 nope"] * 3
    assert json.dumps(report.faults[0].request.path)


def test_the_same_seed_makes_the_same_requests() -> None:
    def made(seed: int) -> list[str]:
        secrets = Secrets(signing_key=CURRENT_KEY, bot_token="t", qstash_token="t")
        kinds = ("page", "web_api", "qstash", "raw", "plain", "oauth")
        generator = Generator(url="http://a.example", secrets=secrets, kinds=kinds, seed=seed)
        return [repr(generator.make_request()) for _ in range(50)]

    assert made(1) == made(1) != made(2)
