"""Loads what is large, and not needed by all, beside the event loop, whose other work is not to notice it.

The import runs in a thread, which lets the loop in every few milliseconds. A full round of the garbage
collector does not: it holds all threads for a fifth of a second, and comes several times while so much is
loaded. So there is none meanwhile, and later rounds leave out what was loaded, which stays to the end.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import TypeVar

import scheduler
from scheduler import are_calendars_loaded, load_calendars

_Loaded = TypeVar("_Loaded")

_one_at_a_time = threading.Lock()
"""Two that load at once would wait for each other's modules, and both switch the collector."""


def load_quietly(load: Callable[[], _Loaded]) -> _Loaded:
    """Return what `load` returns; to be called in a thread."""
    with _one_at_a_time:
        collects = gc.isenabled()
        gc.disable()
        try:
            return load()
        finally:
            gc.freeze()
            if collects:
                gc.enable()


async def load_calendars_aside() -> None:
    """Load the tables of holidays, 17 MB and a seventh of a second, unless they are loaded."""
    if not are_calendars_loaded():
        await asyncio.to_thread(load_quietly, load_calendars)


async def load_calendars_for(text: str | bytes) -> None:
    """Load the tables of holidays if this may name a calendar.

    To be awaited where a person's words arrive: all that reads them later takes the tables as loaded.
    """
    if not are_calendars_loaded() and scheduler.may_name_calendar(text):
        await load_calendars_aside()
