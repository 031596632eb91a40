"""The same road on the vendors' own clients, built with care.

Everything is made once and kept. A run takes two requests to Redis and one to Slack, as ours does: the claim
and the look into the cache share a pipeline. The Web API's client is given a session to keep, which its
documentation does not do; without one it connects for every call.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from qstash import Receiver
from qstash.errors import SignatureError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from upstash_redis.asyncio import Redis

from tests.benchmarks.contenders.keys import ANSWER_TTL, CLAIM_TTL, POSTED_TTL, answer_key, run_key


@dataclass(kw_only=True)
class StockClients:
    receiver: Receiver
    redis: Redis
    slack: AsyncWebClient
    model: BaseChatModel
    url: str = ""

    @property
    def app(self) -> ASGIApp:
        return Starlette(routes=[Route("/api/announce", self.announce, methods=["POST"])])

    async def announce(self, request: Request) -> Response:
        body = (await request.body()).decode()
        signature = request.headers.get("upstash-signature", "")
        try:
            self.receiver.verify(signature=signature, body=body, url=self.url)
        except SignatureError:
            return PlainTextResponse("not signed\n", status_code=401)
        job = json.loads(body)
        if "channel" in job:
            return await self.post(job)
        text, cache = await self.answer(job["query"], await self.redis.get(answer_key(job["query"])))
        return PlainTextResponse(text, headers={"X-Cache": cache})

    async def post(self, job: Mapping[str, Any]) -> Response:
        """Claim the run, post its answer, and write down that it is posted."""
        run = run_key(job)
        claim = self.redis.pipeline()
        claim.set(run, "claimed", nx=True, ex=CLAIM_TTL)
        claim.get(answer_key(job["query"]))
        is_ours, known = await claim.exec()
        if not is_ours:
            return PlainTextResponse("nothing to do\n")
        try:
            text, cache = await self.answer(job["query"], None if known is None else str(known))
            posted = await self.slack.chat_postMessage(
                channel=job["channel"], text=text, blocks=[{"type": "markdown", "text": text}]
            )
        except BaseException:
            await self.redis.delete(run)
            raise
        await self.redis.set(run, posted["ts"], ex=POSTED_TTL)
        return PlainTextResponse("posted\n", headers={"X-Cache": cache})

    async def answer(self, query: str, known: str | None) -> tuple[str, str]:
        """The answer and how it was found: known already, or made and kept."""
        if known is not None:
            return known, "HIT"
        made = str((await self.model.ainvoke(query)).text)
        await self.redis.set(answer_key(query), made, ex=ANSWER_TTL)
        return made, "MISS"


@asynccontextmanager
async def open_stock_clients(environ: Mapping[str, str]) -> AsyncIterator[StockClients]:
    async with (
        aiohttp.ClientSession() as session,
        Redis(environ["UPSTASH_REDIS_REST_URL"], environ["UPSTASH_REDIS_REST_TOKEN"]) as redis,
    ):
        yield StockClients(
            receiver=Receiver(environ["QSTASH_CURRENT_SIGNING_KEY"], environ["QSTASH_NEXT_SIGNING_KEY"]),
            redis=redis,
            slack=AsyncWebClient(
                environ["SLACK_BOT_TOKEN"], base_url=environ["SLACK_API_URL"], session=session
            ),
            model=init_chat_model(
                environ["PRECACHE_MODEL"],
                base_url=environ["OPENAI_BASE_URL"],
                api_key=environ["OPENAI_API_KEY"],
            ),
        )
