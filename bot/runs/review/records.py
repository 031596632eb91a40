"""A post that is looked at first, and what was decided about it, as values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self

from bot.answers import Answer, Cache, Found, asked_by
from bot.replies.review import ReviewerProblem
from bot.schedules import Review, Schedule, ScheduleRef, Undecided
from bot.storage import RecordKind, moment_of, ms_of
from scheduler import Job

ReviewState = Literal["asked", "post", "skip", "undecided", "unseen", "late", "clear"]
"""Nobody has decided yet; it was decided; at its time nobody had, and nothing was posted, or it was posted
unseen; it is posted later all the same; there is nothing in it to decide about."""
Decision = Literal["", "ask", "post", "skip", "undecided"]
"""A run's finding: nobody looks at it, or has to be asked, or it goes out, or not, or nobody decided."""

LATE: Final = timedelta(hours=12)
"""After its time, so long may be posted what nobody had decided about."""
KEPT: Final = timedelta(days=7)
"""After that, so long an old button is told what was decided; as long as runs are known."""

_REVIEW: Final = RecordKind(name="review", version=1)


def occasion_of(job: Job, *, slot: datetime | None) -> str:
    """The name of the run, within its schedule, that is looked at: the same for all of its places."""
    if job.review is not None:
        return job.review
    moment = slot or job.at
    return str(int(moment.timestamp())) if moment is not None else job.id or ""


def shape_of(job: Job) -> str:
    """A fingerprint of all that shapes the answer to a job: with another one, it is looked at again."""
    raw = json.dumps([asked_by(job), job.model, job.changes, job.post_if])
    return hashlib.sha256(raw.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class ReviewClaim:
    """The facts by which a run finds the decision about it."""

    schedule: ScheduleRef
    occasion: str
    shape: str
    moment: datetime
    """Now, or its slot if that is later: to a clock that is slow, it has come all the same."""
    required: tuple[str, ...]
    """The people and groups of whom the operator wants one to look at it, whatever the schedule says."""
    is_late: bool
    """It posts what was decided after its time."""


@dataclass(frozen=True, kw_only=True)
class ReviewKey:
    """The name of one review."""

    team: str
    schedule: str
    occasion: str


@dataclass(frozen=True, kw_only=True)
class WaitingRun:
    """A run that is ours, whose time has come before anybody was asked."""

    schedule: Schedule
    key: ReviewKey
    job: Job
    slot: datetime | None
    run: str
    token: str


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """The facts about a review that do not change while it is open."""

    job: Job
    """That of the run, which is published again where a decision comes after its time."""
    slot: datetime | None
    due: datetime
    """From then on, what the schedule says for no decision happens."""
    until: datetime
    """Until then it may be posted late."""
    reviewers: tuple[str, ...]
    """The people who are asked."""
    unfit: tuple[tuple[str, ReviewerProblem], ...] = ()
    """The people who are named, and could not be asked."""
    undecided: Undecided
    waits: bool = False
    """Its time had come before anybody was asked: its run waits for the decision."""
    required: tuple[str, ...] = ()
    """Those whom the operator requires for its places, of whom one decides."""
    material: str = ""
    """The fingerprint of what was read for it."""

    def encode(self) -> str:
        return _REVIEW.write_record(
            {
                "job": self.job.encode().decode(),
                "slot": ms_of(self.slot) if self.slot else None,
                "due": ms_of(self.due),
                "until": ms_of(self.until),
                "reviewers": [*self.reviewers],
                "unfit": [[*named] for named in self.unfit],
                "undecided": self.undecided,
                "waits": self.waits,
                "required": bool(self.required),
                "required_by": [*self.required],
                "material": self.material,
            }
        )

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _REVIEW.read_record(text)
        return cls(
            job=Job.decode(raw["job"].encode()),
            slot=moment_of(raw["slot"]) if raw["slot"] else None,
            due=moment_of(raw["due"]),
            until=moment_of(raw["until"]),
            reviewers=tuple(raw["reviewers"]),
            unfit=tuple((who, problem) for who, problem in raw.get("unfit", ())),
            undecided=raw["undecided"],
            waits=raw["waits"],
            required=tuple(raw["required_by"] if "required_by" in raw else raw["reviewers"]),
            material=raw["material"],
        )


@dataclass(frozen=True, kw_only=True)
class Card:
    """The message in which a reviewer was asked."""

    user: str
    channel: str
    ts: str

    @property
    def place(self) -> str:
        return f"{self.channel} {self.ts}"

    @classmethod
    def decode(cls, user: str, place: str) -> Self:
        channel, _, ts = place.partition(" ")
        return cls(user=user, channel=channel, ts=ts)


@dataclass(frozen=True, kw_only=True)
class OpenReview:
    """A review as it stands."""

    key: ReviewKey
    facts: ReviewFacts
    state: ReviewState
    round: int
    """The number of the answer it is about: one that is made again is looked at again."""
    answer: Answer
    by: str = ""
    """The person who decided."""
    cards: tuple[Card, ...] = ()
    old_cards: tuple[Card, ...] = ()
    """Those of an answer before it, as long as they do not say so."""
    asking: datetime | None = None
    """The end of the lease of the attempt that asks the reviewers; None once all of them are asked."""
    since: datetime | None = None
    """The moment from which on they may have been asked."""

    @classmethod
    def decode(cls, key: ReviewKey, raw: Mapping[str, str]) -> Self | None:
        """Read all fields of its hash; None if there is none. Raises `NewerRecord`."""
        if not raw.get("doc"):
            return None
        cards, old_cards = [], []
        for name, value in raw.items():
            if name.startswith(CARD):
                cards.append(Card.decode(name.removeprefix(CARD), value))
            elif name.startswith(OLD_CARD):
                old_cards.append(Card.decode(value, name.removeprefix(OLD_CARD)))
        state: Any = raw["state"]
        return cls(
            key=key,
            facts=ReviewFacts.decode(raw["doc"]),
            state=state,
            round=int(raw["round"]),
            answer=Answer.decode(raw["answer"]),
            by=raw.get("by", ""),
            cards=tuple(cards),
            old_cards=tuple(old_cards),
            asking=moment_of(raw["asking"]) if raw.get("asking") else None,
            since=moment_of(raw["since"]) if raw.get("since") else None,
        )

    @property
    def is_open(self) -> bool:
        """Nobody has decided, and the run may still post it."""
        return self.state == "asked"

    def may_be_posted_late(self, *, now: datetime) -> bool:
        return self.state == "undecided" and now < self.facts.until

    def is_about(self, job: Job, review: Review) -> bool:
        """Tell if what this run posts needs no other look."""
        needed = review.by if review.is_required else ()
        return shape_of(self.facts.job) == shape_of(job) and {*needed} <= {*self.facts.required}

    def late_job_of(self, schedule: Schedule) -> Job:
        """The job that posts it after its time, once, where its schedule posts now."""
        job, place = self.facts.job, schedule.job
        name = f"{self.key.schedule}-late-{self.key.occasion}"[:40]
        return replace(
            job,
            channel=place.channel,
            also=place.also,
            thread=place.thread,
            id=name,
            schedule=self.key.schedule,
            cron=None,
            zone=None,
            at=None,
            lead=None,
            review=self.key.occasion,
        )


CARD: Final = "card:"
"""Before a reviewer's id, the field of the message in which they were asked."""
OLD_CARD: Final = "old:"
"""Before the place of such a message, the field of one that is out of date, with its reviewer."""


def pinned_answer(found: Found, *, reviewed: str) -> Answer:
    """The answer as the run will post it, decided by someone of that name."""
    paid = found.answer.paid or found.cache == "MISS"
    return replace(found.answer, reviewed=reviewed, paid=paid)


def is_nothing_to_decide(answer: Answer) -> bool:
    """It says nothing new, or its condition is not met: nobody is asked, and its run ends as ever."""
    return answer.unchanged or answer.is_quiet or not answer.text


def cache_of(found: Found) -> Cache:
    """The words in which the post says how it came about."""
    return "STALE" if found.cache == "STALE" else "HIT"
