"""Judgement on the rounds of a soak; pure.

Each round does the same work. What a leak leaves behind therefore becomes more in every round, and by as much
as there is work; what only fills up, or comes and goes, stays in one round or another as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tests.soak.measure import Held

LEAST: Final = 3
"""Rounds without which nothing is judged."""
MEMORY: Final = 2_000_000
"""Bytes of memory for each round, by which the middle of them may grow: its allocator gives little back."""
KEPT: Final[Mapping[str, str]] = {
    r"precache:schedule:[^:]+:[^:]+": "a schedule's record lives until it is deleted",
    r"precache:(schedules|index):[^:]+": "a team's list of schedules lives as long as they do",
    r"precache:name:.*": "a schedule's name belongs to it until it is deleted",
    r"precache:watched": "schedules are looked after until they are over or deleted",
    r"precache:(installation|enterprise_teams).*": "an installation lives until its team leaves",
    r"qstash:(credentials|addresses)": "clients hold copies of them",
    r"qstash:(message:.*|due|ready:.*|groups)": "a message was acknowledged, and lives until it is settled",
    r"qstash:(schedule:.*|schedules)": "a schedule was acknowledged, and lives until it is deleted",
    r"sandbox:.*": "the workspace on this machine keeps what was said in it",
}
"""Keys of Redis without an end, each with its reason."""
BOUNDED: Final[Mapping[str, str]] = {
    r"bot\.sandbox\..*": "the workspace keeps its newest 5,000 messages, and triggers for ten minutes",
}
"""Types of objects that may become more in each round of a soak, each with its reason."""
_CONTAINERS: Final = ("builtins.dict", "builtins.list", "builtins.tuple")
_HOLDS: Final = 6
"""Containers of one kind that one of these may hold: the blocks of a message, say."""
_WAITS: Final = "qstash:message:"
"""The warm-up of a schedule that was deleted, say: it waits for its time, and is settled then."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """What there is after a round."""

    held: Held
    keys: Mapping[str, bool]
    """The names of all keys in Redis, and if they have a time to live."""
    work: int
    """The number of things that were done."""


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Something that grows."""

    what: str
    sizes: Sequence[int]

    def __str__(self) -> str:
        return f"{self.what}: {' → '.join(map(str, self.sizes))}"


def judge(rounds: Sequence[Round]) -> list[Growth]:
    """All that grows. Raises `ValueError` for too few rounds to tell."""
    if len(rounds) <= LEAST:
        raise ValueError(f"expected more than {LEAST} rounds, got {len(rounds)}")
    counted = [
        Growth(what=what, sizes=[size(played) for played in rounds]) for what, size in _sizes(rounds).items()
    ]
    found = [growth for growth in counted if _is_leak(growth, rounds)]
    found += [
        Growth(what=f"a key without an end, {name}", sizes=[name in played.keys for played in rounds])
        for name, has_end in rounds[-1].keys.items()
        if not has_end and not any(re.fullmatch(pattern, name) for pattern in KEPT)
    ]
    return [*found, *_judge_keys(rounds), *_judge_memory(rounds)]


def _sizes(rounds: Sequence[Round]) -> dict[str, Callable[[Round], int]]:
    """All that is counted, by its name."""
    kinds = {kind for played in rounds for kind in played.held.objects}
    return {
        "tasks": lambda played: played.held.tasks,
        "file descriptors": lambda played: played.held.descriptors,
        "threads": lambda played: played.held.threads,
        "child processes": lambda played: played.held.children,
        "keys that are kept for good": lambda played: sum(map(_is_kept, played.keys, played.keys.values())),
        **{f"objects of {kind}": _counter_of(kind) for kind in kinds},
    }


def _is_kept(name: str, has_end: bool) -> bool:
    return not has_end and not name.startswith(_WAITS)


def _counter_of(kind: str) -> Callable[[Round], int]:
    return lambda played: played.held.objects.get(kind, 0)


def _is_leak(growth: Growth, rounds: Sequence[Round]) -> bool:
    """True if it grew in each round, on the whole by one for each twentieth thing that was done at least."""
    sizes = growth.sizes
    is_steady = all(later > earlier for earlier, later in pairwise(sizes))
    if not is_steady or growth.what in ("tasks", "file descriptors", "threads", "child processes"):
        return is_steady
    kind, allowed = growth.what.removeprefix("objects of "), sum(played.work for played in rounds[1:]) / 20
    if any(re.fullmatch(pattern, kind) for pattern in BOUNDED):
        return False
    if kind in _CONTAINERS:
        allowed += _HOLDS * (_count_bounded(rounds[-1]) - _count_bounded(rounds[0]))
    return sizes[-1] - sizes[0] >= allowed


def _count_bounded(this: Round) -> int:
    return sum(
        number
        for kind, number in this.held.objects.items()
        if any(re.fullmatch(pattern, kind) for pattern in BOUNDED)
    )


def _judge_keys(rounds: Sequence[Round]) -> list[Growth]:
    """Keys become more while none has lived long enough to end; but not by more from round to round."""
    sizes = [len(played.keys) for played in rounds]
    more = [later - earlier for earlier, later in pairwise(sizes)]
    first, last = more[0], more[-1]
    return [Growth(what="keys in all", sizes=sizes)] if last > 1.5 * first + rounds[-1].work / 10 else []


def _judge_memory(rounds: Sequence[Round]) -> list[Growth]:
    """The later half of the rounds is compared with the earlier one, each by its smallest."""
    sizes = [played.held.rss for played in rounds]
    half = len(sizes) // 2
    grown = min(sizes[half:]) - min(sizes[:half])
    return [Growth(what="bytes of memory", sizes=sizes)] if grown > MEMORY * half else []
