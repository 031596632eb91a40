"""The side that asks: it starts a process when it needs one, and kills it when that one hangs.

The process gets no secret: neither this one's memory nor its environment. A request is the length of its
description, that as JSON, and its content. The answer is frames, the last of which says so: each is a length,
JSON, and as many bytes as that says.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.child_process.serving import Frame

_ROOT: Final = Path(__file__).parents[2]
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")
_SLICE: Final = 1 << 20
"""Bytes that are handed over at a time: what is written at once is held twice."""


class ChildProcess:
    """One process at a time of a module that calls `serve_requests`."""

    def __init__(self, module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> None:
        self._command = (module, *map(str, arguments))
        self._environment = environment or {}
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process that was started last; None without one."""
        return self._process.pid if self._process else None

    async def start_process(self) -> None:
        """Have a process that can be asked; one that has ended is replaced."""
        if self._process and self._process.returncode is None:
            return
        await self.stop_process()
        self._process = await asyncio.create_subprocess_exec(
            # -P: the folder in which the bot was started is none of its business.
            *(sys.executable, "-P", "-W", "ignore", "-m", *self._command),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**safe_environment(), **self._environment},
        )

    async def send_request(self, asked: Mapping[str, Any], content: bytes) -> None:
        """Raises `ConnectionError` where the process is ending."""
        process = self._started_process()
        assert process.stdin  # noqa: S101 — it was started with pipes
        head = json.dumps({**asked, "size": len(content)}).encode()
        process.stdin.write(struct.pack(">I", len(head)) + head)
        view = memoryview(content)
        for start in range(0, len(view), _SLICE):
            process.stdin.write(view[start : start + _SLICE])
            await process.stdin.drain()
        await process.stdin.drain()

    async def read_frame(self, *, most: int) -> Frame:
        """The next frame of the answer; raises `asyncio.IncompleteReadError` where the process is ending."""
        process = self._started_process()
        assert process.stdout  # noqa: S101 — it was started with pipes
        (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
        if length > most:
            raise ValueError(f"expected a frame of at most {most} bytes, got {length}")
        told: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
        if told["bytes"] > most:
            raise ValueError(f"expected a frame of at most {most} bytes, got {told['bytes']}")
        return told, await process.stdout.readexactly(told["bytes"])

    async def wait_for_end(self) -> int:
        """The exit status of a process that is ending. To kill it now could take the status away."""
        try:
            return await self._started_process().wait()
        finally:
            await self.stop_process()

    def kill_process(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()  # it has nothing to lose

    async def stop_process(self) -> None:
        """Kill it; one that is in the middle of something can be asked nothing more."""
        self.kill_process()
        process, self._process = self._process, None
        if process is not None:
            await asyncio.shield(process.communicate())

    def _started_process(self) -> Process:
        if self._process is None:
            raise ConnectionError("expected a process that was started")
        return self._process


def safe_environment() -> dict[str, str]:
    """The variables that a process of ours may have: none holds a secret."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    paths = (str(_ROOT), os.environ.get("PYTHONPATH"))
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
