"""The lines of the log: for people to read, written a turn of the event loop at a time, and never lost.

Each run writes a line, so a line must cost little: see docs/performance.md.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import nullcontext, suppress
from threading import get_ident
from types import TracebackType
from typing import TextIO

from bot.server.logs.quiet_errors import describe_error

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """Words each second once, and no error of somebody else's."""

    _second = -1
    _words = ""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # of another handler, which may have told all
        return super().format(record)

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802 - theirs
        return "" if ei[1] is None else describe_error(ei[1])

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
        self._flushing_thread: int | None = None  # whose loop is about to flush

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
            lines, self._waiting, self._flushing_thread = self._waiting, [], None
            with suppress(OSError, ValueError):  # there is nowhere left to say that the stream is gone
                if lines:
                    self.stream.write("\n".join((*lines, "")))
                super().flush()

    def close(self) -> None:
        self.flush()
        super().close()

    def _flush_at_end_of_turn(self) -> bool:
        """Have the loop flush, once a turn; False in a thread that has none."""
        if self._flushing_thread == (thread := get_ident()):
            return True
        try:
            loop = asyncio.get_running_loop()  # for which Python 3.11 asks the system
        except RuntimeError:
            return False
        self._flushing_thread = thread
        loop.call_soon(self.flush)
        return True
