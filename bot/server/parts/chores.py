"""The chores of housekeeping, which one copy of the process at a time does."""

from __future__ import annotations

from bot.errors import RedisUnavailable
from bot.housekeeping import (
    Heartbeat,
    OneOffs,
    OwedRuns,
    PromiseWatch,
    Reconcile,
    Renewal,
    RenewalQuestions,
    SubscriptionCheck,
    Watchdog,
    WatchList,
)
from bot.server.parts.ground import Ground
from bot.storage import chore_key
from bot.ui import Events, Intake
from scheduler import Housekeeping


def build_housekeeping(ground: Ground, *, events: Events, intake: Intake) -> Housekeeping:
    chores = [
        build_watchdog(ground).chore,
        build_reconcile(ground, events=events).chore,
        intake.chore,
    ]
    if (renewal := build_renewal(ground)) is not None:
        chores.append(renewal.chore)
    return Housekeeping(ground.services.redis, chores, lock_key=chore_key, outages=(RedisUnavailable,))


def build_watchdog(ground: Ground) -> Watchdog:
    owed_runs = OwedRuns(redis=ground.services.redis)
    one_offs = OneOffs(
        owed_runs=owed_runs,
        ledger=ground.ledger,
        publisher=ground.services.publisher,
        workspaces=ground.workspaces,
        now=ground.now,
        count_run=ground.metrics.count_run,
    )
    return Watchdog(
        watch_list=WatchList(redis=ground.services.redis, retention=ground.settings.retention),
        ledger=ground.ledger,
        publisher=ground.services.publisher,
        workspaces=ground.workspaces,
        closures=ground.settings.closures,
        one_offs=one_offs,
        promise_watch=PromiseWatch(
            owed_runs=owed_runs,
            one_offs=one_offs,
            schedule_store=ground.schedule_store,
            now=ground.now,
        ),
        now=ground.now,
        count_run=ground.metrics.count_run,
        heartbeat=Heartbeat(url=url) if (url := ground.settings.heartbeat_url) else None,
    )


def build_renewal(ground: Ground) -> Renewal | None:
    """Make what asks about schedules that nobody looks at; None where the operator does not want that."""
    period = ground.settings.renewal
    if period is None:
        return None
    return Renewal(
        period=period,
        looks=ground.looks,
        questions=RenewalQuestions(redis=ground.services.redis),
        watch_list=WatchList(redis=ground.services.redis),
        upkeep=ground.upkeep,
        workspaces=ground.workspaces,
        now=ground.now,
        count_renewed=ground.metrics.count_renewed,
    )


async def count_late_slots(ground: Ground) -> int:
    """The number of slots and one-offs that are late. Raises `RedisUnavailable`."""
    return await WatchList(redis=ground.services.redis).count_late(now=ground.now())


def build_reconcile(ground: Ground, *, events: Events) -> Reconcile:
    """Make what compares QStash with the schedules; `events` notes a channel that is gone meanwhile."""
    return Reconcile(
        schedule_store=ground.schedule_store,
        watch_list=WatchList(redis=ground.services.redis, retention=ground.settings.retention),
        publisher=ground.services.publisher,
        upkeep=ground.upkeep,
        events=events,
        subscription_check=SubscriptionCheck(
            subscriptions=ground.subscriptions,
            subscription_store=ground.subscriptions.subscription_store,
            schedule_store=ground.schedule_store,
            publisher=ground.services.publisher,
            workspaces=ground.workspaces,
            now=ground.now,
        ),
        workspaces=ground.workspaces,
        now=ground.now,
    )
