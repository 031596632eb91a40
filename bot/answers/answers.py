"""Finds the answer that is fresh enough, joins a flight that makes one, or asks the model.

However many ask the same at once, in this process or in others, the model is asked once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from bot.answers.answer_cache import AnswerCache
from bot.answers.basis import pack_material
from bot.answers.flight import Flight
from bot.answers.near_cache import NearCache
from bot.answers.question import Question, preview_key
from bot.answers.records import Answer, Found
from bot.answers.withdrawn_watch import WithdrawnAnswers
from bot.budget import TeamMeter
from bot.errors import CapReached, Limited, ModelUnavailable, RedisUnavailable
from bot.model import Model, ModelRequest, Models
from scheduler import Script

logger = logging.getLogger(__name__)

_MARGIN: Final = timedelta(seconds=10)  # from the models' time-out to the end of the lease on a question


@dataclass(frozen=True, kw_only=True)
class _Flight:
    made_after: datetime
    started: datetime
    schedule: str | None
    task: asyncio.Task[Found]

    async def wait_for_landing(self) -> Found:
        """Wait for its answer; the flight goes on for the others when one of them gives up."""
        await asyncio.wait({self.task})
        if self.task.cancelled():
            raise ModelUnavailable("this process is being stopped")
        return self.task.result()


class LandingStep(Protocol):
    """A script that goes to Redis together with the answer that it is about."""

    def make_script(self, found: Found) -> Script:
        """The script, once the answer is there."""

    def hear_reply(self, found: Found, reply: Any) -> None:
        """Its reply; not heard where the answer was not made by this very request, or got lost."""


class Answers:
    """Answers questions, at the price of one model call for all who ask the same."""

    def __init__(
        self,
        cache: AnswerCache,
        models: Models,
        *,
        meter: Callable[[Question], TeamMeter],
        now: Callable[[], datetime],
        near_cache: NearCache | None = None,
        withdrawn: WithdrawnAnswers | None = None,
    ) -> None:
        self._cache = cache
        self._models = models
        self._meter = meter
        self._now = now
        self._lease = models.timeout + _MARGIN
        self._near_cache = NearCache() if near_cache is None else near_cache
        self._withdrawn = withdrawn or WithdrawnAnswers(redis=cache.redis, near_cache=self._near_cache)
        self._flights: dict[tuple[str, date | None], _Flight] = {}
        self._tasks: set[asyncio.Task[Found]] = set()

    def meter_of(self, question: Question) -> TeamMeter:
        """The meter for what is paid for on the way to the answer of a question."""
        return self._meter(question)

    def window_of(self, question: Question) -> int:
        """The tokens that its model takes; known once the model is ready."""
        return self._model_of(question).context_window

    def takes_pictures(self, question: Question) -> bool:
        """True if its model may be asked about pictures; known once the model is ready."""
        return self._model_of(question).takes_pictures

    async def get_model_ready(self, question: Question) -> None:
        """Get the model of this question ready. Raises `ModelError`."""
        await self._model_of(question).get_ready()

    def _model_of(self, question: Question) -> Model:
        model = self._models.allowed_model(question.model)
        if model is None:
            raise ValueError("expected a model that the operator allows")
        return model

    def held_answer(self, question: Question, *, again: bool = False) -> Answer | None:
        """An answer that this process holds and that is fresh enough; costs nothing. `again` as there.

        It may have been withdrawn: the claim of a run tells.
        """
        return self._near_cache.find_answer(question, again=again)

    def held_unasked(self, question: Question) -> Answer | None:
        """The same for someone who waits for it, where it is known to be withdrawn by nobody."""
        return self._near_cache.find_answer(question, again=True, held_after=self._withdrawn.held_after())

    def held_again(self, body: bytes) -> Answer | None:
        """The same for a question that came in this very body before."""
        held_after = self._withdrawn.held_after()
        return self._near_cache.find_again(body, now=self._now(), held_after=held_after)

    async def check_held(self) -> None:
        """Let go of what was withdrawn lately; costs one Redis request a second at most."""
        await self._withdrawn.check()

    def forget_held(self, question: Question) -> None:
        """Let go of an answer that is withdrawn."""
        self._near_cache.forget_answer(question)

    def hold_body(self, body: bytes, question: Question, *, max_age: timedelta) -> None:
        """Hold what a body asks; the answer may be so old by the time it comes again."""
        moment = question.moment if question.day is not None else None
        if question.day is None or moment is not None:
            self._near_cache.hold_body(body, key=question.key, max_age=max_age, moment=moment)

    def hold_answer(self, question: Question, answer: Answer) -> None:
        """Hold an answer that came from the store, so that the next one to ask finds it here."""
        self._near_cache.hold_answer(question, answer)

    async def obtain_answer(
        self, question: Question, *, look_first: bool = True, landing: LandingStep | None = None
    ) -> Found:
        """The answer: held here, stored, on its way already, or made now; then `landing` goes along.

        `look_first` asks the store before a model is made ready. It may be left out where the claim has
        looked already, or the model's package is needed anyway: the flight looks once more on its way.
        Raises `Limited`, `ModelError`, `RedisUnavailable`.
        """
        answer = self._near_cache.find_answer(question, again=not look_first)
        if answer is not None and not question.team and self.held_unasked(question) is None:
            await self.check_held()  # no claim has asked, and no script will
            answer = self._near_cache.find_answer(question, again=True)
        if answer is not None:
            return Found(answer=answer, cache="HIT")
        flight = self._flights.get(_flight_of(question))
        # A flight that would have been content with ours has just found that there is none.
        if look_first and (flight is None or flight.made_after > question.made_after):
            answer = await self._cache.find_answer(
                question.key, made_after=question.made_after, day=question.day
            )
        if answer is not None:
            self.hold_answer(question, answer)
            return Found(answer=answer, cache="HIT")
        while (flight := self._flights.get(_flight_of(question))) and flight.started >= question.made_after:
            try:
                found = await flight.wait_for_landing()
            except CapReached as exc:
                if exc.scope != "schedule" or flight.schedule == question.schedule:
                    raise
                continue  # it is the cap of the one who set it off, and not ours
            if found.answer.made >= question.made_after:
                return Found(answer=found.answer, cache="HIT")
            # It found an answer that is fresh enough for the one who set it off, and too old for us.
        return await self._set_off(question, landing).wait_for_landing()

    async def obtain_patiently(self, question: Question, *, look_first: bool, within: timedelta) -> Found:
        """As `obtain_answer`, after each wait for the limit on calls that is no longer than `within`.

        Longer ones are QStash's: `Limited` is raised.
        """
        while True:
            try:
                return await self.obtain_answer(question, look_first=look_first)
            except Limited as exc:
                if exc.retry_after > within:
                    raise
                await asyncio.sleep(exc.retry_after.total_seconds())

    def open_flight(self, question: Question, *, lease: timedelta, meter: TeamMeter | None = None) -> Flight:
        """The right to make the answer of a question, or to prepare what is kept under a key of its own."""
        return Flight(
            self._cache,
            key=question.key,
            made_after=question.made_after,
            lease=lease,
            now=self._now,
            meter=meter,
            day=question.day,
        )

    async def keep_preview(self, team: str, name: str, answer: Answer) -> None:
        """Keep what a preview has shown, with what was read for it: a first run may be to post just that."""
        if answer.may_be_kept:
            # The run that posts it pays nothing for it, and judges it by the condition that it has then.
            seen = replace(answer, paid=False, judgement=None)
            await self._cache.land_flight(preview_key(team, name), token="", answer=seen)

    async def preview_answer(self, team: str, name: str) -> Answer | None:
        """The answer that a preview has shown, as long as it is kept."""
        return await self._cache.find_answer(preview_key(team, name))

    async def find_material(self, key: str) -> str:
        """The material of the answer to the question of this key; empty where none is kept."""
        return await self._cache.find_material(key)

    async def last_good(self, question: Question) -> Answer | None:
        """The newest answer there is, however old, and whatever its date."""
        return await self._cache.find_answer(question.key)

    async def aclose(self) -> None:
        """Give up the flights that are still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._withdrawn.aclose()

    def _set_off(self, question: Question, landing: LandingStep | None) -> _Flight:
        # A task of its own: the one who set it off may be cancelled, and those who joined still wait.
        task = asyncio.create_task(self._ask_model(question, landing))
        flight = _Flight(
            made_after=question.made_after, started=self._now(), schedule=question.schedule, task=task
        )
        self._tasks.add(task)
        key = _flight_of(question)
        self._flights[key] = flight
        task.add_done_callback(lambda _: self._forget_flight(key, flight))
        return flight

    def _forget_flight(self, key: tuple[str, date | None], flight: _Flight) -> None:
        self._tasks.discard(flight.task)
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # seen by those who waited, or by nobody if all of them have gone

    async def _ask_model(self, question: Question, landing: LandingStep | None) -> Found:
        model, meter = self._model_of(question), self._meter(question)
        await model.get_ready()
        request = ModelRequest(
            query=question.prompt,
            facts=question.facts,
            system=question.system,
            shape=question.shape,
            pictures=question.pictures,
            meter=meter,
        )
        async with self.open_flight(question, lease=self._lease, meter=meter) as flight:
            stored = await flight.find_or_take(model.first_call(request))
            if stored is not None:
                found = Found(answer=stored, cache="HIT")
            else:
                answer = Answer.of_reply(
                    await model.reply_to(request),
                    made=flight.began or self._now(),  # an answer is as old as its question
                    cost=meter.spent,
                    day=question.day,
                    asked=question.filled_query if question.is_template else "",
                )
                found = Found(answer=answer, cache="MISS")
                await _land_found(flight, found, question, landing=landing)
        self.hold_answer(question, found.answer)
        return found


def _flight_of(question: Question) -> tuple[str, date | None]:
    """Joined only by those who ask for the same date, if it uses the day."""
    return question.key, question.day


async def _land_found(
    flight: Flight, found: Found, question: Question, *, landing: LandingStep | None
) -> None:
    """Store a whole answer. One that cannot be is there, and paid for: people get it all the same."""
    answer = found.answer if found.answer.may_be_kept else None
    steps = [] if landing is None else [landing.make_script(found)]
    try:
        material = pack_material(question.material) if question.system is None else None
        replies = await flight.land_answer(answer, material=material, ahead=question.ahead, after=steps)
    except RedisUnavailable as exc:
        logger.warning("answer.not_stored: %s", exc)  # the lease ends by itself
        return
    if landing is not None:
        landing.hear_reply(found, replies[0])
