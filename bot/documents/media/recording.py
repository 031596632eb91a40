"""A recording as values: how long it is, and the stretches in which it is heard; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final, Literal, Self

LONGEST: Final = 4 * 3_600
"""Seconds of a recording."""
LONGEST_STRETCH: Final = 180
"""Seconds; as FLAC at most 6 MB, where providers take 25 MB."""
LARGEST_RECORDING: Final = 100_000_000
"""Bytes of a recording."""
RATE: Final = 16_000
"""Samples of a second, which is what recognisers of speech take."""

RecordingProblem = Literal[
    "soundless",  # a video without a sound track
    "silent",
    "too_long",
    "broken",
    "too_large",
    "slow",
]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a recording between two pauses."""

    start: float
    """Seconds from the beginning of the recording."""
    end: float
    silent: bool = False

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Recording:
    """All of a recording, before it is heard."""

    seconds: float
    stretches: tuple[Stretch, ...]
    broken_off: bool = False
    """True if it says that it is longer, or goes on with what cannot be decoded."""

    def encode(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def decode(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            seconds=raw["seconds"],
            stretches=tuple(Stretch(**stretch) for stretch in raw["stretches"]),
            broken_off=raw["broken_off"],
        )


@dataclass(frozen=True, kw_only=True)
class Unheard:
    """A recording that cannot be heard, and why."""

    problem: RecordingProblem


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One stretch as FLAC: 16,000 samples a second, one channel."""

    index: int
    """Its place among the recording's stretches."""
    flac: bytes


def plan_stretches(levels: list[float], *, quiet: float, window: float) -> tuple[Stretch, ...]:
    """Cut where it is quietest. `levels` are the loudness of windows of so many seconds, one after the other.

    A stretch in which nothing is as loud as `quiet` is silent.
    """
    most = round(LONGEST_STRETCH / window)
    cuts, start = [0], 0
    while len(levels) - start > most:
        start = _quietest_place(levels, start + most // 2, start + most)
        cuts.append(start)
    cuts.append(len(levels))
    return tuple(
        Stretch(
            start=round(begin * window, 2),
            end=round(end * window, 2),
            silent=max(levels[begin:end], default=0.0) < quiet,
        )
        for begin, end in pairwise(cuts)
        if end > begin
    )


_PAUSE: Final = 5
"""Windows that are looked at together: a moment without sound is no pause yet."""


def _quietest_place(levels: list[float], begin: int, end: int) -> int:
    """The middle of the quietest moment; of several that are as quiet, the last."""
    sums = [sum(levels[place : place + _PAUSE]) for place in range(begin, end - _PAUSE)]
    least = min(sums)
    place = max(index for index, level in enumerate(sums) if level <= least)
    return begin + place + _PAUSE // 2
