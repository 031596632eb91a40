"""The judge finds each kind of leak, in the counts of a process that really leaks, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.soak.judge import LEAST, Growth, Round, judge
from tests.soak.measure import Held, measure

WORK = 40
QUIET = Held(objects={"dict": 9_000}, tasks=3, descriptors=40, threads=4, children=2, rss=90_000_000)


class Leaked:
    """What is forgotten somewhere."""


@dataclass(kw_only=True)
class Leak:
    """What a round leaves behind."""

    objects: list[Any] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    tasks: list[asyncio.Task[bool]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def nothing(self) -> None:
        [Leaked() for _ in range(WORK)]

    def an_object_for_each_act(self) -> None:
        self.objects += [Leaked() for _ in range(WORK)]

    def a_descriptor(self) -> None:
        self.descriptors.append(os.open(os.devnull, os.O_RDONLY))

    def a_task(self) -> None:
        self.tasks.append(asyncio.create_task(asyncio.Event().wait()))

    def a_thread(self) -> None:
        threading.Thread(target=self.stop.wait, daemon=True).start()


@contextmanager
def leaking() -> Iterator[Leak]:
    leak = Leak()
    gc.freeze()  # what was there before is neither collected nor counted
    try:
        yield leak
    finally:
        gc.unfreeze()
        leak.stop.set()
        for task in leak.tasks:
            task.cancel()
        for descriptor in leak.descriptors:
            os.close(descriptor)


@pytest.mark.parametrize(
    ("leave", "found"),
    [
        (Leak.an_object_for_each_act, f"objects of {__name__}.Leaked"),
        (Leak.a_descriptor, "file descriptors"),
        (Leak.a_task, "tasks"),
        (Leak.a_thread, "threads"),
    ],
)
async def test_what_a_process_leaks_is_found_and_named(leave: Callable[[Leak], None], found: str) -> None:
    assert found in {growth.what for growth in judge(rounds_that(leave))}
    assert judge(rounds_that(Leak.nothing)) == []


def rounds_that(leave: Callable[[Leak], None]) -> list[Round]:
    """Rounds of this process, each of which leaves this behind."""
    rounds = []
    with leaking() as leak:
        for _ in range(LEAST + 2):
            leave(leak)
            rounds.append(Round(held=measure(), keys={}, work=WORK))
    return rounds


def rounds_of(*held: Held, keys: Callable[[int], dict[str, bool]] = lambda _: {}) -> list[Round]:
    return [Round(held=counted, keys=keys(number), work=WORK) for number, counted in enumerate(held)]


def growths(*held: Held, keys: Callable[[int], dict[str, bool]] = lambda _: {}) -> list[str]:
    return [growth.what for growth in judge(rounds_of(*held, keys=keys))]


def test_what_comes_and_goes_or_fills_up_is_no_leak() -> None:
    sizes = [9_000, 9_100, 9_050, 9_150, 9_150]
    held = [replace(QUIET, objects={"dict": size}, descriptors=size // 100) for size in sizes]
    assert growths(*held) == []


def test_what_is_known_to_have_a_bound_may_grow_with_all_that_it_holds_and_nothing_beside_it() -> None:
    message = "bot.sandbox.workspace.records.Message"
    held = [
        replace(QUIET, objects={message: 60 * number, "builtins.dict": 9_000 + 250 * number})
        for number in range(5)
    ]
    assert growths(*held) == []
    alone = [replace(counted, objects={**counted.objects, message: 300}) for counted in held]
    assert growths(*alone) == ["objects of builtins.dict"]


def test_memory_that_grows_with_each_round_is_seen() -> None:
    held = [replace(QUIET, rss=QUIET.rss + number * 5_000_000) for number in range(6)]
    assert growths(*held) == ["bytes of memory"]
    assert growths(*held[:1] * 5, held[5]) == []


def test_a_key_without_an_end_is_seen_unless_there_is_a_reason_for_it() -> None:
    kept = {"precache:schedule:T:kolu": False, "qstash:due": False, "precache:run:x": True}
    assert growths(*[QUIET] * 5, keys=lambda _: kept) == []
    assert growths(*[QUIET] * 5, keys=lambda _: kept | {"precache:run:y": False}) == [
        "a key without an end, precache:run:y"
    ]


def test_schedules_that_are_not_taken_away_with_their_last_trace_are_seen() -> None:
    def keys(number: int) -> dict[str, bool]:
        return {f"precache:schedule:T:{place}": False for place in range(10 * number)}

    assert growths(*[QUIET] * 5, keys=keys) == ["keys that are kept for good"]


def test_keys_may_become_more_by_as_much_in_each_round_until_the_first_end() -> None:
    assert (
        growths(*[QUIET] * 5, keys=lambda number: {f"k:{place}": True for place in range(50 * number)}) == []
    )
    assert growths(
        *[QUIET] * 5, keys=lambda number: {f"k:{place}": True for place in range(20 * 2**number)}
    ) == ["keys in all"]


def test_too_few_rounds_are_not_judged() -> None:
    with pytest.raises(ValueError, match="more than 3 rounds, got 3"):
        judge(rounds_of(*[QUIET] * 3))


def test_a_growth_says_how_it_grew() -> None:
    assert str(Growth(what="tasks", sizes=[1, 2, 3])) == "tasks: 1 → 2 → 3"


def test_what_is_held_goes_through_a_pipe() -> None:
    assert Held.decode(QUIET.encode()) == QUIET
