"""The weather: which request meets which fault, decided by a seed.

Each decision hangs on the seed, on what the request is about, and on how often that was asked before; never
on the order in which requests of different runs happen to come. So a seed names its faults as well as
processes that really run side by side allow.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Wire(StrEnum):
    """The two between which a request goes."""

    REDIS = "redis"
    REST = "redis over rest"
    QSTASH = "qstash"
    SLACK = "slack"
    MODEL = "model"
    DELIVERY = "delivery"


class Fault(StrEnum):
    """The fate of a request."""

    RESET = "reset"
    """The connection breaks before the request is passed on."""
    LOST = "answer lost"
    """The request is passed on, and the connection breaks before its answer is."""
    HALF = "half an answer"
    SHORT = "a shortened answer"
    """Half of it, as if that were all."""
    DELAY = "delay"
    LIMIT = "429"
    ERROR = "5xx"
    KILL = "killed"
    """The copy that asks is killed; the request has been passed on."""
    KILL_BEFORE = "killed before"
    STOP = "stopped"
    """The copy that asks is told to stop, and may end what it is at."""
    FREEZE = "frozen"
    """The copy that asks stands still for minutes, and then goes on; the request has been passed on."""
    TWICE = "delivered twice"
    AGAIN = "delivered again"
    LATER = "delivered later"


DEADLY: Final = frozenset({Fault.KILL, Fault.KILL_BEFORE, Fault.STOP})
NOT_PASSED_ON: Final = frozenset({Fault.RESET, Fault.LIMIT, Fault.ERROR, Fault.KILL_BEFORE})

_OF: Final[Mapping[Wire, tuple[Fault, ...]]] = {
    Wire.REDIS: (Fault.RESET, Fault.LOST, Fault.HALF, Fault.DELAY, Fault.ERROR),
    Wire.REST: (
        *(Fault.RESET, Fault.LOST, Fault.HALF, Fault.SHORT),
        *(Fault.DELAY, Fault.LIMIT, Fault.ERROR),
    ),
    Wire.QSTASH: (Fault.RESET, Fault.LOST, Fault.HALF, Fault.DELAY, Fault.LIMIT, Fault.ERROR),
    Wire.SLACK: (Fault.RESET, Fault.LOST, Fault.HALF, Fault.DELAY, Fault.LIMIT, Fault.ERROR),
    Wire.MODEL: (Fault.RESET, Fault.LOST, Fault.HALF, Fault.DELAY, Fault.LIMIT, Fault.ERROR),
    Wire.DELIVERY: (Fault.RESET, Fault.LOST, Fault.TWICE, Fault.AGAIN, Fault.LATER),
}


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The share of requests that meet a fault."""

    of: Mapping[Wire, float]
    deadly: float
    """Of requests on any wire that cost the copy its life."""
    freezing: float
    """Of those at which it stands still."""


ROUGH: Final = Rates(
    of={
        **dict.fromkeys((Wire.REDIS, Wire.REST), 0.02),
        **dict.fromkeys((Wire.QSTASH, Wire.SLACK, Wire.MODEL), 0.2),
        Wire.DELIVERY: 0.25,
    },
    deadly=0.004,
    freezing=0.003,
)


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One request that met a fault."""

    at: datetime
    wire: Wire
    name: str
    fault: Fault


@dataclass(kw_only=True)
class Weather:
    """Decides, and remembers what it decided."""

    seed: int
    now: Callable[[], datetime]
    rates: Rates = ROUGH
    calm: bool = True
    """Nothing happens but what is planned."""
    most_deaths: int = 0
    most_freezes: int = 0
    happened: list[Happened] = field(default_factory=list)
    asked: Counter[Wire] = field(default_factory=Counter)
    _planned: list[tuple[Wire, str, Fault]] = field(default_factory=list)
    _aliases: dict[str, str] = field(default_factory=dict)
    _seen: Counter[tuple[Wire, str]] = field(default_factory=Counter)

    def call(self, drawn: str, label: str) -> None:
        """Know an id that the product has drawn by chance by a name that the next run has too."""
        self._aliases[drawn] = label

    def known_as(self, drawn: str) -> str:
        """The name for an id, if it has one."""
        return self._aliases.get(drawn, drawn)

    def plan(self, wire: Wire, about: str, *faults: Fault) -> None:
        """The coming requests that are about this meet these faults, whatever the weather."""
        self._planned += [(wire, about, fault) for fault in faults]

    def strike(self, wire: Wire, name: str) -> Fault | None:
        """Decide what happens to a request."""
        for drawn, label in self._aliases.items():
            name = name.replace(drawn, label)
        self.asked[wire] += 1
        fault = self._plan_for(wire, name)
        if fault is None and not self.calm:
            fault = self._chance(wire, name)
        if fault is not None:
            self.happened.append(Happened(at=self.now(), wire=wire, name=name, fault=fault))
        return fault

    @property
    def deaths(self) -> int:
        """The number of copies that were killed or told to stop."""
        return sum(met.fault in DEADLY for met in self.happened)

    @property
    def freezes(self) -> int:
        """The number of times that a copy was made to stand still."""
        return sum(met.fault is Fault.FREEZE for met in self.happened)

    def dice(self, name: str) -> random.Random:
        """Chance about one thing, the same for the same seed."""
        return random.Random(f"{self.seed}|{name}")  # noqa: S311 - chance that can be repeated is the point

    def _plan_for(self, wire: Wire, name: str) -> Fault | None:
        for place, (planned, about, fault) in enumerate(self._planned):
            if planned is wire and about in name:
                del self._planned[place]
                return fault
        return None

    def _chance(self, wire: Wire, name: str) -> Fault | None:
        time = self._seen[wire, name]
        self._seen[wire, name] += 1
        dice = self.dice(f"{wire}|{name}|{time}")
        deadly, freezing = dice.random() < self.rates.deadly, dice.random() < self.rates.freezing
        if deadly and self.deaths < self.most_deaths and wire is not Wire.DELIVERY:
            return dice.choice((Fault.KILL, Fault.KILL, Fault.KILL_BEFORE, Fault.STOP))
        if freezing and self.freezes < self.most_freezes and wire is not Wire.DELIVERY:
            return Fault.FREEZE
        return dice.choice(_OF[wire]) if dice.random() < self.rates.of[wire] else None
