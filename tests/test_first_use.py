"""What is large is loaded by the first who needs it, and beside the event loop."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis as RawRedis

from tests.signing import CURRENT_KEY, NEXT_KEY, sign

ROOT = Path(__file__).parents[1]

HEAVY = ("langchain", "langchain_core", "langsmith", "langchain_openai", "openai", "tiktoken", "numpy")
DECODERS = (
    "av",
    "PIL",
    "pypdfium2",
    "faster_whisper",
    "lxml",
    "pypdf",
    "feedparser",
    "bot.documents.visible",
)
"""What takes recordings, pictures and documents apart, in other processes alone."""
NEVER_YET = (*HEAVY, *DECODERS, "matplotlib", "holidays", "protego")
ONLY_FOR_SOME = ("jwt.api_jwt", "cryptography", "redis", "apscheduler", "scheduler.embedded", "bot.sandbox")
"""What a copy with hosted services does without."""
FOR_WORDS = (
    "bot.commands.parse",
    "bot.commands.reviewing",
    "bot.commands.this_one",
    "scheduler.language.command",
    "scheduler.language.grammar",
    "scheduler.language.pause_end",
)
FOR_MARKDOWN = ("bot.markdown.parts", "markdown_it")
NOT_AT_A_START = (*FOR_WORDS, *FOR_MARKDOWN, "uvicorn.main", "multiprocessing")
NOT_TO_LISTEN = (
    "aiohttp",
    "httpx",
    "markdown_it",
    "qstash",
    "slack_bolt",
    "slack_sdk",
    "upstash_redis",
    "bot.ui",
)
"""What the process listens without; it is loaded beside that."""
MODULES_TO_LISTEN = 400
"""The most that are imported before; some 330, of 1,220 in all."""
MOST_TO_START = 72_000_000
"""Bytes of memory before anything is opened; some 66,000,000 on Python 3.11."""

LIFE = """
import asyncio, sys, threading
from datetime import UTC, datetime
from pathlib import Path

import bot.cli.serve
from bot.answers.answer_cache import AnswerCache
from bot.answers.question import question_key
from bot.answers.records import Answer
from bot.model import ChatModel
from bot.storage.client import socket_redis
from scheduler import Job
from tests.running import GENERAL, TEAM, precache
from tests.stand_ins.openai import openai

class Looker:
    on_the_loop = set()
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            self.on_the_loop.add(name)
        return None

def job(number):
    return Job(query=f"question {number}", team=TEAM, channel=GENERAL, id=f"run-{number}")

async def main(valkey, data):
    async with openai() as server, precache(valkey=valkey, data=data, model_url=server.url) as app:
        model = ChatModel(app.settings.models.usual)
        async with socket_redis(f"unix://{valkey}") as redis:
            key = question_key(team=TEAM, model=model.fingerprint, query=job(1).query)
            answer = Answer(text="From the cache.", made=datetime.now(UTC), model=model.name)
            await AnswerCache(redis=redis).land_flight(key, token="test", answer=answer)
        sys.meta_path.insert(0, Looker())
        assert not set(FOR_MARKDOWN) & sys.modules.keys()
        assert (await app.deliver(job(1))).status == 200
        assert "From the cache." in str(await app.posted(1)) and server.requests == 0
        print("cached:", *NEVER_YET & sys.modules.keys())
        assert (await app.deliver(job(2))).status == 200
        assert "An answer." in str(await app.posted(2)) and server.requests == 1
        print("asked:", "langchain_openai" in sys.modules)
        assert not set(FOR_WORDS) & sys.modules.keys()
        await app.type("/precache every day at 9 name three rivers")
        assert await app.made()
        print("typed:", set(FOR_WORDS) <= sys.modules.keys())
        print("in the loop:", *{*HEAVY, *FOR_WORDS, *FOR_MARKDOWN} & Looker.on_the_loop)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_nothing_large_is_there_until_it_is_needed_and_then_it_comes_beside_the_loop(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    names = {
        "HEAVY": {*HEAVY},
        "NEVER_YET": {*NEVER_YET},
        "FOR_WORDS": FOR_WORDS,
        "FOR_MARKDOWN": FOR_MARKDOWN,
    }
    code = "\n".join((*(f"{name} = {value!r}" for name, value in names.items()), LIFE))
    done = subprocess.run(
        [sys.executable, "-c", code, str(valkey_socket), str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["cached:", "asked: True", "typed: True", "in the loop:"], done.stderr


HOME = """
import asyncio, sys, threading
from datetime import UTC, datetime
from pathlib import Path

import bot.cli.serve
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import socket_redis
from tests.running import ADA, GENERAL, TEAM, precache

class Looker:
    on_the_loop = set()
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            self.on_the_loop.add(name)
        return None

DAILY = Schedule(
    id="luno-veri", team=TEAM, channel=GENERAL, user=ADA, query="Why?", zone="UTC", cron="0 9 * * *"
)

async def main(valkey, data):
    async with precache(valkey=valkey, data=data, model_url="http://127.0.0.1:9") as app:
        async with socket_redis(f"unix://{valkey}") as redis:
            await ScheduleStore(redis=redis).add_record(DAILY, now=datetime.now(UTC))
        assert "scheduler.language.wording" not in sys.modules
        sys.meta_path.insert(0, Looker())
        await app.open_home("every day at 09:00")
        print("in the loop:", *(name for name in Looker.on_the_loop if name.startswith("scheduler.language")))

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_a_home_that_is_opened_first_words_its_times_when_the_words_are_there(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOME, str(valkey_socket), str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["in the loop:"], done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_the_imports_of_a_start_bring_nothing_large_along_and_leave_room_in_an_idle_copy() -> None:
    code = f"""
import sys
import app, bot.cli.serve
from bot.server import create_app
pages = open("/proc/self/statm").read().split()[1]
print(pages, *{{*{NEVER_YET!r}, *{ONLY_FOR_SOME!r}, *{NOT_AT_A_START!r}}} & sys.modules.keys())
"""
    pages, *loaded = printed(code).split()
    assert loaded == []
    assert int(pages) * os.sysconf("SC_PAGE_SIZE") < MOST_TO_START


def test_the_process_listens_before_most_is_imported() -> None:
    code = f"""
import sys
import app, bot.cli.serve
print(len(sys.modules), *{set(NOT_TO_LISTEN)!r} & sys.modules.keys())
"""
    number, *loaded = printed(code).split()
    assert loaded == []
    assert int(number) < MODULES_TO_LISTEN


def test_what_uses_the_receiver_of_qstash_all_the_same_gets_the_real_pyjwt() -> None:
    token = sign(b"{}", "https://a.example", now=datetime.now(UTC))
    code = f"""
import sys
from scheduler import Publisher
from qstash import Receiver
assert "jwt.api_jwt" not in sys.modules
receiver = Receiver(current_signing_key={CURRENT_KEY!r}, next_signing_key={NEXT_KEY!r})
receiver.verify(signature={token!r}, body="{{}}", url="https://a.example")
import jwt
print(sys.modules["qstash.receiver"].jwt.decode is jwt.decode)
"""
    assert printed(code) == "True"


def test_a_redis_of_ones_own_brings_no_more_of_its_client_than_connections() -> None:
    code = """
import sys
import bot.storage.socket_wire as wire
print(*(name for name in ("redis.client", "redis.cluster", "redis.commands") if name in sys.modules))
import redis.asyncio
assert issubclass(redis.asyncio.Redis, redis.asyncio.client.Redis) and redis.Redis is redis.client.Redis
assert redis.asyncio.BlockingConnectionPool is wire.BlockingConnectionPool
assert redis.exceptions.RedisError is redis.RedisError is wire.exceptions.RedisError
"""
    assert printed(code) == ""


def test_sealed_tokens_bring_their_ciphers_with_the_first_of_them_and_beside_the_loop() -> None:
    code = """
import asyncio, sys, threading
from bot.workspaces import Vault, read_keys
vault = Vault(read_keys("A" * 43 + "="))
print("cryptography" in sys.modules)
class Looker:
    def find_spec(self, name, path=None, target=None):
        in_loop = threading.current_thread() is threading.main_thread()
        assert not (in_loop and name.startswith("cryptography")), name
sys.meta_path.insert(0, Looker())
asyncio.run(vault.load_ciphers())
print(vault.open_secret(vault.seal_secret("token", owner="T1"), owner="T1").secret)
"""
    assert printed(code).split() == ["False", "token"]


def test_a_package_that_others_only_name_runs_when_it_is_used() -> None:
    code = """
import sys
from scheduler.late import leave_unrun
leave_unrun("sqlite3", only_named=["Connection"])
import slack_bolt.async_app
print("_sqlite3" in sys.modules)
import sqlite3
print(isinstance(sqlite3.connect(":memory:"), sqlite3.Connection), "_sqlite3" in sys.modules)
"""
    assert printed(code).splitlines() == ["False", "True True"]


def test_threads_that_use_such_a_package_at_once_all_find_it_whole() -> None:
    code = """
import sys, threading
from scheduler.late import leave_unrun
leave_unrun("importlib.metadata")
found, begin = [], threading.Barrier(8)
def use():
    import importlib.metadata
    begin.wait()
    found.append(importlib.metadata.version("redis"))
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found), len(set(found)))
"""
    assert printed(code) == "8 1"


def test_where_a_calendar_is_named_its_tables_are_loaded_first() -> None:
    code = """
import asyncio, datetime, sys
import bot.loading, scheduler.calendar
for text in ("every day at 9", "list"):
    asyncio.run(bot.loading.load_calendars_for({"command": "/precache", "text": text}))
assert "holidays" not in sys.modules
words = "every day at 9 except Holidays in Scotland"
asyncio.run(bot.loading.load_calendars_for({"view": {"state": {"values": {"when": {"value": words}}}}}))
known = set(sys.modules)
scheduler.calendar.check_calendar("Scotland")
scheduler.is_free(datetime.date(2026, 12, 25), calendar="DE", closures=scheduler.Closures())
print(*(set(sys.modules) - known))
"""
    assert printed(code) == ""


def test_a_press_does_not_wait_for_the_packages_of_a_model_that_are_loaded_meanwhile() -> None:
    code = """
import gc, sys, threading
import asyncio
from concurrent.futures import ThreadPoolExecutor
from bot.loading import load_calendars_aside, load_quietly
from bot.ui.answering import begin_to_load_reader
usual, begun, ended = sys.getswitchinterval(), threading.Event(), threading.Event()
def load_model():
    begun.set()
    ended.wait()
with ThreadPoolExecutor(1) as pool:
    model = pool.submit(load_quietly, load_model)
    begun.wait()
    try:
        begin_to_load_reader().result(timeout=30)
        asyncio.run(asyncio.wait_for(load_calendars_aside(), 30))
        print("bot.commands.parse" in sys.modules, "no rounds:", not gc.isenabled())
        print("short turns:", sys.getswitchinterval() < 0.002)
    finally:
        ended.set()
print("rounds:", gc.isenabled(), "usual turns:", sys.getswitchinterval() == usual)
"""
    said = ["True no rounds: True", "short turns: True", "rounds: True usual turns: True"]
    assert printed(code).splitlines() == said


def printed(code: str) -> str:
    """The output of an interpreter of its own."""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()
