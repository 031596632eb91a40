"""Answers as Redis holds them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, Self

from bot.model import Reply
from bot.sources import problem_behind, reason_of
from bot.storage import RecordKind, moment_of, ms_of

ANSWER_RECORD: Final = RecordKind(name="answer", version=1)
_NO_ANSWER_RECORD: Final = RecordKind(name="no_answer", version=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The judgement on whether an answer meets the condition under which it is posted."""

    outcome: Literal["met", "unmet", "open"]
    """`open` if it could not be judged: the answer is posted, and says so."""
    reason: str = ""
    """The judge's reason, in one sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A model's answer, and when it was asked. Immutable, so copies of it never disagree."""

    text: str
    made: datetime
    model: str
    complete: bool = True
    shortened: bool = False
    """It was cut off, and is as complete as its model's answers get."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: int | None = None
    """The cost of all calls that it took, in billionths of a dollar; None where a model has no price."""

    partly_read: bool = False
    """The model's server cut what it was sent."""
    day: date | None = None
    """The date that it is an answer of; None where its prompt does not use the day."""
    asked: str = ""
    """The prompt with its variables filled, if it has any."""
    id: str = ""
    """Its name, which it keeps in whatever form it is posted; empty for older ones."""

    # The rest is said of the answer to one run, never of the answer to a question.

    credit: str = ""
    """In mrkdwn, what was read for it."""
    material_of: str = ""
    """The key of the question with which its material is kept."""
    read: datetime | None = None
    """Until when its sources were read: where the next run's window begins."""
    whole: str = ""
    """All of the answer, where `text` is only what has changed since the schedule last posted."""
    unchanged: bool = False
    """It says nothing that the schedule has not posted before; without a text, there was nothing to read."""
    unjudged: bool = False
    """Nobody could say what of it is new, so it is posted as a whole."""
    judgement: Judgement | None = None
    """The judgement on its schedule's condition, where it has one."""
    paid: bool = False
    """A model was called for this very run."""
    material: str = ""
    """The fingerprint of what was read for it, where somebody looks at it before it is posted."""
    reviewed: str = ""
    """The name of the person who has looked at it, or `-` where nobody had by its time."""
    edited: bool = False
    """That person has changed its words, so they are this run's alone."""
    posted_for: datetime | None = None
    """The time for which it was made, where it is posted long after that."""

    @classmethod
    def of_reply(
        cls, reply: Reply, *, made: datetime, cost: int | None, day: date | None = None, asked: str = ""
    ) -> Self:
        """Make it of a model's reply; `cost` is that of all calls, those included that failed."""
        return cls(
            text=reply.text.encode(errors="replace").decode(),  # a model can emit half of a surrogate pair
            made=made,
            model=reply.model,
            complete=reply.complete,
            shortened=reply.shortened,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost=cost,
            partly_read=reply.partly_read,
            day=day,
            asked=asked,
            id=secrets.token_hex(6),
        )

    @property
    def name(self) -> str:
        """The name under which it is voted for and withdrawn: that of an older one is when it was made."""
        return self.id or str(ms_of(self.made))

    @property
    def may_be_kept(self) -> bool:
        """Nothing of it is missing, so it answers all who ask the same."""
        return self.complete and not self.partly_read

    @property
    def is_cut_off(self) -> bool:
        return self.shortened or not self.complete

    @property
    def is_quiet(self) -> bool:
        """Its schedule's condition is not met, so it is not posted."""
        return self.judgement is not None and self.judgement.outcome == "unmet"

    @property
    def is_open(self) -> bool:
        """Its schedule's condition could not be judged, so it is posted, and says so."""
        return self.judgement is not None and self.judgement.outcome == "open"

    @property
    def as_of(self) -> datetime:
        """The moment whose state of things it tells: of what was read, when that was."""
        return self.read or self.made

    def encode(self) -> str:
        return ANSWER_RECORD.write_record(
            {
                "text": self.text,
                "made": ms_of(self.made),
                "model": self.model,
                "complete": self.complete,
                **({"shortened": True} if self.shortened else {}),
                "in": self.tokens_in,
                "out": self.tokens_out,
                **({"cost": self.cost} if self.cost is not None else {}),
                **({"partly_read": True} if self.partly_read else {}),
                **({"day": self.day.isoformat()} if self.day else {}),
                **({"asked": self.asked} if self.asked else {}),
                **({"material_of": self.material_of} if self.material_of else {}),
                **({"id": self.id} if self.id else {}),
                **({"credit": self.credit} if self.credit else {}),
                **({"read": ms_of(self.read)} if self.read else {}),
                **({"whole": self.whole} if self.whole else {}),
                **({"unchanged": True} if self.unchanged else {}),
                **({"unjudged": True} if self.unjudged else {}),
                **_encode_judgement(self.judgement),
                **({"paid": True} if self.paid else {}),
                **({"material": self.material} if self.material else {}),
                **({"reviewed": self.reviewed} if self.reviewed else {}),
                **({"edited": True} if self.edited else {}),
                **({"posted_for": ms_of(self.posted_for)} if self.posted_for else {}),
            }
        )

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = ANSWER_RECORD.read_record(text)
        return cls(
            text=raw["text"],
            made=moment_of(raw["made"]),
            model=raw["model"],
            complete=raw["complete"],
            shortened=raw.get("shortened", False),
            tokens_in=raw["in"],
            tokens_out=raw["out"],
            cost=raw.get("cost"),
            partly_read=raw.get("partly_read", False),
            day=date.fromisoformat(raw["day"]) if "day" in raw else None,
            asked=raw.get("asked", ""),
            id=raw.get("id", ""),
            credit=raw.get("credit", ""),
            material_of=raw.get("material_of", ""),
            read=moment_of(raw["read"]) if "read" in raw else None,
            whole=raw.get("whole", ""),
            unchanged=raw.get("unchanged", False),
            unjudged=raw.get("unjudged", False),
            judgement=Judgement(**raw["judgement"]) if "judgement" in raw else None,
            paid=raw.get("paid", False),
            material=raw.get("material", ""),
            reviewed=raw.get("reviewed", ""),
            edited=raw.get("edited", False),
            posted_for=moment_of(raw["posted_for"]) if "posted_for" in raw else None,
        )


def _encode_judgement(judgement: Judgement | None) -> dict[str, Any]:
    if judgement is None:
        return {}
    # The outcome comes first: the script that claims a run looks for one that is quiet.
    return {"judgement": {"outcome": judgement.outcome, "reason": judgement.reason}}


QUIET_MARK: Final = '"judgement":{"outcome":"unmet"'
"""In the record of an answer that is not posted, and in no other: within a text, quotes are escaped."""


Cache = Literal["HIT", "MISS", "STALE"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """An answer, and how it was come by: there already, made now, or only the last good one."""

    answer: Answer
    cache: Cache
    why: str = ""
    """The reason of `NoAnswer` why there is only the last good one."""


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """The reason why there is no answer."""

    reason: str
    """One of `replies.REASONS`, or the reason of an `Unreadable`."""
    name: str = ""
    """The source that gave nothing, in mrkdwn."""
    status: int = 0
    """The status with which its site answered, if that was an error."""

    @classmethod
    def of_source(cls, problem: str, *, name: str = "", status: int = 0) -> Self:
        """Say that no source gave anything; the first of them had this problem."""
        return cls(reason=reason_of(problem), name=name, status=status)

    @property
    def is_for_want_of_a_source(self) -> bool:
        return problem_behind(self.reason) is not None

    def encode(self) -> str:
        status = {"status": self.status} if self.status else {}
        return _NO_ANSWER_RECORD.write_record({"reason": self.reason, "name": self.name, **status})

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        version, raw = _NO_ANSWER_RECORD.read_record(text)
        if version == 1:
            reason, name = json.loads(raw)
            return cls(reason=reason, name=name)
        return cls(reason=raw["reason"], name=raw["name"], status=raw.get("status", 0))
