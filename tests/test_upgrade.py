"""A Redis as an earlier Precache left it, served by this one: nothing is lost, and all of it goes on.

`records/ca3408d.json` is what that commit's own process wrote after a dozen commands, two slots and a kill;
what is random or secret there is left out.
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest_asyncio
from redis.asyncio import Redis

from scheduler import Job
from scheduler.embedded import run_valkey
from tests.running import Precache, precache
from tests.stand_ins.openai import openai
from tests.waiting import wait_until

RECORDS: Final = Path(__file__).parent / "records" / "ca3408d.json"
THEIR_URL: Final = "http://127.0.0.1:3141"
EACH_MINUTE, WEEKDAYS, MONDAYS = "vuzo-lamo", "sizi-tovu", "lovo-givi"
PAUSED, ONCE = "gedo-ripu", "tire-vovu"
ONCE_MESSAGE = "msg_01a22633dccd6d4440abce1c4e054944"


async def restore(records: dict[str, Any], redis: Redis) -> None:
    for key, record in records.items():
        value = record["value"]
        match record["type"]:
            case "hash":
                await redis.hset(key, mapping=value)
            case "string":
                await redis.set(key, value)
            case "list":
                await redis.rpush(key, *value)
            case "set":
                await redis.sadd(key, *value)
            case "zset":
                await redis.zadd(key, {member: float(score) for member, score in value})
            case other:
                raise AssertionError(other)


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Precache]:
    """This version, on what the earlier one has left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = RECORDS.read_text().replace(THEIR_URL, f"http://127.0.0.1:{port}")
    async with run_valkey(tmp_path) as path, Redis(unix_socket_path=str(path)) as redis:
        await restore(json.loads(text), redis)
        async with (
            openai() as model,
            precache(data=tmp_path, model_url=model.url, PORT=str(port)) as running,
        ):
            yield running


async def test_what_people_see_of_an_earlier_version_is_all_there_and_can_be_changed(bot: Precache) -> None:
    await bot.type("/precache list all")
    listed = await bot.told(f"`{EACH_MINUTE}`")
    for words in (WEEKDAYS, MONDAYS, PAUSED, ONCE, "Team news", "except holidays in DE-BY", "paused"):
        assert words in listed
    await bot.type("/precache history team news")
    assert "Sun 29 Nov 08:30 – posted" in await bot.told("newest first")
    await bot.type(f"/precache show {MONDAYS}")
    await bot.told("the last week")
    await bot.type(f"/precache resume {PAUSED}")
    await bot.told("is active again")
    await bot.type(f"/precache rename {WEEKDAYS} Weekday news")
    await bot.told("*Weekday news*")
    await bot.type(f"/precache delete {ONCE}")
    await bot.told("deleted")

    async def agrees() -> bool:
        async with bot.qstash() as qstash:
            held = {entry.schedule_id: entry for entry in await qstash.schedule.list()}
        return not held[PAUSED].paused

    await wait_until(agrees, "QStash to resume it")


async def test_what_qstash_holds_for_an_earlier_version_is_carried_out_once(bot: Precache) -> None:
    async with bot.qstash() as qstash:
        held = {entry.schedule_id: entry for entry in await qstash.schedule.list()}
        assert set(held) == {EACH_MINUTE, WEEKDAYS, MONDAYS, PAUSED}
        assert held[PAUSED].paused
        body = held[EACH_MINUTE].body or ""
        waiting = await qstash.message.get(ONCE_MESSAGE)
        assert Job.decode((waiting.body or "").encode()).id == ONCE
    await bot.posted()  # QStash has brought the newest slot by itself
    await bot.deliver(Job.decode(body.encode()))
    runs = [str(post["metadata"]["event_payload"]) for post in await bot.posts()]
    assert len(runs) == len(set(runs)), "no slot twice"
