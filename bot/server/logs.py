"""The log of the process: its form, the libraries that say too much, and a failed start in one sentence.

Each run writes a line, so a line must cost little: see docs/performance.md. What an error of somebody else's
says stays out of it: see `quiet_errors`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import Final, TextIO

from bot.server.connect.failure import CannotStart
from bot.server.quiet_errors import describe_error, describe_traceback

_CHATTY: Final = ("apscheduler", "httpx", "httpx2", "uvicorn")
_QUOTING: Final = ("aiohttp",)
"""Their warnings repeat what a server has sent, such as its cookies."""
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
    logging.captureWarnings(capture=True)
    set_levels(level)
    shorten_errors()


def shorten_errors() -> None:
    """Take the words of errors out of lines that carry them without the help of a formatter."""
    for name, shorten in _SHORTENED.items():
        logging.getLogger(name).addFilter(shorten)  # once, however often it is added


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
    for library in _QUOTING:
        logging.getLogger(library).setLevel(logging.ERROR)


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
    elif message.startswith("Traceback"):
        record.msg, record.args = "%s", (describe_traceback(message),)
    return True


def _shorten_lost_task(record: logging.LogRecord) -> bool:
    """Keep what happened, such as an error that nobody heard of, and drop the things it happened to."""
    record.msg, record.args = "%s", (record.getMessage().partition("\n")[0],)
    return True


def _shorten_warning(record: logging.LogRecord) -> bool:
    """Keep the place and the kind of a warning of Python's."""
    found = re.match(r".*?:[0-9]+: \w+", record.getMessage())
    record.msg, record.args = "%s", (found[0] if found else "a warning",)
    return True


_SHORTENED: Final[Mapping[str, Callable[[logging.LogRecord], bool]]] = {
    "uvicorn.error": _shorten_failed_start,
    "asyncio": _shorten_lost_task,
    "py.warnings": _shorten_warning,
}
"""By logger, what takes the words of errors out of its lines."""
