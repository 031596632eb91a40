"""What a process holds at one moment."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_SELF: Final = Path("/proc/self")


@dataclass(frozen=True, kw_only=True)
class Held:
    """The things that a process holds."""

    objects: Mapping[str, int]
    """What the garbage collector knows of, by type."""
    tasks: int
    """Those that are not done."""
    descriptors: int
    threads: int
    children: int
    rss: int
    """Bytes of memory."""

    def encode(self) -> str:
        return json.dumps(vars(self))

    @classmethod
    def decode(cls, text: str) -> Self:
        return cls(**json.loads(text))


def measure() -> Held:
    """Count in this process, after its garbage is collected."""
    for _ in range(3):  # what the first pass frees may hold more
        gc.collect()
    objects: Counter[str] = Counter()
    tasks = 0
    for thing in gc.get_objects():
        kind = type(thing)
        objects[f"{kind.__module__}.{kind.__qualname__}"] += 1
        tasks += issubclass(kind, asyncio.Task) and not thing.done()
    return Held(
        objects=dict(objects),
        tasks=tasks,
        descriptors=len(list((_SELF / "fd").iterdir())) - 1,  # but for the one that lists them
        threads=threading.active_count(),
        children=sum(len(task.read_text().split()) for task in _SELF.glob("task/*/children")),
        rss=int((_SELF / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
    )
