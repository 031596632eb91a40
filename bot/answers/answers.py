"""Freshness: is there an answer that is fresh enough, is someone asking already, or must the model be asked?

One number decides: `made_after`, the oldest moment at which an acceptable answer may have been made. However
many ask the same at once, in this process or in others, the model is asked once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from bot.answers.answer_cache import ANSWER_TTL, AnswerCache
from bot.answers.flight import Flight
from bot.answers.records import Answer, Found
from bot.budget import TeamMeter
from bot.errors import CapReached, ModelUnavailable
from bot.model import Model, Models, Shape
from bot.sources import Material
from scheduler import Job, oldest_answer

_RECENT: Final = 512  # answers held in this process: a few megabytes at most
_MARGIN: Final = timedelta(seconds=10)  # from the models' time-out to the end of the lease on a question


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How old an answer may be when nobody says otherwise."""

    max_age: timedelta = timedelta(hours=1)
    """Of an answer to someone who asks now."""
    lead: timedelta = timedelta(minutes=5)
    """How long before its slot a scheduled answer may have been made."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask for whom, and how old the answer may be."""

    key: str
    query: str
    team: str
    made_after: datetime
    model: str | None = None
    """One of the operator's list; None for the usual one."""
    schedule: str | None = None
    """Which one's caps its calls count for, beside the team's."""
    user: str | None = None
    """Who hears of it when a cap comes near."""
    ahead: bool = False
    """Asked for a slot to come: the first to use its answer has had it paid for."""
    own: bool = False
    """Its key is one run's alone: something has to be read or compared first, and may be kept there."""
    material: str = ""
    """What was read for it, as the model gets it."""
    system: str | None = None
    """Other instructions than those for what is posted."""
    shape: Shape | None = None
    """What the answer must look like, as JSON."""

    @property
    def prompt(self) -> str:
        """What the model is asked: the question comes last, so that no material is what it has read last."""
        return f"{self.material}\n\nThe question:\n{self.query}" if self.material else self.query


@dataclass(frozen=True, kw_only=True)
class _Flight:
    made_after: datetime
    started: datetime
    schedule: str | None
    task: asyncio.Task[Found]

    async def landing(self) -> Found:
        """What comes of it. Whoever gives up waiting does not end it for the others."""
        await asyncio.wait({self.task})
        if self.task.cancelled():
            raise ModelUnavailable("this process is being stopped")
        return self.task.result()


class Answers:
    """Answers questions, at the price of one model call for all who ask the same."""

    def __init__(
        self,
        cache: AnswerCache,
        models: Models,
        *,
        meter: Callable[[Question], TeamMeter],
        now: Callable[[], datetime],
        freshness: Freshness,
    ) -> None:
        self._cache = cache
        self._models = models
        self._meter = meter
        self._now = now
        self._freshness = freshness
        self._lease = models.timeout + _MARGIN
        self._recent: OrderedDict[str, Answer] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[Found]] = set()

    def question(self, job: Job, *, slot: datetime | None) -> Question:
        """What `job` asks, now or for its `slot`."""
        if slot is None:
            age = self._freshness.max_age if job.max_age is None else job.max_age
            made_after = self._now() - age
        else:
            lead = self._freshness.lead if job.lead is None else job.lead
            made_after = oldest_answer(job, slot=slot, lead=lead)
        # A key of its own stands for the question until its sources are read and its answer is compared. Only
        # what was made ahead for a slot is stored there: who asks now is told what the sources say now.
        own = bool(job.sources) or (slot is not None and job.changes != "always")
        alone = ""
        if own:
            alone = _canonical([[*map(dict, job.sources)], *(_of_a_slot(job) if slot else ())])
        team = job.team or ""
        return Question(
            key=self._key(team=team, model=job.model, query=job.query, material=alone),
            query=job.query,
            team=team,
            made_after=made_after,
            model=job.model,
            schedule=job.schedule,
            user=job.user,
            own=own,
        )

    def shared(self, question: Question, job: Job, material: Material | None) -> Question:
        """The same question, of what was read for it: whoever asks the same about the same shares its answer.

        The answer about what has not changed stays good as long as it is kept, unless the job says how old it
        may be: it is not paid for again.
        """
        given = material is None or job.max_age is not None or job.lead is not None
        return replace(
            question,
            key=self._key(
                team=question.team,
                model=question.model,
                query=question.query,
                material=material.content_fingerprint if material else "",
            ),
            made_after=question.made_after if given else self._now() - ANSWER_TTL,
            material=material.prompt if material else "",
            own=False,
        )

    def aside(
        self, question: Question, query: str, *, system: str, material: str = "", shape: Shape | None = None
    ) -> Question:
        """Something to ask on the way to the answer of `question`; it holds as long as it is kept."""
        asked = [system, material, *([dict(shape.schema)] if shape else [])]
        return replace(
            question,
            key=self._key(team=question.team, model=question.model, query=query, material=_canonical(asked)),
            query=query,
            made_after=self._now() - ANSWER_TTL,
            material=material,
            system=system,
            shape=shape,
            own=False,
        )

    def window(self, question: Question) -> int:
        """How many tokens its model takes; known once the model is warm."""
        return self._model(question).window

    async def warm(self, question: Question) -> None:
        """Get its model ready. Raises `ModelError`."""
        await self._model(question).warm()

    def _key(self, *, team: str, model: str | None, query: str, material: str) -> str:
        known = self._models.of(model)
        fingerprint = f"{model}, which may not be asked" if known is None else known.fingerprint
        return question_key(team=team, model=fingerprint, query=query, material=material)

    def _model(self, question: Question) -> Model:
        model = self._models.of(question.model)
        if model is None:
            raise ValueError("expected a model that the operator allows")
        return model

    def recent(self, question: Question) -> Answer | None:
        """An answer that this process holds and that is fresh enough; costs nothing."""
        answer = self._recent.get(question.key)
        if answer is None or answer.made < question.made_after:
            return None
        self._recent.move_to_end(question.key)
        return answer

    def remember(self, question: Question, answer: Answer) -> None:
        """Hold an answer that came from the store, so that the next one to ask finds it here."""
        if not answer.complete:
            return
        held = self._recent.get(question.key)
        if held is None or held.made <= answer.made:
            self._recent[question.key] = answer
            self._recent.move_to_end(question.key)
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    async def find(self, question: Question) -> Found:
        """The answer: held here, stored, or made now. Raises `Limited`, `ModelError`, `RedisUnavailable`."""
        answer = self.recent(question)
        flight = self._flights.get(question.key)
        # A flight that would have been content with ours has just found that there is none.
        if answer is None and (flight is None or flight.made_after > question.made_after):
            answer = await self._cache.find_answer(question.key, made_after=question.made_after)
        if answer is not None:
            self.remember(question, answer)
            return Found(answer=answer, cache="HIT")
        return await self.ask(question)

    async def obtain(self, question: Question) -> Found:
        """As `find`, for those who need the model's package anyway: the store is asked on the way to it."""
        answer = self.recent(question)
        return await self.ask(question) if answer is None else Found(answer=answer, cache="HIT")

    async def ask(self, question: Question) -> Found:
        """The answer to a question that is not held here; a copy that has stored it saves the call."""
        while (flight := self._flights.get(question.key)) and flight.started >= question.made_after:
            try:
                found = await flight.landing()
            except CapReached as exc:
                if exc.scope != "schedule" or flight.schedule == question.schedule:
                    raise
                continue  # it is the cap of whoever set it off, and not ours
            if found.answer.made >= question.made_after:
                return Found(answer=found.answer, cache="HIT")
            # It found an answer fresh enough for whoever set it off, and too old for us.
        return await self._set_off(question).landing()

    def flight(self, question: Question, *, lease: timedelta) -> Flight:
        """The right to prepare what is kept under a key of its own."""
        return Flight(
            self._cache, key=question.key, made_after=question.made_after, lease=lease, now=self._now
        )

    async def keep_preview(self, team: str, name: str, answer: Answer) -> None:
        """Keep what a preview has shown, with what was read for it: a first run may be to post just that."""
        if answer.complete:
            seen = replace(answer, paid=False)  # the run that posts it pays nothing
            await self._cache.land_flight(preview_key(team, name), token="", answer=seen)

    async def previewed(self, team: str, name: str) -> Answer | None:
        """What a preview has shown, as long as it is kept."""
        return await self._cache.find_answer(preview_key(team, name))

    async def last_good(self, question: Question) -> Answer | None:
        """The newest answer there is, however old."""
        return await self._cache.find_answer(question.key)

    async def aclose(self) -> None:
        """Give up the flights that are still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _set_off(self, question: Question) -> _Flight:
        # A task of its own: whoever set it off may be cancelled, those who joined still wait.
        task = asyncio.create_task(self._fly(question))
        flight = _Flight(
            made_after=question.made_after, started=self._now(), schedule=question.schedule, task=task
        )
        self._tasks.add(task)
        self._flights[question.key] = flight
        task.add_done_callback(lambda _: self._landed(question.key, flight))
        return flight

    def _landed(self, key: str, flight: _Flight) -> None:
        self._tasks.discard(flight.task)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # seen by those who waited, or by nobody if all of them have gone

    async def _fly(self, question: Question) -> Found:
        model, meter = self._model(question), self._meter(question)
        await model.warm()
        from bot.answers.langchain_cache import FlightCache  # LangChain: seconds to import

        async with self.flight(question, lease=self._lease) as flight:
            cache = FlightCache(flight)
            reply = await model.ask(
                question.prompt, cache=cache, meter=meter, system=question.system, shape=question.shape
            )
            answer, called = await cache.land(reply, cost=meter.spent, ahead=question.ahead)
        self.remember(question, answer)
        return Found(answer=answer, cache="MISS" if called else "HIT")


def question_key(*, team: str, model: str, query: str, material: str = "") -> str:
    """One key for one question: whoever asks the same in the same team gets the same answer.

    `model` is the model's fingerprint, with its parameters and the version of our prompt template. The query
    counts without the white space around it; `material` is the fingerprint of what was read for it. The team
    stands in the key itself, so that what was kept for it can be found when it leaves.
    """
    parts = _canonical(["v2", team, model, query.strip(), *([material] if material else [])])
    return f"{quote(team, safe='')}:{hashlib.sha256(parts.encode()).hexdigest()[:32]}"


def preview_key(team: str, name: str) -> str:
    """Under which the answer of one preview is kept."""
    return f"{quote(team, safe='')}:preview-{name}"


def _of_a_slot(job: Job) -> tuple[Any, ...]:
    """What else shapes the answer to one schedule's slot: what it has read and posted, and its clock."""
    return (job.schedule, job.changes, job.zone)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
