"""A proxy on a copy's wire to Redis: RESP, of which it must know where a question and an answer end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hiredis

from tests.chaos.faults import DEADLY, NOT_PASSED_ON, Fault, Weather, Wire
from tests.chaos.proxy import DELAY, Deadly
from tests.chaos.redis_names import name_of_command

_CHUNK: Final = 65_536
_LOADING: Final = b"-LOADING Redis is loading the dataset in memory\r\n"


class _Gone(Exception):
    """One of the two ends has hung up."""


@dataclass(frozen=True, kw_only=True)
class RedisProxy:
    """Passes commands on to the Valkey behind `socket`."""

    socket: Path
    weather: Weather
    deadly: Deadly

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_unix_connection(str(self.socket))
        try:
            while True:
                await self._exchange(reader, writer, behind, ahead)
        except (_Gone, OSError):
            return
        finally:
            for end in (writer, ahead):
                end.transport.abort()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        behind: asyncio.StreamReader,
        ahead: asyncio.StreamWriter,
    ) -> None:
        asked, commands = await _read(reader, at_least=1)
        fault = self.weather.strike(Wire.REDIS, name_of_command(commands[0]))
        if fault in DEADLY and fault is not Fault.KILL:
            self.deadly(fault)
        if fault is Fault.DELAY:
            await asyncio.sleep(DELAY)
        if fault is Fault.ERROR:
            writer.write(_LOADING * len(commands))
            await writer.drain()
            return
        if fault in NOT_PASSED_ON:
            raise _Gone
        ahead.write(asked)
        await ahead.drain()
        answer, _ = await _read(behind, at_least=len(commands))
        if fault in (Fault.KILL, Fault.FREEZE):
            self.deadly(fault)
        if fault in (Fault.LOST, Fault.KILL):
            raise _Gone
        writer.write(answer[: len(answer) // 2] if fault is Fault.HALF else answer)
        await writer.drain()
        if fault is Fault.HALF:
            raise _Gone


async def _read(reader: asyncio.StreamReader, *, at_least: int) -> tuple[bytes, list[Any]]:
    """Whole messages: their bytes, and what they say."""
    parser, raw, found, begun = hiredis.Reader(), b"", list[Any](), False
    while len(found) < at_least or begun:
        chunk = await reader.read(_CHUNK)
        if not chunk:
            raise _Gone
        raw += chunk
        parser.feed(chunk)
        begun = False
        while parser.has_data() and not begun:
            message = parser.gets(False)
            begun = message is False
            if not begun:
                found.append(message)
    return raw, found


@asynccontextmanager
async def redis_proxy(proxy: RedisProxy) -> AsyncIterator[str]:
    """Its `redis://` address."""
    under_way: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(proxy.handle(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
