"""The processes that read documents: started when needed, and killed when they take too long.

They get no secret: neither this process's memory nor its environment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from bot.background import Shares
from bot.documents.document import Document, Unparsed, decode_document

logger = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).parents[2]
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")
_LARGEST_ANSWER: Final = 32 << 20

PROCESSES: Final = 3
"""One more than the documents of one site may keep busy."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Limits of time and memory for one document."""

    wait: timedelta = timedelta(seconds=30)
    """For the answer, with the start of a process."""
    queue: timedelta = timedelta(seconds=60)
    """For those that came before."""
    cpu: int = 15
    """Seconds of the processor."""
    memory: int = 1_024
    """MB of a process."""
    weary: int = 512
    """MB after which a process is replaced."""


@asynccontextmanager
async def open_documents(
    *,
    processes: int = PROCESSES,
    patience: Patience = Patience(),
) -> AsyncIterator[Documents]:
    """Nothing is started until the first document comes."""
    documents = Documents(processes=processes, patience=patience)
    try:
        yield documents
    finally:
        await documents.aclose()


class Documents:
    """Reads documents; made by `open_documents`."""

    def __init__(self, *, processes: int, patience: Patience) -> None:
        self._patience = patience
        self._closed = False
        self._shares = Shares(processes, each=max(1, processes - 1))
        self._readers = [_Reader(patience) for _ in range(processes)]
        # The last one used is the first one taken, so another process starts only if it is needed.
        self._free = [*self._readers]

    async def read_document(
        self, content: bytes, *, mime: str = "", charset: str | None = None, url: str = ""
    ) -> Document | Unparsed:
        """The document as text; links in it start from `url`, where it came from."""
        if self._closed:
            raise RuntimeError("expected documents to be read before this is closed")
        asked = {"size": len(content), "mime": mime, "charset": charset, "url": url}
        result = await self._read_when_free(content, asked)
        if isinstance(result, Unparsed):
            logger.info("document.unread problem=%s size=%d", result.problem, len(content))
        return result

    async def _read_when_free(self, content: bytes, asked: dict[str, Any]) -> Document | Unparsed:
        async with AsyncExitStack() as held:
            place = self._shares.take_place(urlsplit(asked["url"]).netloc)
            try:
                async with asyncio.timeout(self._patience.queue.total_seconds()):
                    await held.enter_async_context(place)
            except TimeoutError:  # no fault of this one
                return Unparsed(problem="slow")
            reader = self._free.pop()
            held.callback(self._free.append, reader)
            try:
                async with asyncio.timeout(self._patience.wait.total_seconds()):
                    return await reader.read_content(content, asked)
            except TimeoutError:
                return Unparsed(problem="too_large")

    async def aclose(self) -> None:
        self._closed = True
        for reader in self._readers:
            await reader.stop_process()


class _Reader:
    """One process at a time."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._process: Process | None = None

    async def read_content(self, content: bytes, asked: dict[str, Any]) -> Document | Unparsed:
        process = await self._running_process()
        try:
            answer = await _exchange_with(process, content, asked)
        except (asyncio.IncompleteReadError, ConnectionError):
            # It is ending. To kill it now could take its status from the one who waits for that.
            try:
                status = await process.wait()
            finally:
                await self.stop_process()
            return Unparsed(problem=cause_of_end(status))
        except BaseException:  # of a process that is in the middle of something, nothing more can be asked
            await self.stop_process()
            raise
        if answer["last"]:
            await self.stop_process()
        return decode_document(answer["read"])

    async def stop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()  # it has nothing to lose
        await asyncio.shield(process.communicate())

    async def _running_process(self) -> Process:
        if self._process and self._process.returncode is None:
            return self._process
        await self.stop_process()
        self._process = await start_child("bot.documents.child", self._patience)
        return self._process


async def start_child(module: str, patience: Patience) -> Process:
    """Start a process that reads what strangers made, within these limits."""
    limits = (patience.memory, patience.cpu, patience.weary)
    return await asyncio.create_subprocess_exec(
        # -P: the folder in which the bot was started is none of its business.
        *(sys.executable, "-P", "-W", "ignore", "-m", module, *map(str, limits)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=_child_environment(),
    )


async def _exchange_with(process: Process, content: bytes, asked: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin  # noqa: S101 — it was started with pipes
    assert process.stdout  # noqa: S101
    head = json.dumps(asked).encode()
    process.stdin.write(struct.pack(">I", len(head)) + head)
    process.stdin.write(content)
    await process.stdin.drain()
    (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
    if length > _LARGEST_ANSWER:
        raise ValueError("expected an answer of a document's size")
    answer: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return answer


def cause_of_end(status: int) -> Literal["too_large", "broken"]:
    """The kernel ends what takes too much time or memory; anything else is the document's fault."""
    if sys.platform != "win32" and status in (-signal.SIGXCPU, -signal.SIGKILL):
        return "too_large"
    logger.warning("document.process_ended status=%s", status)
    return "broken"


def _child_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    paths = (str(_ROOT), os.environ.get("PYTHONPATH"))
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OPENBLAS_NUM_THREADS": "1",  # each thread would take its share of the memory that there is
    }
