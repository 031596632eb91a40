"""The processes that read documents: started when needed, and killed when they take too long."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from bot.background import Shares
from bot.child_process import ChildProcess
from bot.documents.document import Document, Unparsed, decode_document

logger = logging.getLogger(__name__)

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
        asked = {"mime": mime, "charset": charset, "url": url}
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
    """Reads one document at a time."""

    def __init__(self, patience: Patience) -> None:
        self._child = child_within("bot.documents.child", patience)

    async def read_content(self, content: bytes, asked: dict[str, Any]) -> Document | Unparsed:
        try:
            await self._child.start_process()
            await self._child.send_request(asked, content)
            told, _ = await self._child.read_frame(most=_LARGEST_ANSWER)
            end, _ = await self._child.read_frame(most=_LARGEST_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            return Unparsed(problem=cause_of_end(await self._child.wait_for_end()))
        except BaseException:
            await self.stop_process()
            raise
        if end["weary"]:
            await self.stop_process()
        return decode_document(told["read"])

    async def stop_process(self) -> None:
        await self._child.stop_process()


def child_within(module: str, patience: Patience) -> ChildProcess:
    """A process that reads what strangers made, within these limits."""
    return ChildProcess(
        module,
        *(patience.memory, patience.cpu, patience.weary),
        environment={"OPENBLAS_NUM_THREADS": "1"},  # each thread would take its share of the memory
    )


def cause_of_end(status: int) -> Literal["too_large", "broken"]:
    """The kernel ends what takes too much time or memory; anything else is the document's fault."""
    if sys.platform != "win32" and status in (-signal.SIGXCPU, -signal.SIGKILL):
        return "too_large"
    logger.warning("document.process_ended status=%s", status)
    return "broken"
