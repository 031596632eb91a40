"""What Precache remembers: answers, schedules, and what a claim on a run came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Self


def ms_of(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def moment_of(ms: int | str) -> datetime:
    return datetime.fromtimestamp(int(ms) / 1000, UTC)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model said, and when it was asked. Immutable, so copies of it never disagree."""

    text: str
    made: datetime
    model: str
    complete: bool = True
    tokens_in: int | None = None
    tokens_out: int | None = None

    def encode(self) -> str:
        return json.dumps(
            {
                "text": self.text,
                "made": ms_of(self.made),
                "model": self.model,
                "complete": self.complete,
                "in": self.tokens_in,
                "out": self.tokens_out,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def decode(cls, text: str) -> Self:
        raw = json.loads(text)
        return cls(
            text=raw["text"],
            made=moment_of(raw["made"]),
            model=raw["model"],
            complete=raw["complete"],
            tokens_in=raw["in"],
            tokens_out=raw["out"],
        )


Cache = Literal["HIT", "MISS", "STALE"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """An answer, and how it was come by: there already, made now, or only the last good one."""

    answer: Answer
    cache: Cache


State = Literal["pending", "active", "paused", "deleted"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A prompt with a time: recurring (`cron` and `zone`) or once (`at`)."""

    id: str
    team: str
    channel: str
    user: str
    query: str
    zone: str
    cron: str | None = None
    at: datetime | None = None
    state: State = "pending"
    message: str | None = None
    """QStash's id of the message that waits, for a one-off."""

    def encode(self) -> str:
        return json.dumps(
            {
                "id": self.id,
                "team": self.team,
                "channel": self.channel,
                "user": self.user,
                "query": self.query,
                "zone": self.zone,
                "cron": self.cron,
                "at": self.at and ms_of(self.at),
                "message": self.message,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def decode(cls, text: str, state: State) -> Self:
        raw = json.loads(text)
        return cls(**{**raw, "at": moment_of(raw["at"]) if raw["at"] else None}, state=state)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The run is ours until the lease ends."""

    found: Found | None
    """What is to be posted, if that is known: pinned by an earlier attempt, or fresh enough."""
    parts: int
    """How many parts of it are known to be posted."""
    ts: str | None
    """Slack's timestamp of the first part."""
    unsettled_since: datetime | None
    """Set if an earlier attempt may have posted one part more than it could record."""


@dataclass(frozen=True, kw_only=True)
class Busy:
    """Another delivery of the same run is at work."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class Over:
    """Nothing is left to do: the run was posted, or its schedule was paused or deleted."""

    reason: Literal["posted", "off"]


Claim = Taken | Busy | Over


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Another process is asking the model this very question."""

    left: timedelta
