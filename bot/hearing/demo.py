"""The recogniser of those who have none: Whisper's smallest English model, on this machine.

It mishears often, and what it writes down is labelled. It takes every language for English, if with little
certainty: what it is so unsure of is left out. It runs in a process
of its own, which ends when nothing is to be heard: 300 MB are too much to keep.
"""

from __future__ import annotations

import asyncio
import importlib.util
from typing import Final

from bot.child_process import ChildProcess
from bot.errors import ModelRefused, ModelUnavailable
from bot.hearing import demo_child
from bot.hearing.transcript import NOT_ENGLISH, Heard

IDLE: Final = 60.0
"""Seconds for which its process waits for the next stretch."""

UNSURE: Final = -0.8
"""The certainty of English with much noise is -0.66; of German, French, Spanish, Italian or Russian -0.93."""

_LEFT_OUT: Final = "What is said here is not in English, so the demo recogniser left it out."
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
        self._child = ChildProcess("bot.hearing.demo_child", environment={"HF_HUB_OFFLINE": "1"})
        self._ending: asyncio.TimerHandle | None = None

    async def transcribe(self, flac: bytes) -> Heard:
        async with self._turn:
            if self._ending is not None:
                self._ending.cancel()
            try:
                await self._child.start_process()
                await self._child.send_request({}, flac)
                told, _ = await self._child.read_frame(most=_LARGEST)
                await self._child.read_frame(most=_LARGEST)  # the end, so that it can be asked again
            except (asyncio.IncompleteReadError, ConnectionError) as exc:
                status = await self._child.wait_for_end()
                if status == demo_child.DAMAGED:
                    raise ModelRefused("The demo recogniser's packages are damaged.") from exc
                raise ModelUnavailable(f"The demo recogniser ended with status {status}.") from exc
            except BaseException:  # of a process that is in the middle of something, nothing can be asked
                await self._child.stop_process()
                raise
            self._ending = asyncio.get_running_loop().call_later(self._idle, self._child.kill_process)
        if told["certainty"] < UNSURE:
            return Heard.of_lines([(0.0, _LEFT_OUT)], language=NOT_ENGLISH)
        return Heard.of_lines(((start, text) for start, text in told["lines"]), language="english")

    async def aclose(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        await self._child.stop_process()
