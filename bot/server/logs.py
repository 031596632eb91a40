"""The log of the process: its form, the libraries that say too much, and a failed start in one sentence."""

from __future__ import annotations

import logging
from typing import Final

from bot.server.connect.failure import CannotStart

_CHATTY: Final = ("apscheduler", "httpx", "httpx2", "uvicorn")
_OURS: Final = ("bot", "scheduler", "precache")


def set_up_logging(level: str) -> None:
    """Send the log to standard error. `level` is for what we say: libraries stay at INFO at least.

    Below that they repeat what they carry: messages, prompts, tokens, addresses that answer a person.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
    number = logging.getLevelNamesMapping()[level]
    logging.getLogger().setLevel(max(logging.INFO, number))
    for wing in _OURS:
        logging.getLogger(wing).setLevel(number)
    for library in _CHATTY:
        logging.getLogger(library).setLevel(max(logging.WARNING, number))
    logging.getLogger("uvicorn.error").addFilter(_shorten_failed_start)


def _shorten_failed_start(record: logging.LogRecord) -> bool:
    """Keep the sentence of a failed start and drop its traceback; leave the rest of uvicorn's log alone."""
    message = record.getMessage()
    if message == "Application startup failed. Exiting.":
        return False
    _, name, sentence = message.rpartition(f"{CannotStart.__module__}.{CannotStart.__name__}: ")
    if name:
        record.name, record.msg, record.args = "precache", "%s", (sentence.strip(),)
    return True
