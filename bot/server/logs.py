"""The log of the process: its form, the libraries that say too much, and a failed start in one sentence.

Each run writes a line, so a line must cost little: see docs/performance.md.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import nullcontext, suppress
from typing import Final, TextIO

from bot.server.connect.failure import CannotStart

_CHATTY: Final = ("apscheduler", "httpx", "httpx2", "uvicorn")
_OURS: Final = ("bot", "scheduler", "precache")


def set_up_logging(level: str) -> None:
    """Send the log to standard error, and let chatty libraries speak of problems alone."""
    # No line names a place in the code, a thread or a task, so none is looked up:
    # https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None  # noqa: SLF001 - the documented switch
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = TurnHandler()
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)-7s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler])
    set_levels(level)
    logging.getLogger("uvicorn.error").addFilter(_shorten_failed_start)


def set_levels(level: str) -> None:
    """Have ourselves heard at `level`, and libraries at INFO at least.

    Below that they repeat what they carry: messages, prompts, tokens, addresses that answer a person.
    """
    number = logging.getLevelNamesMapping()[level]
    logging.getLogger().setLevel(max(logging.INFO, number))
    for wing in _OURS:
        logging.getLogger(wing).setLevel(number)
    for library in _CHATTY:
        logging.getLogger(library).setLevel(max(logging.WARNING, number))


class LineFormatter(logging.Formatter):
    """Words each second once."""

    _second = -1
    _words = ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - theirs
        second = int(record.created)
        if second != self._second:
            self._second = second
            self._words = time.strftime(datefmt or self.default_time_format, self.converter(second))
        return f"{self._words},{int(record.msecs):03d}"


class TurnHandler(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop together, at its end.

    A warning, or a line from outside the loop, is written at once, with all that came before it. So are
    `most` lines: none is dropped, and those that wait are bounded.
    """

    def __init__(self, stream: TextIO | None = None, *, most: int = 200) -> None:
        super().__init__(stream)
        self._most = most
        self._waiting: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.append(self.format(record))
        except Exception:  # noqa: BLE001 - as in every handler: a line that cannot be worded ends nothing
            self.handleError(record)
            return
        is_urgent = record.levelno >= logging.WARNING or len(self._waiting) >= self._most
        if is_urgent or not self._flush_at_end_of_turn():
            self.flush()

    def flush(self) -> None:
        with self.lock or nullcontext():
            lines, self._waiting = self._waiting, []
            with suppress(OSError, ValueError):  # there is nowhere left to say that the stream is gone
                if lines:
                    self.stream.write("\n".join((*lines, "")))
                super().flush()

    def close(self) -> None:
        self.flush()
        super().close()

    def _flush_at_end_of_turn(self) -> bool:
        """Have the loop flush, once a turn; False in a thread that has none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if len(self._waiting) == 1:
            loop.call_soon(self.flush)
        return True


def _shorten_failed_start(record: logging.LogRecord) -> bool:
    """Keep the sentence of a failed start and drop its traceback; leave the rest of uvicorn's log alone."""
    message = record.getMessage()
    if message == "Application startup failed. Exiting.":
        return False
    _, name, sentence = message.rpartition(f"{CannotStart.__module__}.{CannotStart.__name__}: ")
    if name:
        record.name, record.msg, record.args = "precache", "%s", (sentence.strip(),)
    return True
