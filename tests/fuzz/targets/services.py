"""What the services answer, over real HTTP: every answer is one that we know, or an error of ours.

Each input is one raw answer, given to every request until the call is over.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

from upstash_redis.errors import UpstashError

from bot.errors import ModelError, RedisUnavailable, SlackError
from bot.fetch import Bounds, Fetched, NotModified, Unfetched, Validators, open_fetcher
from bot.model import ChatModel, ModelRequest, Models, ModelSettings
from bot.slack import Slack, find_person, open_session, read_thread, web_client
from bot.storage.client import rest_redis
from scheduler import Job, Publisher, PublishError
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

_STATUSES: Final = (200, 200, 200, 201, 202, 204, 206, 301, 304, 400, 401, 404, 412, 429, 500, 503, 999)
_HEADERS: Final = (
    *("Content-Type", "Location", "Retry-After", "RateLimit-Limit", "Burst-RateLimit-Limit", "Set-Cookie"),
    *("Content-Encoding", "Transfer-Encoding", "ETag", "Link", "Upstash-Sync-Token", "X-RateLimit-Reset"),
)
_VALUES: Final = (
    *(
        "application/json",
        "text/html; charset=hex",
        "text/plain;charset=\x80",
        "/again",
        "http://127.0.0.1:9/",
    ),
    *("0", "-1", "1e9", "Wed, 25 Nov 2026 12:00:00 GMT", "gzip", "chunked", "identity", '"a"', "a=b; Path=/"),
)


def make_answer(data: bytes) -> bytes:
    """An HTTP answer of it: an odd one, or the very bytes."""
    choices = Choices(data)
    if not choices.take_number(4):
        return choices.take_rest()
    status = choices.pick(_STATUSES)
    lines = [f"HTTP/1.1 {status} Said", "Connection: close"]
    lines += [f"{choices.pick(_HEADERS)}: {choices.pick(_VALUES)}" for _ in range(choices.take_number(4))]
    body = choices.take_rest()
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode("latin-1") + body


@dataclass
class AnswersAll:
    """A server that gives the same bytes to everyone, and closes."""

    answer: bytes = b""
    url: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            await writer.drain()
        writer.close()


@dataclass
class Ground:
    """One loop, one server and the clients, for all inputs of this process."""

    loop: asyncio.AbstractEventLoop
    server: AnswersAll
    publisher: Publisher
    redis: Any
    slack: Slack
    model: ChatModel
    fetcher: Any
    stack: AsyncExitStack
    """Keeps all of it open as long as the process is."""


_GROUND: list[Ground] = []


async def _open_ground(loop: asyncio.AbstractEventLoop) -> Ground:
    server = AnswersAll()
    listening = await asyncio.start_server(server.serve_one, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    stack = AsyncExitStack()
    enter = stack.enter_async_context
    model = ChatModel(
        ModelSettings(name="openai:test", base_url=f"{server.url}/v1", api_key="k", window=9_000)
    )
    await enter(aclosing(Models(model)))
    brief = timedelta(seconds=4)
    bounds = Bounds(total=brief, connect=brief, read=brief, size=100_000, unpacked=200_000)
    return Ground(
        loop=loop,
        server=server,
        publisher=await enter(
            Publisher.connect(token="t", base_url=server.url, announce_url="https://bot.example/api/announce")
        ),
        redis=await enter(rest_redis(server.url, "t")),
        slack=Slack(web_client(await enter(open_session()), api_url=f"{server.url}/api/", token="xoxb-t")),
        model=model,
        fetcher=await enter(
            open_fetcher(agent="Precache/test", networks=[ip_network("127.0.0.0/8")], bounds=bounds)
        ),
        stack=stack,
    )


def _ask(data: bytes, calls: Callable[[Ground], tuple[Awaitable[Any], ...]], *known: type[Exception]) -> None:
    """Every call gives a value or an error that is known, within a time that no wait of a test's takes."""
    if not _GROUND:
        loop = asyncio.new_event_loop()
        _GROUND.append(loop.run_until_complete(_open_ground(loop)))
    ground = _GROUND[0]
    ground.server.answer = make_answer(data)

    async def ask_all() -> None:
        for call in calls(ground):
            with contextlib.suppress(*known):
                await asyncio.wait_for(call, 30)

    ground.loop.run_until_complete(ask_all())


JOB: Final = Job(query="Why?", id="run-1", team="T1", channel="C1")


def _sent(status: bytes, body: bytes) -> bytes:
    return b"\1" + status + b"\0" + body


async def _list_all(publisher: Publisher) -> None:
    async for _ in publisher.schedule_pages():
        pass


@target(
    _sent(b"\0", b'{"messageId":"msg_1"}'),
    _sent(
        b"\0", b'[{"scheduleId":"a","cron":"0 9 * * *","destination":"https://x","createdAt":1,"body":"{}"}]'
    ),
    _sent(b"\x0d", b'{"error":"quota"}'),
    b"\0HTTP/1.1 200 OK\r\n\r\n",
    longest=500,
    guided=False,
)
def qstash_answers(data: bytes) -> None:
    slot = Job(query="Why?", schedule="kolu-tane", cron="0 9 * * *", zone="UTC", team="T1", channel="C1")
    _ask(
        data,
        lambda ground: (
            ground.publisher.publish_job(JOB, deduplication_id="a"),
            ground.publisher.put_schedule(slot, "0 9 * * *"),
            ground.publisher.delete_schedule("kolu-tane"),
            ground.publisher.cancel_message("msg_1"),
            _list_all(ground.publisher),
        ),
        PublishError,
    )


@target(
    _sent(b"\0", b'{"result":"YQ=="}'),
    _sent(b"\0", b'[{"result":["YQ==",null,5,["Yg=="]]},{"error":"ERR no"}]'),
    _sent(b"\x09", b'{"error":"WRONGPASS"}'),
    longest=400,
    guided=False,
)
def upstash_answers(data: bytes) -> None:
    def calls(ground: Ground) -> tuple[Coroutine[Any, Any, Any], ...]:
        pipeline = ground.redis.pipeline()
        pipeline.get("a")
        pipeline.hmget("a", "b", "c")
        return (
            ground.redis.get("a"),
            ground.redis.hgetall("a"),
            ground.redis.eval("return 1", keys=["a"], args=["b"]),
            ground.redis.smembers("a"),
            pipeline.exec(),
        )

    _ask(data, calls, RedisUnavailable, UpstashError)


@target(
    _sent(
        b"\0",
        b'{"ok":true,"ts":"1.2","channel":"C1","message":{"ts":"1.2","text":"a"},"messages":[{"ts":"1.2"}]}',
    ),
    _sent(b"\0", b'{"ok":false,"error":"channel_not_found","needed":"chat:write"}'),
    _sent(b"\0", b'{"ok":true,"user":{"id":"U1","tz":"UTC","profile":{}},"user_id":"U1","bot_id":"B1"}'),
    longest=500,
    guided=False,
)
def slack_answers(data: bytes) -> None:
    _ask(
        data,
        lambda ground: (
            ground.slack.tell_person("U1", "hello", channel="C1"),
            ground.slack.user_profile("U1"),
            ground.slack.channel_name("C1"),
            ground.slack.is_private("C1"),
            ground.slack.get_permalink("C1", "1.2"),
            ground.slack.find_shared("F1"),
            read_thread(ground.slack, "C1", "1.2"),
            find_person(ground.slack, "ada"),
        ),
        SlackError,
    )


@target(
    _sent(b"\0", b'{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}'),
    _sent(b"\x0e", b'{"error":{"message":"try again in 0s","code":"rate_limit"}}'),
    _sent(b"\0", b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]'),
    longest=500,
    guided=False,
)
def model_answers(data: bytes) -> None:
    _ask(data, lambda ground: (ground.model.reply_to(ModelRequest(query="Why?")),), ModelError)


@target(
    b"\0HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
    b"\0HTTP/1.0 200\r\nX : y\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
    b"\1\7\1\1\3",
    b"\0HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    longest=500,
    guided=False,
)
def site_answers(data: bytes) -> None:
    async def fetch(ground: Ground) -> None:
        known = Validators(url=ground.server.url, etag='"a"')
        outcome = await ground.fetcher.fetch(f"{ground.server.url}/x", known=known)
        assert isinstance(outcome, Fetched | NotModified | Unfetched)

    _ask(data, lambda ground: (fetch(ground),))
