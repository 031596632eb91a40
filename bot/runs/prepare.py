"""From a job to what its run posts: its sources are read and made to fit, the question is answered, and where
a schedule posts only what is new, the answer is compared with the one before it.

For a plain question that is its answer. Everything else may be prepared ahead of its slot and kept, so that
at the slot nothing is read, asked or compared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot import replies
from bot.answers import (
    Answer,
    Answers,
    AskAbout,
    Eye,
    FittingAnswer,
    Found,
    Judge,
    LandingStep,
    Last,
    NoAnswer,
    Question,
    Questions,
    Tell,
    asked_by,
    sum_costs,
)
from bot.day import find_variables
from bot.errors import CapReached, Limited, ModelRefused, SourceUnavailable, StillListening, WhyRefused
from bot.hearing import Hearing, Senses
from bot.runs.follow_ups import TALK, EarlierAnswers
from bot.runs.state.claims import LEASE
from bot.schedules import ScheduleStore
from bot.slack import find_names
from bot.sources import (
    LONGEST_WINDOW,
    PASSING,
    QUIET,
    FileReader,
    LinkReader,
    Material,
    ReadingContext,
    Unreadable,
    decode_sources,
    fingerprint_of_words,
    is_talk,
    read_sources,
)
from bot.storage import read_if_known
from bot.tracing import stage
from bot.workspaces import Workspaces
from scheduler import Closures, Cron, Job, Timing, last_due

logger = logging.getLogger(__name__)

_LONGEST_RHYTHM: Final = timedelta(days=366)
"""As far back as the slot before is looked for."""
_NO_CHANNEL: Final = "this conversation"
_OF_PICTURES: Final[frozenset[WhyRefused]] = frozenset({"refused", "declined"})
_QUESTION_MARKS: Final = ("?", "？", "؟")
_USUAL_WINDOW: Final = timedelta(days=1)
"""The time that is read once, where nobody says how far back."""


async def tell_nobody(done: int, total: int) -> None:
    """Stand in for `Tell` where nobody waits."""


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """Prepares what runs post."""

    answers: Answers
    questions: Questions
    store: ScheduleStore
    workspaces: Workspaces
    links: LinkReader
    files: FileReader
    hearing: Hearing
    earlier: EarlierAnswers
    closures: Closures
    now: Callable[[], datetime]

    async def prepare_answer(
        self,
        job: Job,
        question: Question,
        *,
        slot: datetime | None,
        tell: Tell = tell_nobody,
        look_first: bool = True,
        landing: LandingStep | None = None,
        may_wait: bool = False,
        is_patient: bool = False,
        timing: Timing | None = None,
    ) -> Found | NoAnswer:
        """Make what is to be posted, or say why none of its sources gave anything.

        What is prepared for a slot is kept, and prepared once, however many are at it: nothing is read, asked
        or compared twice. `look_first` and `landing` as for `Answers.obtain_answer`, `may_wait` as for
        `Judge`; `is_patient` where another attempt follows, so that a transcriber that is away is waited for;
        `timing` is that of its schedule, where it is known. Raises `SourceUnavailable` where nobody waits and
        a source may come back, `SlackError`, `RedisUnavailable`, and what asking a model raises.
        """
        if not question.own:
            question = await self._tell_moment(job, question, slot=slot, timing=timing)
            return await self.answers.obtain_answer(question, look_first=look_first, landing=landing)
        if slot is None:
            return await self._prepare_and_judge(
                job, question, slot=None, tell=tell, timing=timing, may_wait=may_wait
            )
        async with self.answers.open_flight(question, lease=LEASE) as flight:
            kept = await flight.find_or_take()
            if kept is not None:
                return Found(answer=kept, cache="HIT")
            found = await self._prepare_and_judge(
                job,
                question,
                slot=slot,
                tell=tell,
                timing=timing,
                may_wait=may_wait,
                is_patient=is_patient,
            )
            if isinstance(found, Found) and found.answer.may_be_kept:
                steps = [] if landing is None else [landing.make_script(found)]
                for reply in await flight.land_answer(found.answer, after=steps):
                    if landing is not None:
                        landing.hear_reply(found, reply)
            return found

    async def judge_shown(
        self, job: Job, question: Question, shown: Answer, *, may_wait: bool = False
    ) -> Answer:
        """Judge an answer that somebody has seen, in a preview or a post, by the condition of this job."""
        return await self._judge.judge_condition(job, question, shown, may_wait=may_wait)

    @property
    def _judge(self) -> Judge:
        return Judge(answers=self.answers, questions=self.questions)

    async def _prepare_and_judge(
        self,
        job: Job,
        question: Question,
        *,
        slot: datetime | None,
        tell: Tell,
        timing: Timing | None,
        may_wait: bool = False,
        is_patient: bool = False,
    ) -> Found | NoAnswer:
        """What is prepared now, with the judgement on its condition: the comparison comes first."""
        found = await self._prepare_now(
            job, question, slot=slot, tell=tell, timing=timing, is_patient=is_patient
        )
        if not isinstance(found, Found):
            return found
        answer = await self._judge.judge_condition(job, question, found.answer, may_wait=may_wait)
        return replace(found, answer=answer, cache="MISS" if answer.paid else found.cache)

    async def _prepare_now(
        self,
        job: Job,
        question: Question,
        *,
        slot: datetime | None,
        tell: Tell,
        timing: Timing | None,
        is_patient: bool,
    ) -> Found | NoAnswer:
        read_until, last = await self._last_run(job)
        now = self.now()
        material: Material | None = None
        since: datetime | None = None
        heard_for: int | None = 0
        looked = False
        if job.sources:
            since = await self._read_since(job, slot, read_until)
            meter, eye = self.answers.meter_of(question), self._eye_for(question)
            ear = self.hearing.for_run(job.team or "", meter=meter, tell=tell)
            senses = Senses(ear=ear, eye=eye, directly=_is_asked_once(job))
            read_now = await self._read_sources(
                job, senses, since=since, now=now, comes_back=slot is not None
            )
            heard_for, looked = sum_costs(meter.spent, eye.cost), eye.paid
            if isinstance(read_now, Unreadable):
                if slot is not None and read_now.problem in QUIET:
                    return Found(answer=_nothing_to_read(now), cache="HIT")
                if slot is not None and read_now.problem in PASSING:
                    raise SourceUnavailable(read_now.problem, name=read_now.name, status=read_now.status)
                return NoAnswer.of_source(read_now.problem, name=read_now.name, status=read_now.status)
            if is_patient and slot is not None:
                _wait_for_transcriber(read_now)
            material = read_now
        question = await self._tell_moment(job, question, slot=slot, since=since, timing=timing)
        if material is not None and is_talk(job.sources):
            question, material = await self._go_on_from(job, question, material)
        asked = await self._ask_about(job, question, material, tell)
        if isinstance(asked, NoAnswer):
            return asked
        answer = replace(
            asked.answer,
            credit=replies.source_credit(asked.material) if asked.material else "",
            material_of=asked.question.key if asked.material else "",
            read=now if asked.material else None,
            material=material.content_fingerprint if material else "",
        )
        if heard_for != 0 or looked:
            answer = replace(answer, cost=sum_costs(answer.cost, heard_for), paid=True)
        if slot is not None and job.changes != "always" and last is not None and last.asked == asked_by(job):
            answer = await self._judge.compare_with(last, job, asked.question, answer)
        return Found(answer=answer, cache="MISS" if answer.paid else "HIT")

    async def _ask_about(
        self, job: Job, question: Question, material: Material | None, tell: Tell
    ) -> FittingAnswer | NoAnswer:
        """Ask it; once more without the pictures that go with it, if the model may have refused those."""
        ask_about = AskAbout(answers=self.answers, questions=self.questions)
        try:
            return await ask_about(job, question, material, tell)
        except ModelRefused as exc:
            if material is None or not material.pictures or exc.why not in _OF_PICTURES:
                raise
            logger.warning("prepare.pictures_refused: %s", exc)
        rest = material.without_pictures()
        if isinstance(rest, Unreadable):
            return NoAnswer.of_source(rest.problem, name=rest.name, status=rest.status)
        return await ask_about(job, question, rest, tell)

    async def _go_on_from(
        self, job: Job, question: Question, material: Material
    ) -> tuple[Question, Material]:
        """The question as one in a talk, and the material with that of the answer that it is about.

        It counts for the caps of that answer's schedule, too. Raises `SlackUnavailable`.
        """
        question = replace(question, setting=TALK)
        posted = await self.earlier.find_answered(job, material)
        if posted is None:
            return question, material
        material = await self.earlier.add_earlier(job, posted, material)
        return replace(question, schedule=posted.schedule or question.schedule), material

    async def _tell_moment(
        self,
        job: Job,
        question: Question,
        *,
        slot: datetime | None,
        timing: Timing | None,
        since: datetime | None = None,
    ) -> Question:
        """The question with how far back it looks, unless `since` says it, and its channel's name."""
        named = find_variables(job.query) if question.is_template else ()
        if since is None or (slot is None and job.schedule is None):  # asked once, it looks back at nothing
            since = self._last_due(job, slot, timing)
        if since is None and "since" in named:
            since = self.now() - _USUAL_WINDOW
        channel = await self._name_channel(job) if "channel" in named else ""
        return question.at_moment(since=since, channel=channel)

    def _last_due(self, job: Job, slot: datetime | None, timing: Timing | None) -> datetime | None:
        """The slot before the one that is served; None for what has no rhythm."""
        if timing is None:
            if not (job.cron and job.zone):
                return None
            timing = Timing(when=Cron.parse(job.cron, zone=job.zone))
        until = self.now() if slot is None else slot - timedelta(seconds=1)
        return last_due(timing, after=until - _LONGEST_RHYTHM, until=until, closures=self.closures)

    async def _name_channel(self, job: Job) -> str:
        channel = job.fills_for or ""
        names = await find_names(await self.workspaces.slack_of(job.team or ""), [channel])
        return f"#{names[channel]}" if channel in names else _NO_CHANNEL

    async def read_fingerprint(self, job: Job, *, slot: datetime | None) -> str | None:
        """Read its sources as if for its answer, and tell only if they are the same as for another one.

        None where they cannot be read now. Raises `SlackError`, `RedisUnavailable`.
        """
        read_until, _ = await self._last_run(job)
        since = await self._read_since(job, slot, read_until)
        question = self.questions.of_job(job, slot=slot)
        meter = self.answers.meter_of(question)
        ear = self.hearing.for_run(job.team or "", meter=meter)
        senses = Senses(ear=ear, eye=self._eye_for(question), directly=_is_asked_once(job))
        try:
            found = await self._read_sources(job, senses, since=since, now=self.now(), comes_back=False)
        except (StillListening, Limited, CapReached):
            return None
        return found.content_fingerprint if isinstance(found, Material) else None

    async def _last_run(self, job: Job) -> tuple[datetime | None, Last | None]:
        """Find until when its schedule has read, and what it has posted last."""
        if job.schedule is None or job.kind == "preview" or not (job.sources or job.changes != "always"):
            return None, None
        read_until, last = await self.store.read_last_reading(job.team or "", job.schedule)
        return read_until, read_if_known(Last.decode, last) if last else None

    async def _read_since(self, job: Job, slot: datetime | None, read_until: datetime | None) -> datetime:
        """Find where reading goes on: where the last run ended, so that none misses anything."""
        now = self.now()
        earliest = now - timedelta(hours=LONGEST_WINDOW)
        if read_until is not None:
            return max(read_until, earliest)
        timing = None if slot is None else await self.find_timing(job)
        if slot is None or timing is None:
            return now - _USUAL_WINDOW
        before = slot - timedelta(seconds=1)
        return last_due(timing, after=earliest, until=before, closures=self.closures) or earliest

    async def find_timing(self, job: Job) -> Timing | None:
        """The rhythm of its schedule; None for what has none."""
        if not (job.cron and job.zone):
            return None
        records = await self.store.read_records([(job.team or "", job.schedule)]) if job.schedule else [None]
        if records[0] is not None and records[0].cron is not None:
            return records[0].timing
        return Timing(when=Cron.parse(job.cron, zone=job.zone))

    def _eye_for(self, question: Question) -> Eye:
        return Eye(
            answers=self.answers,
            questions=self.questions,
            question=question,
            media=self.hearing.media,
            count=self.hearing.count_picture,
        )

    async def _read_sources(
        self, job: Job, senses: Senses, *, since: datetime, now: datetime, comes_back: bool
    ) -> Material | Unreadable:
        context = ReadingContext(
            slack=partial(self.workspaces.slack_of, job.team or ""),
            links=self.links,
            files=self.files,
            senses=senses,
            team=job.team or "",
            now=now,
            zone=job.zone if job.cron and job.zone else "UTC",
            since=since,
            asked=fingerprint_of_words(job.query) if job.query.rstrip().endswith(_QUESTION_MARKS) else "",
            comes_back=comes_back,
        )
        with stage("sources", attributes={"precache.sources": len(job.sources)}):
            return await read_sources(decode_sources(job.sources), context)


def _is_asked_once(job: Job) -> bool:
    """True of what no schedule asks again: a picture that comes with it is what it is about."""
    return job.schedule is None and job.kind != "preview"


def _wait_for_transcriber(read: Material) -> None:
    """Raise `SourceUnavailable` where a recording is missing that the next attempt may hear."""
    for source in read.unread:
        if source.problem == "transcriber_away":
            raise SourceUnavailable(source.problem, name=source.name, status=source.status)


def _nothing_to_read(now: datetime) -> Answer:
    """Make the answer of sources that were read, and have nothing."""
    return Answer(text="", made=now, model="", read=now, unchanged=True)
