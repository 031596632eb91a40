"""Errors for the log: where and of what kind, and in what words only if the words are ours.

The message of a library's error may repeat what it was given: an address with a key in it, a token, a prompt.
Ours say what was expected, and repeat nothing: see bot/errors.py.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from typing import Final

from scheduler import WhenError

_OURS: Final = ("bot", "scheduler")
_HEADINGS: Final = ("Traceback (most recent call last):", "The above exception", "During handling of")
_MOST: Final = 10
"""Errors of one chain that are told."""


def describe_error(error: BaseException) -> str:
    """Tell it as Python's traceback does, after those from which it came."""
    chain = list(_chain_of(error))
    return "\n\nThen\n\n".join(_describe_one(link) for link in reversed(chain))


def describe_traceback(text: str) -> str:
    """Take the messages out of a traceback that was written already."""
    kept = []
    for line in text.splitlines():
        if line.startswith(("  ", *_HEADINGS)):
            kept.append(line)
        elif found := re.match(r"[\w.]+(?=:|$)", line):
            kept.append(found[0])
    return "\n".join(kept)


def _chain_of(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_MOST):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _describe_one(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    lines = ["Traceback (most recent call last):", *frames.splitlines(), _name_error(error)]
    return "\n".join((*lines, *(describe_error(inner) for inner in within)))


def _name_error(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.partition(".")[0] in _OURS and not isinstance(error, WhenError):  # which quotes
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.errno:  # the system's words for a number
        return f"{name}: {os.strerror(error.errno)}"
    return name
