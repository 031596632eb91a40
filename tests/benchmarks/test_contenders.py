"""The contenders do what Precache does: they take the same signed request, and post the same answer once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from tests.benchmarks.contenders import BARE, PORT, STARLETTE, STOCK, open_contender
from tests.benchmarks.contest.cases import PRECACHE
from tests.benchmarks.contest.sender import Request, Sender
from tests.benchmarks.slack import SIGNING_SECRET
from tests.benchmarks.wire import Answer, open_connection
from tests.running import precache
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.openai import OpenAI, openai, says
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.stand_ins.upstash import TOKEN as UPSTASH_TOKEN
from tests.stand_ins.upstash import upstash

ANSWER = "The sky is *blue* because of the air."


@dataclass(frozen=True, kw_only=True)
class Town:
    """All that a contestant asks."""

    model: OpenAI
    slack: Slack
    environ: dict[str, str]
    folder: Path

    @asynccontextmanager
    async def run(self, name: str) -> AsyncIterator[str]:
        """The address of a contestant, in this process."""
        if name == PRECACHE:
            async with precache(data=self.folder, valkey=None, **self.environ) as app:
                yield app.url
            return
        async with open_contender(name, self.environ) as contender, serve(contender.app) as address:
            contender.url = f"{address}/api/announce"
            yield address


@pytest_asyncio.fixture
async def town(redis_raw: RawRedis, valkey_socket: Path, tmp_path: Path) -> AsyncIterator[Town]:
    async with (
        openai() as model,
        slack_channel() as slack,
        run_qstash() as qstash,
        upstash(valkey_socket) as rest,
    ):
        model.otherwise = says(ANSWER)
        environ = {
            "OPENAI_API_KEY": "sk-unused",
            "OPENAI_BASE_URL": model.url,
            "PRECACHE_MODEL": "openai:test",
            "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
            "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
            "QSTASH_TOKEN": QSTASH_TOKEN,
            "QSTASH_URL": qstash.url,
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "UPSTASH_REDIS_REST_TOKEN": UPSTASH_TOKEN,
            "UPSTASH_REDIS_REST_URL": rest.url,
        }
        yield Town(model=model, slack=slack, environ=environ, folder=tmp_path)


def sender_to(url: str) -> Sender:
    return Sender(name="anyone", urls=[url], slack_url="", slot=datetime.now(UTC))


async def send(url: str, request: Request) -> Answer:
    async with open_connection(url) as connection:
        return await connection.send(request.payload)


@pytest.mark.parametrize("name", [PRECACHE, STOCK, PORT])
async def test_each_posts_the_models_answer_once_and_keeps_it_to_return_or_post(
    town: Town, name: str
) -> None:
    async with town.run(name) as url:
        sender = sender_to(url)
        run = sender.post("run-1", "Why is the sky blue?")
        first, again = await send(url, run), await send(url, run)
        next_run = await send(url, sender.post("run-2", "Why is the sky blue?"))
        made, known = [await send(url, sender.ask("What is new?")) for _ in range(2)]
    assert (str(first), again.status, str(next_run)) == ("200 MISS", 200, "200 HIT")
    assert [post["channel"] for post in town.slack.posts] == ["C-anyone-run-1", "C-anyone-run-2"]
    assert all("because of the air" in str(post) for post in town.slack.posts)
    assert (str(made), str(known)) == ("200 MISS", "200 HIT")
    assert made.body.decode().strip() == known.body.decode().strip() == ANSWER
    assert town.model.requests == 2


@pytest.mark.parametrize("name", [STOCK, PORT, STARLETTE, BARE])
async def test_each_turns_away_a_request_that_another_key_signed_or_that_was_changed(
    town: Town, name: str
) -> None:
    async with town.run(name) as url:
        asked = sender_to(url).ask("Why is the sky blue?").payload
        changed = asked.replace(b"sky", b"sea")
        elsewhere = sender_to("http://elsewhere.example").ask("Why is the sky blue?").payload
        for forged in (changed, elsewhere, asked.replace(b"Upstash-Signature: e", b"Upstash-Signature: f")):
            assert (await send(url, Request(copy=0, payload=forged))).status == 401
        assert town.model.requests == 0


@pytest.mark.parametrize("name", [STARLETTE, BARE])
async def test_the_floors_answer_whatever_is_signed(town: Town, name: str) -> None:
    async with town.run(name) as url:
        assert str(await send(url, sender_to(url).ask("Why is the sky blue?"))) == "200 HIT"
