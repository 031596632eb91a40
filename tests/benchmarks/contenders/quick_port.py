"""The same road as a good engineer writes it in an afternoon, from the first pages of each documentation.

A chain of LangChain's, Redis one command at a time, Slack's client as it comes.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from langchain.chat_models import init_chat_model
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable
from qstash import Receiver
from qstash.errors import SignatureError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from upstash_redis.asyncio import Redis

from tests.benchmarks.contenders.keys import ANSWER_TTL, POSTED_TTL, answer_key, run_key

_PROMPT = ChatPromptTemplate.from_messages(
    [("system", "You answer questions in a Slack channel. Answer in short Markdown."), ("user", "{query}")]
)


@dataclass(kw_only=True)
class QuickPort:
    receiver: Receiver
    redis: Redis
    slack: AsyncWebClient
    chain: Runnable[dict[str, str], str]
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
        run = run_key(job) if "channel" in job else None
        if run and not await self.redis.set(run, "posted", nx=True, ex=POSTED_TTL):
            return PlainTextResponse("nothing to do\n")
        cache, text = "HIT", await self.redis.get(answer_key(job["query"]))
        if text is None:
            cache, text = "MISS", await self.chain.ainvoke({"query": job["query"]})
            await self.redis.set(answer_key(job["query"]), text, ex=ANSWER_TTL)
        if run is None:
            return PlainTextResponse(text, headers={"X-Cache": cache})
        await self.slack.chat_postMessage(channel=job["channel"], text=text)
        return PlainTextResponse("posted\n", headers={"X-Cache": cache})


@asynccontextmanager
async def open_quick_port(environ: Mapping[str, str]) -> AsyncIterator[QuickPort]:
    model = init_chat_model(
        environ["PRECACHE_MODEL"], base_url=environ["OPENAI_BASE_URL"], api_key=environ["OPENAI_API_KEY"]
    )
    async with Redis(environ["UPSTASH_REDIS_REST_URL"], environ["UPSTASH_REDIS_REST_TOKEN"]) as redis:
        yield QuickPort(
            receiver=Receiver(environ["QSTASH_CURRENT_SIGNING_KEY"], environ["QSTASH_NEXT_SIGNING_KEY"]),
            redis=redis,
            slack=AsyncWebClient(environ["SLACK_BOT_TOKEN"], base_url=environ["SLACK_API_URL"]),
            chain=_PROMPT | model | StrOutputParser(),
        )
