"""A measure of growth: twice as much to read takes about twice the processor's time."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 12


def process_seconds(read: Callable[[str], object], text: str) -> float:
    """The processor's time that one reading of `text` takes."""
    began = time.process_time()
    read(text)
    return time.process_time() - began


def grows_evenly(read: Callable[[str], object], short: str, long: str) -> bool:
    """True if `long`, of twice the length, takes less than three times as long: the best of several tries."""
    least = [float("inf"), float("inf")]
    for _ in range(TRIES):
        least = [min(least[0], process_seconds(read, short)), min(least[1], process_seconds(read, long))]
        if least[1] < 3 * least[0] + 0.001:
            return True
    return False
