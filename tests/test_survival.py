"""The real process, `python app.py`: killed, stopped, started twice, and on a port that is taken."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.settings import Settings
from scheduler import Job
from tests.running import ADA, GENERAL, TEAM, Precache
from tests.stand_ins.openai import OpenAI, openai
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")

APP = Path(__file__).parents[1] / "app.py"
JOB = Job(query="Why is the sky blue?", team=TEAM, channel=GENERAL, user=ADA, id="run-1")


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        yield stand_in


@dataclass(frozen=True, kw_only=True)
class Running:
    """The process, and the bot in it."""

    process: asyncio.subprocess.Process
    bot: Precache
    log: Path

    @property
    def port(self) -> int:
        return int(self.bot.url.rpartition(":")[2])


def environ(data: Path, model: OpenAI, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "PRECACHE_DATA": str(data),
        "OPENAI_BASE_URL": model.url,
        "PRECACHE_MODEL": "openai:test",
    }


@asynccontextmanager
async def serving(data: Path, model: OpenAI, *, port: int = 0) -> AsyncIterator[Running]:
    """`python app.py` in a session of its own, so that its group can be killed."""
    said = data.parent / f"{secrets.token_hex(4)}.log"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, APP, "--env", os.devnull),
            env=environ(data, model, port),
            cwd=data.parent,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        async with aiohttp.ClientSession() as http:

            async def ready() -> str | None:
                assert process.returncode is None, said.read_text()
                found = re.search(r"Precache listens on (\S+)", said.read_text())
                if found is None:
                    return None
                try:
                    async with http.get(f"{found[1]}/readyz") as response:
                        return found[1] if response.status == 200 else None
                except aiohttp.ClientConnectionError:
                    return None

            url = await wait_until(ready, "the process is ready")
            settings = Settings.from_environ({"PRECACHE_DATA": str(data)})
            yield Running(process=process, bot=Precache(url=url, http=http, settings=settings), log=said)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder; a Valkey that a test leaves behind in it is ended."""
    folder = tmp_path / "data"
    yield folder
    for pid in valkeys(folder):
        os.kill(pid, signal.SIGKILL)


def valkeys(data: Path) -> list[int]:
    """The Valkeys that work in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data and "valkey" in (process / "comm").read_text():
                found.append(int(process.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


async def test_what_was_acknowledged_survives_kill_9_of_everything(data: Path, model: OpenAI) -> None:
    async with serving(data, model) as before:
        await before.bot.type("/precache every day at 18:30 Good evening")
        await before.bot.told("Scheduled")
        async with before.bot.qstash() as qstash:
            announce_url = f"{before.bot.url}/api/announce"
            await qstash.message.publish(url=announce_url, body=JOB.encode().decode(), delay="3s")
        (valkey,) = valkeys(data)
        assert model.requests == 0, "it has not been delivered yet"
        os.killpg(before.process.pid, signal.SIGKILL)
        os.kill(valkey, signal.SIGKILL)
        assert await before.process.wait() == -signal.SIGKILL
    async with serving(data, model) as after:  # on another port
        assert len(valkeys(data)) == 1
        await after.bot.posted()
        assert (await after.bot.deliver(JOB)).text == "nothing to do: posted"
        assert len(await after.bot.posts()) == 1
        await after.bot.type("/precache list")
        await after.bot.told("every day at 18:30")
    assert model.requests == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_good_order_when_told_to_even_while_a_page_is_open(
    data: Path, model: OpenAI, stop: signal.Signals
) -> None:
    async with serving(data, model) as running:
        stream = f"{running.bot.url}/sandbox/stream"
        async with running.bot.http.get(stream, params={"user": ADA}) as page:
            assert await page.content.readline()
            running.process.send_signal(stop)
            async with asyncio.timeout(60):
                assert await running.process.wait() == 0, running.log.read_text()
    (line,) = re.findall(r"precache stopped .*", running.log.read_text())
    assert re.fullmatch(r"precache stopped requests=1 tasks=0 cut_off=0 seconds=[0-9.]+", line)
    await wait_until(lambda: not valkeys(data), "its Valkey is gone")


async def test_two_processes_on_one_folder_share_one_valkey_and_their_work(data: Path, model: OpenAI) -> None:
    bare = Job(query="Something else?")
    async with serving(data, model) as one, serving(data, model) as two:
        assert one.port != two.port
        assert len(valkeys(data)) == 1
        assert (await one.bot.deliver(bare)).headers["X-Cache"] == "MISS"
        assert (await two.bot.deliver(bare)).headers["X-Cache"] == "HIT"
        model.stalled = True
        interrupted = asyncio.create_task(one.bot.deliver(JOB))
        await wait_until(lambda: model.requests == 2, "the model is asked")
        one.process.terminate()

        async def ends() -> bool:
            async with one.bot.http.get(f"{one.bot.url}/readyz") as response:
                return response.status == 503 and "the process ends" in await response.text()

        await wait_until(ends, "it says that it ends")
        put_off = await one.bot.deliver(bare)
        assert (put_off.status, put_off.headers["Retry-After"]) == (503, "5"), "it takes nothing new"
        async with asyncio.timeout(60):
            assert await one.process.wait() == 0
        cut_off = await interrupted
        assert (cut_off.status, cut_off.headers["Retry-After"]) == (503, "5"), "it is told so"
        assert "cut_off=1 " in one.log.read_text()
        model.stalled = False
        answered = await two.bot.deliver(JOB)
        assert (answered.status, answered.headers["X-Cache"]) == (200, "MISS"), "it was given back at once"
        assert len(valkeys(data)) == 1


async def test_a_port_that_is_taken_is_named(data: Path, model: OpenAI, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, APP, "--env", os.devnull),
            env=environ(data, model, port),
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
    assert process.returncode == 1
    assert f"PORT: cannot listen on 127.0.0.1:{port}" in said.decode()
    assert f"PORT={port + 1} make run" in said.decode()
    assert b"Traceback" not in said
    assert valkeys(data) == []
