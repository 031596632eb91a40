"""Loads what is large, and not needed by all, beside the event loop, whose other work is not to notice it.

The import runs in a thread, which lets the loop in every millisecond. A full round of the garbage
collector does not: it holds all threads for a fifth of a second, and comes several times while so much is
loaded. So there is none meanwhile, and later rounds leave out what was loaded, which stays to the end.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from scheduler import are_calendars_loaded, load_calendars, may_name_calendar

_Loaded = TypeVar("_Loaded")

_one_at_a_time: Final = threading.Lock()
"""Two that load at once would wait for each other's modules."""
_one_for_calendars: Final = threading.Lock()


_TURN: Final = 0.001
"""Seconds after which a thread that loads makes way; Python's own five milliseconds add up in the loop."""


class _Quiet:
    """No rounds of the collector, and short turns of threads, as long as anything is loaded."""

    def __init__(self) -> None:
        self._switch = threading.Lock()
        self._loading = 0
        self._collects = False
        self._turn = sys.getswitchinterval()

    def __enter__(self) -> None:
        with self._switch:
            if self._loading == 0:
                self._collects, self._turn = gc.isenabled(), sys.getswitchinterval()
                gc.disable()
                sys.setswitchinterval(min(_TURN, self._turn))
            self._loading += 1

    def __exit__(self, *_: object) -> None:
        with self._switch:
            self._loading -= 1
            gc.freeze()
            if self._loading == 0:
                sys.setswitchinterval(self._turn)
                if self._collects:
                    gc.enable()


_quiet: Final = _Quiet()


def load_quietly(load: Callable[[], _Loaded]) -> _Loaded:
    """Return what `load` returns, after all others that load so; to be called in a thread."""
    with _one_at_a_time:
        return load_at_once(load)


def load_at_once(load: Callable[[], _Loaded]) -> _Loaded:
    """The same without a wait: for modules that no other load shares, and that a person waits for.

    Slack wants its answer to a press within three seconds; the packages of a model may take as long.
    """
    with _quiet:
        return load()


async def load_calendars_aside() -> None:
    """Load the tables of holidays, 17 MB and a seventh of a second, unless they are loaded."""
    if not are_calendars_loaded():
        await asyncio.to_thread(load_at_once, _load_calendars_once)


def _load_calendars_once() -> None:
    with _one_for_calendars:
        load_calendars()


async def load_calendars_for(body: Mapping[str, Any]) -> None:
    """Load the tables of holidays if what Slack sent may name a calendar.

    To be awaited where a person's words arrive: all that reads them later takes the tables as loaded.
    """
    if not are_calendars_loaded() and may_name_calendar(json.dumps(body, ensure_ascii=False)):
        await load_calendars_aside()
