"""One copy of the app, as `python app.py` serves it, which answers on a pipe what it holds."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from concurrent.futures import Future

from app import main
from tests.soak.measure import Held, measure


def answer_on(asked: int, answers: int) -> None:
    """A line for each byte that comes, until the other end is closed."""
    with os.fdopen(asked, "rb", buffering=0) as questions, os.fdopen(answers, "w") as sink:
        while questions.read(1):
            print(measure_in_loop().encode(), file=sink, flush=True)


def measure_in_loop() -> Held:
    """Measure between two steps of the app, which then holds nothing for a moment only."""
    outcome: Future[Held] = Future()
    _find_loop().call_soon_threadsafe(lambda: outcome.set_result(measure()))
    return outcome.result()


def _find_loop() -> asyncio.AbstractEventLoop:
    """The loop of what is awaited; the collector lists nothing that is as old as the loop itself."""
    awaited: list[asyncio.Future[object]] = [
        thing for thing in gc.get_objects() if issubclass(type(thing), asyncio.Future)
    ]
    (running,) = {loop for future in awaited if (loop := future.get_loop()).is_running()}
    return running


if __name__ == "__main__":
    pipe = [int(number) for number in os.environ.pop("SOAK_PIPE").split()]
    threading.Thread(target=answer_on, args=pipe, daemon=True).start()
    main(["--env", os.devnull])
