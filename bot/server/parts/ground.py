"""The parts that the surface, the road and the housekeeping share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answers import NearCache, Renderings
from bot.background import Background
from bot.budget import Limit, Purse
from bot.feedback import Votes
from bot.promises import Promises
from bot.readers import ReaderCheck
from bot.runs import Ledger, ReviewCards, ReviewDesk, Reviewers, ReviewStore
from bot.schedules import (
    Consenting,
    Looks,
    Permissions,
    Publishing,
    ScheduleDirectory,
    ScheduleIndex,
    Schedules,
    ScheduleStore,
    ScheduleWatchers,
    Upkeep,
    Warming,
)
from bot.server.connect.clock import Now
from bot.server.connect.services import Services
from bot.settings import Settings
from bot.stats import Metrics
from bot.subscriptions import Subscriptions, SubscriptionStore
from bot.ui.composer import Forms
from bot.workspaces import Workspaces


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The settings, the services, and what is built on these two alone."""

    settings: Settings
    services: Services
    background: Background
    now: Now
    workspaces: Workspaces
    metrics: Metrics
    near_cache: NearCache
    ledger: Ledger
    promises: Promises
    schedule_store: ScheduleStore
    forms: Forms
    limit: Limit
    purse: Purse
    warming: Warming
    permissions: Permissions
    looks: Looks
    reader_check: ReaderCheck
    consenting: Consenting
    directory: ScheduleDirectory
    watchers: ScheduleWatchers
    upkeep: Upkeep
    schedules: Schedules
    review_desk: ReviewDesk
    subscriptions: Subscriptions
    votes: Votes


def build_ground(settings: Settings, services: Services, *, background: Background, now: Now) -> Ground:
    """Put the shared parts together; nothing is asked of any service."""
    redis, publisher = services.redis, services.publisher
    metrics = Metrics()
    near_cache = NearCache(room=settings.near_cache)
    metrics.watch_gauges(
        redis_requests=lambda: redis.requests,
        tasks=lambda: background.running,
        unknown_ends=lambda: services.models.unknown_ends,
        near_cache=near_cache,
    )
    schedule_store = ScheduleStore(redis=redis, retention=settings.retention)
    workspaces = services.slack.workspaces
    permissions = Permissions(slack_of=workspaces.slack_of, policy=settings.policy)
    looks = Looks(redis=redis, is_wanted=settings.renewal is not None, now=now)
    reader_check = ReaderCheck(slack_of=workspaces.slack_of)
    directory = ScheduleDirectory(
        schedule_store=schedule_store,
        index=ScheduleIndex(redis=redis, closures=settings.closures, now=now),
        permissions=permissions,
        looks=looks,
        closures=settings.closures,
        now=now,
    )
    warming = Warming(
        schedule_store=schedule_store,
        publisher=publisher,
        closures=settings.closures,
        lead=settings.freshness.lead,
        now=now,
        policy=settings.policy,
    )
    consenting = Consenting(permissions=permissions, reader_check=reader_check, now=now)
    promises = Promises(redis=redis, publisher=publisher, now=now)
    watchers = ScheduleWatchers()
    publishing = Publishing(schedule_store=schedule_store, publisher=publisher, now=now)
    upkeep = Upkeep(schedule_store=schedule_store, publishing=publishing, warming=warming, watchers=watchers)
    schedules = Schedules(
        schedule_store=schedule_store,
        publisher=publisher,
        promises=promises,
        publishing=publishing,
        consenting=consenting,
        directory=directory,
        permissions=permissions,
        warming=warming,
        upkeep=upkeep,
        watchers=watchers,
        now=now,
    )
    review_store = ReviewStore(redis=redis)
    review_cards = ReviewCards(
        store=review_store, workspaces=workspaces, renderings=Renderings(near_cache=near_cache), now=now
    )
    review_desk = ReviewDesk(
        store=review_store,
        cards=review_cards,
        reviewers=Reviewers(workspaces=workspaces, permissions=permissions),
        policy=settings.policy,
        workspaces=workspaces,
        publisher=publisher,
        promises=promises,
        closures=settings.closures,
        now=now,
        count_review=metrics.count_review,
    )
    subscriptions = Subscriptions(
        subscription_store=SubscriptionStore(redis=redis),
        schedule_store=schedule_store,
        directory=directory,
        permissions=permissions,
        publisher=publisher,
        now=now,
        count=metrics.count_subscription,
    )
    return Ground(
        settings=settings,
        services=services,
        background=background,
        now=now,
        workspaces=workspaces,
        metrics=metrics,
        near_cache=near_cache,
        ledger=Ledger(redis=redis, pace=settings.pace, retention=settings.retention),
        promises=promises,
        schedule_store=schedule_store,
        forms=Forms(redis=redis),
        limit=Limit(redis, overall=settings.limit, per_team=settings.team_limit),
        purse=Purse(redis, prices=settings.prices, caps=settings.caps, now=now, retention=settings.retention),
        warming=warming,
        permissions=permissions,
        looks=looks,
        reader_check=reader_check,
        consenting=consenting,
        directory=directory,
        watchers=watchers,
        upkeep=upkeep,
        schedules=schedules,
        review_desk=review_desk,
        subscriptions=subscriptions,
        votes=Votes(redis=redis, retention=settings.retention, now=now),
    )
