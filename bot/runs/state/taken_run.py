"""A run before and after it is claimed, and what follows from all that is known of it; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from bot import replies
from bot.answers import Answer, Found, NoAnswer, Question
from bot.budget import PostQueue
from bot.feedback import Target
from bot.runs.review.records import ReviewClaim, ReviewKey, WaitingRun, occasion_of, shape_of
from bot.runs.state.claims import OpenPost, Taken
from bot.runs.state.obstacles import Skipped
from bot.schedules import NOBODY, Place, Schedule
from bot.sources import fingerprint_of_words, is_talk
from scheduler import EARLY, Closures, Job, Rest, Timing


@dataclass(frozen=True, kw_only=True)
class WantedRun:
    """A run that a delivery asks for."""

    job: Job
    run: str
    slot: datetime | None
    question: Question
    is_overtaken: bool = False
    """It is asked for by a later slot's delivery, to end what is begun; or a later slot came before it."""

    is_patient: bool = False
    """Another attempt follows soon, so a source that is away for a moment is waited for."""

    @property
    def team(self) -> str:
        return self.job.team or ""

    @property
    def post_place(self) -> Place:
        return Place(channel=self.job.channel or "", thread=self.job.thread)

    @property
    def post_queue(self) -> PostQueue:
        """The posts among which it has its turn."""
        return PostQueue(
            team=self.team,
            channel=self.post_place.channel,
            in_person=self.slot is None and self.job.at is None,
            silent=self.job.is_selective,
        )

    @property
    def open_post(self) -> OpenPost | None:
        """Its post, by which later slots find it; None for what is no slot's."""
        job = self.job
        if self.slot is None or job.schedule is None:
            return None
        return OpenPost(
            schedule=(self.team, job.schedule),
            slot=self.slot,
            channel=job.channel or "",
            thread=job.thread,
            place=job.place,
        )

    @property
    def served_slot(self) -> datetime | None:
        """The slot whose post it is, at its time or, as its reviewers have decided, after it."""
        late = self.job.review
        if self.slot is None and late is not None and late.isascii() and late.isdigit():
            return datetime.fromtimestamp(int(late), UTC)
        return self.slot

    @property
    def first_run(self) -> str:
        """The run of its first place, which stands for all of them."""
        return self.run.removesuffix(f":{self.job.place}") if self.job.place else self.run

    @property
    def with_slot(self) -> Job:
        """The job to publish again: it names its slot, which the clock may not tell any more then."""
        return self.job if self.slot is None else replace(self.job, at=self.slot)

    @property
    def review_key(self) -> ReviewKey:
        """The name of what is looked at before it is posted, of all places of its schedule."""
        schedule = self.job.schedule or self.job.id or ""
        occasion = occasion_of(self.job, slot=self.slot)
        return ReviewKey(team=self.team, schedule=schedule, occasion=occasion)

    def review_claim(self, *, required: tuple[str, ...], now: datetime) -> ReviewClaim | None:
        """What its claim needs to find what was decided about it."""
        key, moment = self.review_key, self.slot or self.job.at
        if not key.schedule:
            return None
        return ReviewClaim(
            schedule=(key.team, key.schedule),
            occasion=key.occasion,
            shape=shape_of(self.job),
            moment=now if moment is None else max(now, moment),
            required=required,
            is_late=self.job.review is not None,
        )

    @property
    def is_by_hand(self) -> bool:
        """A person runs a schedule between its slots."""
        return self.job.id is not None and self.job.schedule is not None


@dataclass(frozen=True, kw_only=True)
class TakenRun(WantedRun):
    """A run that is ours."""

    claim: Taken
    token: str
    turn: datetime | None = None
    """The moment from which it may be posted."""
    is_spread: bool = False
    """Its outcome goes to its further places, too."""

    @classmethod
    def of_claim(cls, wanted: WantedRun, claim: Taken, *, token: str) -> Self:
        return cls(
            job=wanted.job,
            run=wanted.run,
            slot=wanted.slot,
            question=wanted.question,
            is_overtaken=wanted.is_overtaken or claim.is_overtaken,
            is_patient=wanted.is_patient,
            claim=claim,
            token=token,
            turn=claim.turn,
        )

    @property
    def schedule(self) -> Schedule | None:
        """The record of what runs, as it is now."""
        return self.claim.schedule

    @property
    def asked_in_thread(self) -> str:
        """The fingerprint of what is asked in a talk; empty for all else."""
        return fingerprint_of_words(self.job.query) if is_talk(self.job.sources) else ""

    @property
    def timing(self) -> Timing | None:
        """The rhythm of its schedule; None for what has none."""
        return None if self.schedule is None or self.schedule.cron is None else self.schedule.timing

    @property
    def is_ready(self) -> bool:
        """Its answer was there when it was claimed."""
        return self.claim.found is not None

    @property
    def shown(self) -> datetime | None:
        """The moment at which all its places were last found to be open to what it shows."""
        return self.claim.shown

    @property
    def told_user(self) -> str | None:
        """The person to tell of it: the one who asked for it, or the owner that its schedule has now.

        What QStash brings may name the one who had it when it was published.
        """
        schedule = self.schedule
        return self.job.user if schedule is None or self.is_by_hand else schedule.user

    def vote_target(self, answer: Answer) -> Target:
        """What votes under its post are about."""
        return Target(
            answer=answer.name,
            schedule=self.schedule.id if self.schedule else "",
            asker=(self.schedule.user if self.schedule else self.told_user) or "",
            is_teamless=not self.team,
        )

    @property
    def is_by_another(self) -> bool:
        """Somebody else than its owner runs a schedule by hand."""
        schedule = self.schedule
        return schedule is not None and self.told_user != schedule.user

    @property
    def further_places(self) -> tuple[str, ...]:
        """The channels of the places that its outcome goes to, too, as its schedule has them now."""
        job, schedule = self.job, self.schedule
        if job.place is not None or self.is_overtaken:
            return ()
        if schedule is None:
            return job.also
        known = tuple(place.channel for place in schedule.places if place.channel != job.channel)
        return tuple(channel for channel in job.also if channel in known) if self.is_by_hand else known

    @property
    def is_one_of_several(self) -> bool:
        """It posts to one of several places."""
        job, schedule = self.job, self.schedule
        return job.place is not None or bool(job.also or (schedule is not None and schedule.also))

    @property
    def has_moved(self) -> bool:
        """It was published for the place where its schedule posted before, and nothing of it stands there."""
        schedule, job = self.schedule, self.job
        if schedule is None or job.place is not None or job.cron is None or self.is_overtaken:
            return False
        return job.channel != schedule.channel and not self._has_begun

    @property
    def is_elsewhere(self) -> bool:
        """It posts where no schedule does, and nobody has looked at it: no reviewers of that place are asked.

        So is the refreshed answer under a post that stands where its schedule posted before.
        """
        if self.schedule is None:
            return True
        is_undecided = self.claim.decision == "ask" and not self._has_begun
        return is_undecided and self.post_place.channel not in self.schedule.channels

    @property
    def _has_begun(self) -> bool:
        """A part of it may stand in its place."""
        return self.claim.parts > 0 or self.claim.unsettled_since is not None

    @property
    def is_taken_away(self) -> bool:
        """It is for a further place that its schedule has no longer."""
        schedule, place = self.schedule, self.job.place
        if schedule is None or place is None:
            return False
        return place not in [kept.channel for kept in schedule.places]

    def needs_leaving(self, result: Found | NoAnswer) -> bool:
        """Tell if its further places could not find this by themselves: it is no fresh whole answer."""
        question = self.question
        if isinstance(result, Found) and result.answer.reviewed:
            return False  # their claims find what was decided
        if isinstance(result, NoAnswer) or result.cache == "STALE" or not result.answer.may_be_kept:
            return True
        if self.claim.preview is not None or (question.own and self.slot is None):
            return True
        return result.answer.made < question.made_after

    @property
    def unposted(self) -> Skipped | None:
        """The reason why it is not posted: a reviewer has skipped it, or none has decided."""
        match self.claim.decision:
            case "skip":
                return Skipped(why=replies.SKIPPED)
            case "undecided":
                return Skipped(why=replies.UNDECIDED)
            case _:
                return None

    @property
    def waiting_run(self) -> WaitingRun:
        """What its reviewers are asked about."""
        assert self.schedule is not None  # noqa: S101 - nobody looks at what has no record
        return WaitingRun(
            schedule=self.schedule,
            key=self.review_key,
            job=self.with_slot,
            slot=self.slot,
            run=self.run,
            token=self.token,
        )

    def is_past_deciding(self, result: object) -> bool:
        """Tell if its time came before any decision, which its reviewers are to see."""
        is_unseen = isinstance(result, Found) and result.answer.reviewed == NOBODY
        return (is_unseen or self.claim.decision == "undecided") and self.job.place is None

    def reason_to_rest(self, closures: Closures) -> Rest | None:
        """Say why its schedule does not run at this slot; None if it does."""
        schedule, slot = self.schedule, self.slot
        if schedule is None or slot is None or not schedule.may_rest:
            return None
        return schedule.timing.rest_at(slot, closures=closures)

    def is_to_post(self, result: Found | NoAnswer) -> bool:
        """Tell if this is posted where the run belongs, and not told to a person or to nobody."""
        if isinstance(result, NoAnswer):
            return self.explains_in_channel
        answer = result.answer
        return not (answer.is_quiet or (answer.unchanged and self.job.changes != "always"))

    @property
    def explains_in_channel(self) -> bool:
        """Tell if its readers could take silence for "all clear"; else only one person hears of a failure."""
        return self.slot is not None and bool(self.job.sources or self.job.is_selective)

    def has_warm_up_ahead(self, now: datetime) -> bool:
        """Tell if the answer of a coming slot is made ahead by a message that QStash has."""
        return self.claim.warmed is not None and self.claim.warmed > now + EARLY

    def has_paid_for(self, found: Found) -> bool:
        """Tell if its answer was made for this very run, now or ahead of its slot."""
        if found.cache == "MISS" or self.claim.ahead:
            return True
        is_own = self.slot is not None or bool(found.answer.reviewed)
        return is_own and found.answer.paid and self.job.place is None
