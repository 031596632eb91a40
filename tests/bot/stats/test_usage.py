"""Counts made on the way become the sums of a month, for those who may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from redis.asyncio import Redis as RawRedis

from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.replies.views.usage import usage_lines
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Ending
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.stats.usage import Day, Spender, Usage, UsageOfMonth
from bot.storage.client import CountedRedis, socket_redis

NOW = datetime(2027, 3, 31, 9, 0, tzinfo=UTC)
PLENTY = Rate(calls=1_000, window=timedelta(minutes=1))
DOLLAR = 10**9


def month(redis: CountedRedis, *, now: datetime = NOW) -> UsageOfMonth:
    limit = Limit(redis, overall=PLENTY, per_team=PLENTY, now=now.timestamp)
    return UsageOfMonth(redis=redis, limit=limit, now=lambda: now)


async def count(raw: RawRedis, day: date, counts: Mapping[str, int], *, team: str = "T1") -> None:
    """As a meter counts: one hash for each day of a team."""
    for name, number in counts.items():
        await raw.hincrby(f"precache:tally:{team}:{day.isoformat()}", name, number)


def schedule(name: str, *, channel: str = "C1", label: str | None = None) -> Schedule:
    return Schedule(
        id=name,
        team="T1",
        channel=channel,
        user="U1",
        query="Why?",
        zone="UTC",
        cron="0 9 * * *",
        name=label,
    )


async def everything(schedules: Sequence[Schedule]) -> Sequence[Schedule]:
    return schedules


async def of_c1(schedules: Sequence[Schedule]) -> Sequence[Schedule]:
    return [schedule for schedule in schedules if schedule.channel == "C1"]


async def test_nothing_counted_is_nothing_used(redis: CountedRedis) -> None:
    usage = await month(redis)("T1")
    assert usage is not None
    assert usage.is_empty
    assert usage.hit_rate is None
    assert usage.days == (Day(),) * 31


async def test_the_days_of_this_month_and_of_this_team_are_added_up(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    first, last = NOW.date().replace(day=1), NOW.date()
    counts = {
        "posted": 3,
        "stale": 1,
        "unchanged": 2,
        "quiet": 3,
        "skipped": 1,
        "failed": 1,
        "HIT": 4,
        "MISS": 1,
        "STALE": 1,
        "calls": 2,
        "tokens_in": 100,
        "tokens_out": 50,
        "cost": 3 * DOLLAR,
        "saved": 5 * DOLLAR,
        "saved_tokens": 70,
        "unpriced": 1,
    }
    await count(redis_raw, first, counts)
    await count(redis_raw, last, counts)
    await count(redis_raw, first - timedelta(days=1), counts)
    await count(redis_raw, last, counts, team="T2")
    usage = await month(redis)("T1")
    day = Day(calls=2, cached=4, spent=3 * DOLLAR, saved=5 * DOLLAR)
    assert usage == Usage(
        month=last,
        calls=4,
        put_off=0,
        posted=8,
        cached=8,
        missed=2,
        stale=2,
        failed=2,
        skipped=2,
        unchanged=4,
        quiet=6,
        tokens_in=200,
        tokens_out=100,
        spent=6 * DOLLAR,
        saved=10 * DOLLAR,
        saved_tokens=140,
        unpriced=2,
        days=(day, *(Day(),) * 29, day),
    )
    assert usage.hit_rate == pytest.approx(8 / 12)
    assert "2* model calls have no known price" in "\n".join(usage_lines(usage))
    nothing_priced = replace(usage, spent=0, saved=0)
    assert "price" not in "\n".join(usage_lines(nothing_priced)), (
        "there is no sum that they would be missing in"
    )


async def test_what_a_run_leaves_behind_is_counted(redis: CountedRedis, ledger: Ledger) -> None:
    today = datetime.now(UTC)
    await ledger.record_posted(
        "run", ts="1.0", ending=Ending(schedule=("T1", ""), tally={"posted": 1, "HIT": 1, "saved": 7})
    )
    usage = await month(redis, now=today)("T1")
    assert usage is not None
    assert (usage.posted, usage.cached, usage.saved, usage.hit_rate) == (1, 1, 7, 1.0)
    assert usage.days[today.day - 1] == Day(cached=1, saved=7)


async def test_the_five_costliest_schedules_come_first_with_what_became_of_them(
    redis: CountedRedis, redis_raw: RawRedis, schedule_store: ScheduleStore
) -> None:
    news, gone = schedule("news-news", label="Morning news"), schedule("gone-gone")
    for added in (news, gone):
        assert isinstance(await schedule_store.add_record(added, now=NOW), Schedule)
    await schedule_store.delete_record(gone)
    for day, cost in ((1, 2), (2, 3)):
        await count(
            redis_raw,
            NOW.date().replace(day=day),
            {"cost:news-news": cost, "calls:news-news": 1, "cost:gone-gone": 2, "calls:gone-gone": 9}
            | {f"cost:once-{number}": 1 for number in range(5)},
        )
    found = await month(redis).statistics_for("T1", concerning=everything)
    assert found is not None
    first, second, *rest = found.top
    assert (first.id, first.cost, first.calls, first.over) == ("news-news", 5, 2, None)
    assert first.schedule is not None
    assert first.schedule.label == "Morning news"
    assert second == Spender(id="gone-gone", cost=4, calls=18, over="deleted")
    assert rest == [Spender(id=f"once-{number}", cost=2, calls=0, over="ended") for number in range(3)]


async def test_where_nothing_has_a_price_the_schedules_with_most_calls_come_first(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    await count(redis_raw, NOW.date(), {"calls:few": 1, "calls:many": 5, "calls:": 9, "calls": 15})
    found = await month(redis).statistics_for("T1", concerning=everything)
    assert found is not None
    assert [spender.id for spender in found.top] == ["many", "few"]
    assert not found.usage.is_priced


async def test_of_a_schedule_that_is_not_the_readers_business_only_the_id_is_told(
    redis: CountedRedis, redis_raw: RawRedis, schedule_store: ScheduleStore
) -> None:
    for added in (schedule("open-open", channel="C1"), schedule("shut-shut", channel="C2", label="Lay-offs")):
        await schedule_store.add_record(added, now=NOW)
    await count(redis_raw, NOW.date(), {"cost:open-open": 1, "cost:shut-shut": 2})
    found = await month(redis).statistics_for("T1", concerning=of_c1)
    assert found is not None
    shut, seen = found.top
    assert shut == Spender(id="shut-shut", cost=2, calls=0)
    assert seen.schedule is not None
    assert "Lay-offs" not in repr(found)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2027, 3, 31), date(2027, 2, 28)),
        (date(2027, 3, 15), date(2027, 2, 15)),
        (date(2027, 1, 5), date(2026, 12, 5)),
        (date(2028, 3, 30), date(2028, 2, 29)),
    ],
)
async def test_the_month_before_is_compared_up_to_the_same_day(
    redis: CountedRedis, redis_raw: RawRedis, today: date, until: date
) -> None:
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    await count(redis_raw, until, {"cost": 5})
    await count(redis_raw, until + timedelta(days=1), {"cost": 100})
    await count(redis_raw, today, {"cost": 7})
    found = await month(redis, now=now).statistics_for("T1", concerning=everything)
    assert found is not None
    assert found.before is not None
    assert (found.before.month, found.before.spent) == (until, 5)


async def test_a_month_in_which_nothing_was_counted_is_not_compared_with(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    await count(redis_raw, NOW.date(), {"cost": 7})
    found = await month(redis).statistics_for("T1", concerning=everything)
    assert found is not None
    assert found.before is None


async def test_two_reads_side_by_side_and_one_for_the_names_are_enough(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    await count(redis_raw, NOW.date(), {f"cost:number-{number}": 1 for number in range(40)})
    before = redis.requests
    await month(redis).statistics_for("T1", concerning=everything)
    assert redis.requests == before + 3


async def test_while_redis_is_away_nothing_is_told() -> None:
    async with socket_redis("unix:///nowhere.socket") as redis:
        assert await month(redis)("T1") is None
        assert await month(redis).statistics_for("T1", concerning=everything) is None
