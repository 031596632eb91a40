"""A measure of growth: twice as much to read takes about twice the processor's time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

TRIES = 40
"""Turns at most: a machine that is busy for a while is waited out, and the first good turn ends them."""


def grows_evenly(read: Callable[[str], object], short: str, long: str) -> bool:
    """True if `long`, of twice the length, takes less than three times as long: the best of several tries."""
    least = [float("inf"), float("inf")]
    gc.disable()  # the garbage of other tests is not measured
    try:
        for _ in range(TRIES):
            least = [min(least[0], thread_seconds(read, short)), min(least[1], thread_seconds(read, long))]
            if least[1] < 3 * least[0] + 0.001:
                return True
    finally:
        gc.enable()
    return False


def thread_seconds(read: Callable[[str], object], text: str) -> float:
    """The processor's time that one reading of `text` takes in this thread."""
    began = time.thread_time()
    read(text)
    return time.thread_time() - began
