"""The log of the process: its form, the libraries that say too much, and a failed start in one sentence.

What an error of somebody else's says stays out of it: see `quiet_errors`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from bot.server.connect.failure import CannotStart
from bot.server.logs.json_lines import JsonFormatter
from bot.server.logs.lines import LineFormatter, TurnHandler
from bot.server.logs.quiet_errors import describe_traceback

_CHATTY: Final = ("apscheduler", "httpx", "httpx2", "uvicorn")
_QUOTING: Final = ("aiohttp",)
"""Their warnings repeat what a server has sent, such as its cookies."""
_OURS: Final = ("bot", "scheduler", "precache")


LogForm = Literal["console", "json"]


def set_up_logging(level: str, *, form: LogForm = "console") -> None:
    """Send the log to standard error, and let chatty libraries speak of problems alone."""
    # No line names a place in the code, a thread or a task, so none is looked up:
    # https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None  # noqa: SLF001 - the documented switch
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = TurnHandler()
    console = LineFormatter("%(asctime)s %(levelname)-7s %(name)s %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else console)
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
