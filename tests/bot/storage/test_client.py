"""The two carriers, beside the stock one: time-outs, one kind of outage, counts, no second sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio as valkey
from starlette.responses import HTMLResponse, JSONResponse, Response
from upstash_redis.asyncio.client import AsyncPipeline
from upstash_redis.errors import UpstashError

from bot.errors import RedisUnavailable
from bot.storage import run_script_at_once
from bot.storage.client import CountedRedis, rest_redis, socket_redis
from scheduler import Key, Script
from tests.stand_ins.upstash import Upstash, upstash
from tests.waiting import wait_until

SHORT = timedelta(milliseconds=150)


@pytest.fixture
async def stand_in(valkey_socket: Path, redis_raw: valkey.Redis) -> AsyncIterator[Upstash]:
    async with upstash(valkey_socket) as running:
        yield running


@pytest.fixture
async def rest(stand_in: Upstash) -> AsyncIterator[CountedRedis]:
    async with rest_redis(stand_in.url, stand_in.token) as client:
        yield client


@pytest.fixture
async def socket(valkey_socket: Path, redis_raw: valkey.Redis) -> AsyncIterator[CountedRedis]:
    async with socket_redis(f"unix://{valkey_socket}") as client:
        yield client


@asynccontextmanager
async def _server(answer: bytes | None) -> AsyncIterator[int]:
    """A port that gives every connection this answer and hangs up, or nothing at all (None)."""
    stop = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await stop.wait()
        else:
            await reader.read(1)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        stop.set()


def _get(batch: AsyncPipeline) -> Awaitable[Any]:
    batch.get("k")
    return batch.exec()


async def test_a_rest_server_that_stalls_is_given_up_and_asked_once(stand_in: Upstash) -> None:
    stand_in.stalled = True
    async with rest_redis(stand_in.url, stand_in.token, within=SHORT) as client:
        with pytest.raises(RedisUnavailable, match="Timeout"):
            await client.incr("n")
    assert stand_in.requests == 1
    assert await stand_in.client.get("n") == b"1"


async def test_commands_that_are_sent_at_the_same_time_share_requests(
    stand_in: Upstash, rest: CountedRedis
) -> None:
    await stand_in.client.set("list", "is none")
    told = await asyncio.gather(
        *(rest.incr(f"n{number % 3}") for number in range(9)),
        rest.rpush("list", "refused"),
        rest.get("n2"),
        return_exceptions=True,
    )
    refused = told.pop(9)
    assert told == [1, 1, 1, 2, 2, 2, 3, 3, 3, "3"]
    assert isinstance(refused, UpstashError)
    assert stand_in.requests == rest.requests == 2
    assert await rest.get("n0") == "3"
    assert stand_in.requests == 3, "the next one is a first one again"


class Count(Script):
    """Add one to a number."""

    number: Key
    LUA = "return redis.call('INCR', number)"


async def test_a_script_that_a_person_waits_for_shares_no_request_and_waits_for_none(
    stand_in: Upstash, rest: CountedRedis
) -> None:
    told = await asyncio.gather(
        *(rest.incr("n") for _ in range(3)), run_script_at_once(rest, Count(number="m"))
    )
    assert told == [1, 2, 3, 1]
    assert stand_in.requests == 3, "one by itself, two together, and the script"


async def test_a_request_that_stalls_holds_up_no_other(stand_in: Upstash, rest: CountedRedis) -> None:
    stand_in.delay = timedelta(minutes=1)
    stalled = asyncio.create_task(rest.incr("n"))
    await wait_until(lambda: stand_in.delayed == 1, "it is kept waiting")
    stand_in.delay = timedelta()
    assert await rest.incr("n") == 1
    assert not stalled.done()
    stalled.cancel()


async def test_commands_whose_shared_answer_is_lost_fail_alike_and_are_sent_once(
    stand_in: Upstash, rest: CountedRedis
) -> None:
    stand_in.loses = "lost"
    told = await asyncio.gather(
        *(rest.incr(key) for key in ("first", "lost", "beside")), return_exceptions=True
    )
    assert told[0] == 1
    assert [type(outcome) for outcome in told[1:]] == [RedisUnavailable] * 2
    assert stand_in.requests == 2
    assert await stand_in.client.mget("lost", "beside") == [b"1", b"1"]


async def test_who_gives_up_waiting_takes_only_its_own_command_back(
    stand_in: Upstash, rest: CountedRedis
) -> None:
    tasks = [asyncio.create_task(rest.incr(key)) for key in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert await rest.mget("a", "b", "c") == ["1", None, "1"]


async def test_a_socket_server_that_stalls_is_given_up() -> None:
    async with _server(None) as port, socket_redis(f"redis://127.0.0.1:{port}", within=SHORT) as client:
        with pytest.raises(RedisUnavailable, match="Timeout"):
            await client.get("k")


async def test_waiting_for_a_free_connection_counts_towards_the_time_out() -> None:
    async with _server(None) as port, socket_redis(f"redis://127.0.0.1:{port}", within=SHORT) as client:
        outcomes = await asyncio.gather(*(client.get("k") for _ in range(50)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {RedisUnavailable}


@pytest.mark.parametrize("scheme", ["http", "redis"])
@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", b"?nonsense\r\n"]
)
async def test_a_broken_answer_is_an_outage(scheme: str, answer: bytes) -> None:
    async with _server(answer) as port:
        url = f"{scheme}://127.0.0.1:{port}"
        async with rest_redis(url, "t") if scheme == "http" else socket_redis(url) as client:
            with pytest.raises(RedisUnavailable):
                await client.get("k")


@pytest.mark.parametrize("scheme", ["http", "redis"])
async def test_nobody_there_is_an_outage(scheme: str, unused_tcp_port: int) -> None:
    url = f"{scheme}://127.0.0.1:{unused_tcp_port}"
    async with rest_redis(url, "t") if scheme == "http" else socket_redis(url) as client:
        with pytest.raises(RedisUnavailable):
            await _get(client.pipeline())


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse("<h1>Bad Gateway</h1>"),
        HTMLResponse("<h1>Bad Gateway</h1>", 502),
        JSONResponse({"error": "Unauthorized"}, 401),
        JSONResponse({"result": "elsewhere"}, 302, {"Location": "http://127.0.0.1:9/"}),
        JSONResponse({}),
        JSONResponse([]),
        JSONResponse(None),
        JSONResponse({"result": "not base64!"}),
        JSONResponse({"result": "/w=="}),
        JSONResponse({"result": 1.5}),
        JSONResponse({"error": "ERR max daily request limit exceeded. Limit: 10000"}, 400),
        JSONResponse({"error": "OOM command not allowed when used memory > 'maxmemory'."}, 400),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.body.decode()}"[:40],
)
async def test_what_is_no_usable_answer_is_an_outage(
    stand_in: Upstash, rest: CountedRedis, answer: Response
) -> None:
    stand_in.answer = answer
    with pytest.raises(RedisUnavailable) as single:
        await rest.get("k")
    with pytest.raises(RedisUnavailable):
        await _get(rest.pipeline())
    with pytest.raises(RedisUnavailable):
        await _get(rest.multi())
    assert "\n" not in str(single.value)
    assert stand_in.token not in str(single.value)


@pytest.mark.parametrize("content", [[], [{"result": "b25l"}, {"result": "dHdv"}], {"result": "b25l"}])
async def test_a_pipeline_with_too_few_or_too_many_answers_is_an_outage(
    stand_in: Upstash, rest: CountedRedis, content: object
) -> None:
    stand_in.answer = JSONResponse(content)
    with pytest.raises(RedisUnavailable, match="expected"):
        await _get(rest.pipeline())


async def test_an_answer_to_another_command_is_an_outage(stand_in: Upstash, rest: CountedRedis) -> None:
    stand_in.answer = JSONResponse({"result": "YQ=="})
    with pytest.raises(RedisUnavailable, match="HGETALL"):
        await rest.hgetall("k")


async def test_what_cannot_be_sent_is_no_outage(rest: CountedRedis, socket: CountedRedis) -> None:
    for client in (rest, socket):
        with pytest.raises((UnicodeEncodeError, TypeError)):
            await client.get("\ud800")


async def test_a_wrong_token_is_an_outage_also_in_a_pipeline(stand_in: Upstash) -> None:
    async with rest_redis(stand_in.url, "wrong") as client:
        for call in (client.get("k"), _get(client.pipeline()), _get(client.multi())):
            with pytest.raises(RedisUnavailable, match="401"):
                await call


async def test_a_server_that_cannot_is_an_outage_on_the_socket(socket: CountedRedis) -> None:
    with pytest.raises(RedisUnavailable, match="READONLY"):
        await socket.eval("return redis.error_reply('READONLY You can not write against a replica.')")


async def test_bytes_that_are_no_text_are_no_usable_answer(
    rest: CountedRedis, socket: CountedRedis, redis_raw: valkey.Redis
) -> None:
    await redis_raw.set("k", b"\xff\xfe")
    for client in (rest, socket):
        with pytest.raises(RedisUnavailable):
            await client.get("k")


async def test_a_pipeline_is_one_round_trip(rest: CountedRedis, socket: CountedRedis) -> None:
    for client in (rest, socket):
        await client.get("k")
        await _get(client.pipeline())
        await _get(client.multi())
        assert client.requests == 3


async def test_reads_follow_own_writes(stand_in: Upstash, rest: CountedRedis) -> None:
    await rest.set("k", "v")
    await rest.get("k")
    await _get(rest.pipeline())
    assert stand_in.sync_tokens == ["", "sync-1", "sync-2"]


async def test_nothing_is_told_about_this_machine(stand_in: Upstash, rest: CountedRedis) -> None:
    await rest.get("k")
    assert not [name for name in stand_in.headers if "telemetry" in name]


async def test_a_caller_who_gives_up_leaves_no_reply_for_the_next(socket: CountedRedis) -> None:
    await socket.set("mine", "mine")
    for _ in range(20):
        call = asyncio.create_task(socket.eval("return string.rep('x', 5000000)"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await socket.get("mine") == "mine"


async def test_two_hundred_at_once_share_the_connections(rest: CountedRedis, socket: CountedRedis) -> None:
    for client in (rest, socket):
        await client.delete("n")
        assert sorted(await asyncio.gather(*(client.incr("n") for _ in range(200)))) == list(range(1, 201))
