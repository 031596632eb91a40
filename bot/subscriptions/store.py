"""The subscriptions of all teams in Redis: by schedule, by person, and all of them for housekeeping."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from upstash_redis.asyncio import Redis
from upstash_redis.asyncio.client import AsyncPipeline

from bot.errors import ChangeUnknown, RedisUnavailable
from bot.schedules import ScheduleRef
from bot.storage import (
    all_subscriptions_key,
    copied_key,
    ms_of,
    newest_post_key,
    run_script,
    subscribed_key,
    subscribers_key,
    week_posts_key,
)
from bot.subscriptions.scripts import AddSubscription, ChangeSubscription, RemoveSubscription
from bot.subscriptions.subscription import (
    MOST_OF_PERSON,
    MOST_OF_SCHEDULE,
    Subscription,
    read_subscription_id,
    subscription_id,
)
from scheduler import Script

_PAGE = 500

TooMany = Literal["full", "many"]
"""The schedule has as many subscriptions as it may have, or the person has."""
SubscriptionRef = tuple[str, str, str]
"""A team, the id of a schedule, and a person."""


@dataclass(kw_only=True)
class SubscribedPage:
    """The subscribers of the schedules on a page, counted, and what one person is sent; read with it."""

    team: str
    user: str
    counts: dict[str, int] = field(default_factory=dict)
    """By the ids of schedules."""
    own: tuple[str, ...] = ()
    """The ids of the schedules that the person has subscribed to."""
    _ids: tuple[str, ...] = ()

    def queue_reads(self, pipeline: AsyncPipeline, ids: Sequence[str]) -> None:
        self._ids = tuple(ids)
        for schedule in ids:
            pipeline.hlen(subscribers_key(self.team, schedule))
        pipeline.smembers(subscribed_key(self.team, self.user))

    def hear_replies(self, replies: Sequence[Any]) -> None:
        *counts, own = replies
        self.counts = dict(zip(self._ids, map(int, counts), strict=True))
        self.own = tuple(sorted(own))


@dataclass(frozen=True, kw_only=True)
class SubscriptionStore:
    """Each subscription lives until it ends: by its person, with its schedule, or with what may be read."""

    redis: Redis = field(repr=False)

    async def put_record(self, subscription: Subscription, *, now: datetime) -> TooMany | None:
        """Write it in the place of the person's old one, or say why it is one too many."""
        team, schedule, user = subscription.team, subscription.schedule, subscription.user
        reply = await self._run_change(
            AddSubscription(
                subscribers=subscribers_key(team, schedule),
                subscribed=subscribed_key(team, user),
                copied=copied_key(team, schedule),
                everything=all_subscriptions_key(),
                user=user,
                schedule=schedule,
                member=subscription.member,
                record=subscription.encode(),
                now=ms_of(now),
                most_of_schedule=MOST_OF_SCHEDULE,
                most_of_person=MOST_OF_PERSON,
            )
        )
        match reply:
            case "full":
                return "full"
            case "many":
                return "many"
            case _:
                return None

    async def change_record(self, before: Subscription, after: Subscription) -> bool:
        """Replace a record that is still as it was read; False if it is not."""
        call = ChangeSubscription(
            subscribers=subscribers_key(*before.ref),
            user=before.user,
            before=before.encode(),
            after=after.encode(),
        )
        return bool(await self._run_change(call))

    async def remove_record(self, ref: SubscriptionRef) -> Subscription | None:
        """End it; None if there was none."""
        team, schedule, user = ref
        record = await self._run_change(
            RemoveSubscription(
                subscribers=subscribers_key(team, schedule),
                subscribed=subscribed_key(team, user),
                copied=copied_key(team, schedule),
                everything=all_subscriptions_key(),
                newest_post=newest_post_key(team, schedule),
                week_posts=week_posts_key(team, schedule),
                user=user,
                schedule=schedule,
                member=f"{team}:{subscription_id(schedule, user)}",
            )
        )
        return Subscription.decode(record, ref=(team, schedule), user=user) if record else None

    async def find_record(self, ref: SubscriptionRef) -> Subscription | None:
        """Raises `NewerRecord`."""
        (found,) = await self.read_records([ref])
        return found

    async def read_records(self, refs: Sequence[SubscriptionRef]) -> list[Subscription | None]:
        """The record of each, in one round trip; None for one that has ended."""
        if not refs:
            return []
        pipeline = self.redis.pipeline()
        for team, schedule, user in refs:
            pipeline.hget(subscribers_key(team, schedule), user)
        return [
            Subscription.decode(str(record), ref=(team, schedule), user=user) if record else None
            for record, (team, schedule, user) in zip(await pipeline.exec(), refs, strict=True)
        ]

    async def list_of_person(
        self, team: str, user: str, *, schedules: Sequence[str] | None = None
    ) -> list[Subscription]:
        """All that a person has, by the ids of their `schedules`, if these are known already."""
        if schedules is None:
            schedules = sorted(await self.redis.smembers(subscribed_key(team, user)))
        found = await self.read_records([(team, schedule, user) for schedule in schedules])
        return [subscription for subscription in found if subscription is not None]

    async def list_of_team(self, team: str) -> list[Subscription]:
        """All of a team."""
        refs = [ref async for page in self.all_pages() for ref in page if ref[0] == team]
        return [record for record in await self.read_records(refs) if record is not None]

    async def count_subscribers(self, refs: Sequence[ScheduleRef]) -> list[int]:
        """The number of subscribers of each of these schedules, in one round trip."""
        if not refs:
            return []
        pipeline = self.redis.pipeline()
        for ref in refs:
            pipeline.hlen(subscribers_key(*ref))
        counts: list[Any] = await pipeline.exec()
        return [int(count) for count in counts]

    async def all_pages(self) -> AsyncIterator[list[SubscriptionRef]]:
        """The subscriptions of all teams, page by page; some may come twice."""
        cursor = 0
        while True:
            cursor, members = await self.redis.sscan(all_subscriptions_key(), cursor, count=_PAGE)
            yield [ref for member in members if (ref := _ref_of(member)) is not None]
            if cursor == 0:
                return

    async def forget_team(self, team: str) -> None:
        """Take a team out of what housekeeping looks after; its own keys are deleted with all others."""
        async for page in self.all_pages():
            gone = [f"{ref[0]}:{subscription_id(*ref[1:])}" for ref in page if ref[0] == team]
            if gone:
                await self.redis.srem(all_subscriptions_key(), *gone)

    async def _run_change(self, call: Script) -> Any:
        try:
            return await run_script(self.redis, call)
        except RedisUnavailable as exc:
            raise ChangeUnknown(str(exc)) from exc


def _ref_of(member: str) -> SubscriptionRef | None:
    team, _, text = member.partition(":")
    found = read_subscription_id(text)
    return (team, *found) if found else None
