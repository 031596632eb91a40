"""A target: a function of bytes that raises where a parser does what it must not, and its first inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Attempt = Callable[[bytes], None]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One parser, or several that read the same."""

    name: str
    attempt: Attempt
    """Returns where all is well; raises, or takes long, where it is not."""
    seeds: tuple[bytes, ...]
    longest: int
    """Bytes of an input."""
    guided: bool
    """It runs in this process alone, so that its coverage can lead to further inputs."""


TARGETS: Final[dict[str, Target]] = {}
"""Those of all modules that were imported."""


def target(*seeds: str | bytes, longest: int = 2_000, guided: bool = True) -> Callable[[Attempt], Attempt]:
    """Register a function as a target, by the names of its file and its own."""

    def register(attempt: Attempt) -> Attempt:
        name = f"{attempt.__module__.rpartition('.')[2]}.{attempt.__name__}"
        TARGETS[name] = Target(
            name=name,
            attempt=attempt,
            seeds=tuple(seed.encode() if isinstance(seed, str) else seed for seed in seeds),
            longest=longest,
            guided=guided,
        )
        return attempt

    return register
