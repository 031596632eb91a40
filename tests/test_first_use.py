"""What is large is loaded by the first who needs it, and beside the event loop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from redis.asyncio import Redis as RawRedis

ROOT = Path(__file__).parents[1]

HEAVY = ("langchain", "langchain_core", "langsmith", "langchain_openai", "openai", "tiktoken", "numpy")
NEVER_YET = (*HEAVY, "matplotlib", "PIL", "holidays", "lxml", "pypdf", "feedparser")

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
            self.on_the_loop.add(name.partition(".")[0])
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
        assert (await app.deliver(job(1))).status == 200
        assert "From the cache." in str(await app.posted(1)) and server.requests == 0
        print("cached:", *NEVER_YET & sys.modules.keys())
        sys.meta_path.insert(0, Looker())
        assert (await app.deliver(job(2))).status == 200
        assert "An answer." in str(await app.posted(2)) and server.requests == 1
        print("asked:", "langchain_openai" in sys.modules, *HEAVY & Looker.on_the_loop)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_nothing_large_is_there_until_a_model_is_asked_and_then_it_comes_beside_the_loop(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    code = f"HEAVY, NEVER_YET = {set(HEAVY)!r}, {set(NEVER_YET)!r}\n{LIFE}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(valkey_socket), str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["cached:", "asked: True"], done.stderr
