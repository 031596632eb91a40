"""The app as a process, with this machine's QStash and workspace, and a pipe to ask it what it holds."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import aiohttp
import redis.asyncio

from bot.settings import Settings
from tests.running import Precache
from tests.soak.measure import Held
from tests.waiting import wait_until

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 60.0  # seconds in which a start on a busy machine must be done


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """The running process."""

    bot: Precache
    redis: redis.asyncio.Redis
    ask: IO[bytes]
    answers: IO[str]
    log: Path

    async def measure(self) -> Held:
        """What it holds now."""
        self.ask.write(b"?")
        answer = await asyncio.to_thread(self.answers.readline)
        assert answer, self.log.read_text()[-3000:]
        return Held.decode(answer)

    async def measure_at_rest(self) -> Held:
        """What it holds when all is done that goes on in the background."""
        before = await self.measure()

        async def steady() -> Held | None:
            nonlocal before
            await asyncio.sleep(0.2)
            earlier, before = before, await self.measure()
            same = (earlier.tasks, earlier.descriptors) == (before.tasks, before.descriptors)
            return before if same else None

        return await wait_until(steady, "nothing goes on in the background")

    async def read_keys(self) -> dict[str, bool]:
        """The names of all keys, and if they have an end."""
        names = [name.decode() async for name in self.redis.scan_iter(count=1000)]
        async with self.redis.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.pttl(name)
            ends = await pipeline.execute()
        return {name: end >= 0 for name, end in zip(names, ends, strict=True) if end != -2}


@asynccontextmanager
async def soaked(folder: Path, valkey: Path, *, model_url: str) -> AsyncIterator[Soaked]:
    """It is ended with the block."""
    data, said = folder / "data", folder / "app.log"
    theirs, ask = os.pipe()
    answers, sink = os.pipe()
    environ = {
        "LOG_LEVEL": "INFO",
        "OPENAI_BASE_URL": model_url,
        "PATH": os.environ["PATH"],
        "PORT": "0",
        "PRECACHE_DATA": str(data),
        "PRECACHE_LIMIT": "1000000/10s",
        "PRECACHE_MODEL": "openai:test",
        "PRECACHE_NEAR_CACHE_MB": "1",
        "PRECACHE_NETWORKS": "127.0.0.0/8",
        "PRECACHE_POSTS": "1000000/10s",
        "PRECACHE_TEAM_LIMIT": "1000000/10s",
        "PYTHONPATH": str(_ROOT),
        "REDIS_URL": f"unix://{valkey}",
        "SOAK_PIPE": f"{theirs} {sink}",
    }
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak.one_copy"),
            cwd=folder,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(theirs, sink),
        )
    os.close(theirs)
    os.close(sink)
    try:
        with os.fdopen(ask, "wb", buffering=0) as question, os.fdopen(answers) as source:

            def listens() -> str | None:
                assert process.returncode is None, said.read_text()
                found = re.search(r"Precache listens on (\S+)", said.read_text())
                return found[1] if found else None

            url = await wait_until(listens, "the process listens", seconds=_PATIENCE)
            settings = Settings.from_environ({"PRECACHE_DATA": str(data)})
            async with (
                aiohttp.ClientSession() as http,
                redis.asyncio.Redis(unix_socket_path=str(valkey)) as client,
            ):
                bot = Precache(url=url, http=http, settings=settings)
                yield Soaked(bot=bot, redis=client, ask=question, answers=source, log=said)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
