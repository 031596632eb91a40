"""The road from a delivery to one post: answers, what they are prepared from, and who announces them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.answers import AnswerCache, Answers, PostedAnswers, Question, Questions, Renderings
from bot.budget import TeamMeter
from bot.copies import CopySender
from bot.hearing import ATTEMPT, Hearing
from bot.runs import (
    Announcer,
    CapAlerts,
    DemoNotice,
    EarlierAnswers,
    FanOut,
    Finish,
    MayRun,
    OwnerCheck,
    Prepare,
    PreviewDelivery,
    ReaderGuard,
    ReaderNotes,
    Results,
    ReviewAhead,
    Runs,
    Sleep,
    TellingOnce,
)
from bot.server.parts.ground import Ground
from bot.server.parts.windows import build_modals
from bot.settings import Embedded
from bot.sources import FileReader, LinkReader
from bot.subscriptions import CopyFanOut
from bot.ui.composer import PreviewScreen


@dataclass(frozen=True, kw_only=True)
class Road:
    """The parts of it that others use; close `answers` at the end."""

    answers: Answers
    questions: Questions
    previews: PreviewDelivery
    announcer: Announcer


def build_road(
    ground: Ground,
    *,
    may_run: MayRun | None = None,
    sleep: Sleep = asyncio.sleep,
    attempt: timedelta = ATTEMPT,
) -> Road:
    """Put the road together; `may_run` takes the place of asking Slack for a schedule's owner.

    `sleep` is how a run waits for its turn to post, `attempt` the time that it has to hear recordings.
    """
    settings, services = ground.settings, ground.services
    answers = Answers(
        AnswerCache(redis=services.redis),
        services.models,
        meter=_meter_of(ground),
        now=ground.now,
        near_cache=ground.near_cache,
    )
    renderings = Renderings(near_cache=ground.near_cache)
    questions = Questions(models=services.models, freshness=settings.freshness, now=ground.now)
    prepare = _build_prepare(ground, answers, questions, attempt=attempt)
    previews = PreviewDelivery(
        answers=answers,
        questions=questions,
        renderings=renderings,
        prepare=prepare,
        screen=PreviewScreen(
            forms=ground.forms, modals=build_modals(ground), closures=settings.closures, now=ground.now
        ),
        workspaces=ground.workspaces,
        permissions=ground.permissions,
        store=ground.schedule_store,
        posted=PostedAnswers(redis=services.redis, retention=settings.retention),
        models=services.models,
        sandbox=isinstance(settings.slack, Embedded),
        now=ground.now,
    )
    guard = _build_reader_guard(ground)
    may_run = may_run or _build_owner_check(ground).may_run
    runs = Runs(
        answers=answers,
        questions=questions,
        results=Results(answers=answers, models=services.models, prepare=prepare),
        finish=_build_finish(ground, renderings, sleep),
        ledger=ground.ledger,
        workspaces=ground.workspaces,
        closures=settings.closures,
        warming=ground.warming,
        fan_out=FanOut(redis=services.redis, publisher=services.publisher, now=ground.now),
        desk=ground.review_desk,
        now=ground.now,
        may_run=may_run,
        may_post=guard.may_post,
    )
    reviews = ReviewAhead(
        desk=ground.review_desk,
        warming=ground.warming,
        questions=questions,
        preparing=prepare,
        may_run=may_run,
        now=ground.now,
    )
    announcer = Announcer(
        runs=runs,
        send_copy=_build_copies(ground, renderings, sleep).send_copy,
        answers=answers,
        renderings=renderings,
        prepare=prepare,
        questions=questions,
        store=ground.schedule_store,
        workspaces=ground.workspaces,
        publisher=services.publisher,
        models=services.models,
        previews=previews,
        promises=ground.promises,
        warming=ground.warming,
        reviews=reviews,
        now=ground.now,
        may_run=may_run,
        may_prepare=guard.may_prepare,
        tracer=services.tracer,
    )
    return Road(answers=answers, questions=questions, previews=previews, announcer=announcer)


def _meter_of(ground: Ground) -> Callable[[Question], TeamMeter]:
    """Make each question's meter; the owner of its schedule is told when a cap comes near."""
    alerts = CapAlerts(
        schedule_store=ground.schedule_store, workspaces=ground.workspaces, background=ground.background
    )

    def meter(question: Question) -> TeamMeter:
        return TeamMeter(
            ground.limit,
            ground.purse,
            team=question.team,
            schedule=question.schedule,
            warned=partial(alerts.warn_of_cap, question),
            called=ground.metrics.count_call,
        )

    return meter


def _build_prepare(ground: Ground, answers: Answers, questions: Questions, *, attempt: timedelta) -> Prepare:
    services = ground.services
    links = LinkReader(
        services.redis,
        fetcher=services.fetcher,
        documents=services.documents,
        now=ground.now,
        count_outcome=ground.metrics.count_fetch,
    )
    return Prepare(
        answers=answers,
        questions=questions,
        store=ground.schedule_store,
        workspaces=ground.workspaces,
        links=links,
        files=FileReader(services.documents),
        hearing=Hearing(
            services.redis,
            services.media,
            services.transcriber,
            now=ground.now,
            count_seconds=ground.metrics.count_heard,
            count_picture=ground.metrics.count_picture,
            attempt=attempt,
        ),
        earlier=EarlierAnswers(
            redis=services.redis,
            answers=answers,
            store=ground.schedule_store,
            permissions=ground.permissions,
            readers=ground.reader_check,
            workspaces=ground.workspaces,
            now=ground.now,
        ),
        closures=ground.settings.closures,
        now=ground.now,
    )


def _build_copies(ground: Ground, renderings: Renderings, sleep: Sleep) -> CopySender:
    return CopySender(
        ledger=ground.ledger,
        subscriptions=ground.subscriptions,
        renderings=renderings,
        workspaces=ground.workspaces,
        count=ground.metrics.count_copy,
        now=ground.now,
        sleep=sleep,
    )


def _build_owner_check(ground: Ground) -> OwnerCheck:
    return OwnerCheck(
        store=ground.schedule_store,
        upkeep=ground.upkeep,
        permissions=ground.permissions,
        workspaces=ground.workspaces,
        now=ground.now,
    )


def _build_reader_guard(ground: Ground) -> ReaderGuard:
    return ReaderGuard(
        reader_check=ground.reader_check,
        notes=ReaderNotes(redis=ground.services.redis),
        workspaces=ground.workspaces,
        now=ground.now,
    )


def _build_finish(ground: Ground, renderings: Renderings, sleep: Sleep) -> Finish:
    return Finish(
        ledger=ground.ledger,
        renderings=renderings,
        workspaces=ground.workspaces,
        purse=ground.purse,
        metrics=ground.metrics,
        copy_fan_out=CopyFanOut(publisher=ground.services.publisher),
        demo_notice=DemoNotice(demo=ground.services.models.demo, redis=ground.services.redis),
        telling_once=TellingOnce(redis=ground.services.redis),
        costs=ground.settings.show_costs,
        sandbox=isinstance(ground.settings.slack, Embedded),
        now=ground.now,
        sleep=sleep,
    )
