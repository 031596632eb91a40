"""The recogniser of those who have none: Whisper's smallest English model, on this machine.

It mishears often, and what it writes down is labelled. It takes every language for English, if with little
certainty: what it is so unsure of is left out. It runs in a process
of its own, which ends when nothing is to be heard: 300 MB are too much to keep.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any, Final

from bot.errors import ModelRefused, ModelUnavailable
from bot.hearing import demo_child
from bot.hearing.transcript import NOT_ENGLISH, Heard

IDLE: Final = 60.0
"""Seconds for which its process waits for the next stretch."""

UNSURE: Final = -0.8
"""The certainty of English with much noise is -0.66; of German, French, Spanish, Italian or Russian -0.93."""

_LEFT_OUT: Final = "What is said here is not in English, so the demo recogniser left it out."
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
_LARGEST: Final = 4_000_000


def is_recogniser_installed() -> bool:
    """Tell if the wheels in `requirements-demo.lock` are there."""
    return all(importlib.util.find_spec(name) is not None for name in ("faster_whisper", demo_child.MODEL))


class DemoTranscriber:
    """Starts its process when there is something to hear."""

    name = "demo:whisper-tiny.en"
    fingerprint = f"{name}/2"
    demo = True

    def __init__(self, *, idle: float = IDLE) -> None:
        self._idle = idle
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._ending: asyncio.TimerHandle | None = None

    async def transcribe(self, flac: bytes) -> Heard:
        async with self._turn:
            if self._ending is not None:
                self._ending.cancel()
            process = await self._running_process()
            try:
                told = await _exchange_with(process, flac)
            except (asyncio.IncompleteReadError, ConnectionError) as exc:
                status = await process.wait()
                await self._stop_process()
                if status == demo_child.DAMAGED:
                    raise ModelRefused("The demo recogniser's packages are damaged.") from exc
                raise ModelUnavailable(f"The demo recogniser ended with status {status}.") from exc
            except BaseException:  # of a process that is in the middle of something, nothing can be asked
                await self._stop_process()
                raise
            self._ending = asyncio.get_running_loop().call_later(self._idle, self._kill_process)
        if told["certainty"] < UNSURE:
            return Heard.of_lines([(0.0, _LEFT_OUT)], language=NOT_ENGLISH)
        return Heard.of_lines(((start, text) for start, text in told["lines"]), language="english")

    async def aclose(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        await self._stop_process()

    async def _running_process(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._stop_process()
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            # -P: the modules beside the script are none of its business.
            *(sys.executable, "-P", "-W", "ignore", demo_child.__file__),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**environment, "HF_HUB_OFFLINE": "1"},
        )
        return self._process

    def _kill_process(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()  # it has nothing to lose

    async def _stop_process(self) -> None:
        self._kill_process()
        process, self._process = self._process, None
        if process is not None:
            await asyncio.shield(process.communicate())


async def _exchange_with(process: Process, flac: bytes) -> dict[str, Any]:
    assert process.stdin  # noqa: S101 — it was started with pipes
    assert process.stdout  # noqa: S101
    process.stdin.write(struct.pack(">I", len(flac)) + flac)
    await process.stdin.drain()
    (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
    if length > _LARGEST:
        raise ModelUnavailable("the demo recogniser said more than there was to hear")
    told: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return told
