"""A team that removes Precache is forgotten wholly, whatever fails on the way, and nobody else is."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response

from bot.answers.answer_cache import AnswerCache
from bot.answers.question import preview_key, question_key
from bot.answers.records import Answer
from bot.answers.withdrawals import withdraw_arguments
from bot.background import Background
from bot.budget import TeamMeter
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.errors import Limited, NotInstalled
from bot.model.meter import Call, Tokens
from bot.promises import Promises
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Ending, Taken
from bot.schedules.history.run import Run
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Caller
from bot.storage import run_scripts
from bot.storage.client import CountedRedis, rest_redis
from bot.storage.keys import (
    asked_key,
    channel_turns_key,
    deleted_schedule_key,
    demo_notice_key,
    form_key,
    heard_source_key,
    intent_key,
    link_key,
    looking_at_key,
    newest_post_key,
    newest_slots_key,
    open_form_key,
    open_posts_key,
    paused_schedules_key,
    promised_key,
    renewal_key,
    review_key,
    seen_items_key,
    shown_preview_key,
    team_turns_key,
    thread_questions_key,
    told_key,
    transcript_key,
    votes_key,
    week_posts_key,
    welcomed_key,
)
from bot.subscriptions import Subscription, SubscriptionStore
from bot.ui.composer.kept_forms import Forms
from bot.workspaces import ManyWorkspaces
from bot.workspaces.installations import Installations
from bot.workspaces.leave import Leave
from scheduler import Publisher
from tests.bot.installed import NOON, installation, vault
from tests.bot.paying import purse_of
from tests.stand_ins.qstash import TOKEN, QStash, reply, run_qstash
from tests.stand_ins.upstash import upstash
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
LATER = NOON + timedelta(minutes=5)
RATE = Rate(calls=1, window=timedelta(days=1))


class Record:
    """As much of a schedule as matters here."""

    def __init__(self, id: str, *, cron: str | None = None, message: str | None = None) -> None:  # noqa: A002
        self.id, self.cron, self.message = id, cron, message


@pytest_asyncio.fixture
async def qstash() -> AsyncIterator[QStash]:
    async with run_qstash() as running:
        yield running


@pytest_asyncio.fixture
async def installations(redis: CountedRedis) -> Installations:
    return Installations(redis, vault())


@pytest_asyncio.fixture
async def workspaces(installations: Installations) -> AsyncIterator[ManyWorkspaces]:
    async with aiohttp.ClientSession() as session:
        yield ManyWorkspaces(installations, session, api_url="http://127.0.0.1:9/api/")


@pytest_asyncio.fixture
async def background() -> AsyncIterator[Background]:
    async with Background() as running:
        yield running


@pytest_asyncio.fixture
async def leave(
    redis: CountedRedis,
    qstash: QStash,
    installations: Installations,
    workspaces: ManyWorkspaces,
    background: Background,
) -> AsyncIterator[Leave]:
    async def scheduled(team: str) -> list[Record]:
        if not await redis.exists(f"precache:schedules:{team}"):
            return []
        return [
            Record(f"{team}-daily", cron="0 9 * * *"),
            Record(f"{team}-once", message=f"msg_{team}"),
            Record(f"{team}-unsent"),
        ]

    async with Publisher.connect(
        token=TOKEN, base_url=qstash.url, announce_url="http://bot.test/api/announce"
    ) as publisher:
        promises = Promises(redis=redis, publisher=publisher, now=lambda: NOON)

        async def unwatch(team: str) -> None:
            await ScheduleStore(redis=redis).unwatch_team(team)
            await promises.forget_team(team)
            await SubscriptionStore(redis=redis).forget_team(team)

        yield Leave(
            redis=redis,
            scheduled=scheduled,
            unwatch=unwatch,
            publisher=publisher,
            workspaces=workspaces,
            installations=installations,
            background=background,
            pauses=(0.01,),
        )


async def live(redis: CountedRedis, installations: Installations, team: str, **options: Any) -> None:
    """Leave traces of every kind."""
    await installations.save_installation(installation(team, **options))
    await redis.set(f"precache:answer:{team}:0f", "x")
    await redis.set(f"precache:run:{team}:run-1", "x")
    await redis.set(f"precache:schedule:{team}:kolu", "x")
    await redis.sadd(f"precache:schedules:{team}", "kolu")
    limit = Limit(redis, overall=Rate.parse("9/1d"), per_team=RATE)
    meter = TeamMeter(limit, purse_of(redis), team=team, schedule="kolu", warned=lambda _: None)
    call = Call(model="openai:test", most_sent=10, most_tokens=10)
    await meter.admit_call(call)
    await meter.record_call(call, Tokens(sent=1, received=1), billed=True)
    await run_scripts(redis, meter.take_settlements())


async def leave_traces(redis: CountedRedis, team: str) -> None:
    """One key of each kind that there is of a team, made by its own maker."""
    ledger, answer_cache = Ledger(redis=redis), AnswerCache(redis=redis)
    schedule_store, forms = ScheduleStore(redis=redis), Forms(redis=redis)
    key = question_key(team=team, model="m", query="q")
    schedule = Schedule(
        id="kolu", team=team, channel="C1", user="U1", query="q", zone="UTC", cron="0 9 * * *", name="news"
    )
    assert isinstance(await schedule_store.add_record(schedule, now=NOON), Schedule)
    claimed = await ledger.claim_run(
        f"{team}:run-1",
        token="t",
        key=key,
        made_after=NOON,
        recent=None,
        schedule=(team, "kolu"),
        recurring=True,
        ticket=schedule.ticket,
        now=NOON,
        lease=timedelta(minutes=1),
    )
    assert isinstance(claimed, Taken)
    ending = Ending(
        schedule=(team, "kolu"), line=Run(at=NOON, outcome="posted", detail=""), tally={"posted": 1}
    )
    await ledger.record_posted(f"{team}:run-1", ts="1.0", ending=ending)
    await answer_cache.land_flight(key, token="t", answer=Answer(text="a", made=NOON, model="m"))
    await answer_cache.take_flight(key, token="t", made_after=LATER, lease=timedelta(minutes=1))
    await redis.set(f"precache:answer:{preview_key(team, 'seen')}", "x")
    limit = Limit(redis, overall=Rate.parse("99/1d"), per_team=RATE)
    meter = TeamMeter(limit, purse_of(redis), team=team, schedule="kolu", warned=lambda _: None)
    call = Call(model="openai:test", most_sent=10, most_tokens=10)
    await meter.admit_call(call)
    await meter.record_call(call, Tokens(sent=1, received=1), billed=True)
    await run_scripts(redis, meter.take_settlements())
    with pytest.raises(Limited):
        await meter.admit_call(call)
    await limit.read_put_off(team, NOON.date())  # writes down what waits to be
    caller = Caller(team=team, user="U1", channel=None)
    assert await forms.begin_submission(caller, "V1") == "ours"
    await redis.set(open_posts_key(team, "kolu"), "x")
    await redis.set(newest_slots_key(team, "kolu"), "x")
    for place in ("C2", "D3"):
        await redis.set(open_posts_key(team, "kolu", place), "x")
        await redis.set(newest_slots_key(team, "kolu", place), "x")
    await redis.sadd(told_key(f"{team}:kolu:1"), "owner_untold")
    await redis.hset(review_key(team, "kolu", "1799830800"), "doc", "x")
    await redis.set(form_key(team, "f1"), "x")
    await redis.set(open_form_key(team, "V1"), "x")
    await redis.set(shown_preview_key(team, "p1"), "x")
    await redis.set(demo_notice_key(team, "C1"), "x")
    await redis.set(intent_key(team, "i1"), "x")
    await redis.zadd(promised_key(), {f"{team}:run-2": 1})
    await redis.sadd(paused_schedules_key(team), "kolu")
    await redis.hset(channel_turns_key(team, "C1"), "next", "1")
    await redis.hset(team_turns_key(team), "next", "1")
    await redis.set(deleted_schedule_key(team, "kolu"), "x")
    own = Subscription(
        team=team,
        schedule="kolu",
        user="U1",
        rhythm="at_once",
        channel="C1",
        direct="D1",
        title="x",
        since=NOON,
    )
    assert await SubscriptionStore(redis=redis).put_record(own, now=NOON) is None
    await redis.hset(newest_post_key(team, "kolu"), "at", "1")
    await redis.rpush(week_posts_key(team, "kolu"), "x")
    await redis.sadd(paused_schedules_key(team), "kolu")
    await redis.hset(link_key(team, "https://example.com/"), "v", "1")
    await redis.hset(seen_items_key(team, "https://example.com/"), "read", "1")
    await redis.hset(transcript_key(team, "content"), "whole", "{}")
    await redis.set(heard_source_key(team, "file F1 10"), "{}")
    await redis.set(welcomed_key(team, "U1"), "1")
    await redis.sadd(thread_questions_key(team, "C1", "1.2"), "one")
    await redis.hset(renewal_key(team, "U1"), "at", "1")
    await redis.zadd(asked_key(team, "U1"), {"kolu 1": 1})
    await redis.set(looking_at_key(team, "U1"), "x")
    await redis.hset(votes_key(team, "kolu"), "abcdef123456 U1", "{}")
    withdrawn = withdraw_arguments(team, "abcdef123456", now=NOON)["withdrawn"]
    await redis.zadd(withdrawn, {"abcdef123456": 1})
    for kind in ("home", "heard"):  # whose makers are half of the bot
        await redis.set(f"precache:{kind}:{team}:U1", "x")


OF_ALL = {
    "watched",
    "promised",
    "chore",
    "leaving",
    "install",
    "intents",
    "teams",
    "check",
    "subscriptions",
    "withdrawals",
}
"""Kinds of keys that are of all teams, of an organisation, or of somebody who is not known yet."""


def kinds_of_keys() -> set[str]:
    """Every kind of key that the bot makes."""
    made = re.compile(r'_key\("([a-z_]+)"')
    return set(made.findall((ROOT / "bot" / "storage" / "keys.py").read_text()))


async def everything(redis_raw: RawRedis) -> dict[str, str]:
    """All keys, with all that they hold."""
    found = {}
    for key in await redis_raw.keys("*"):
        held: Any
        match await redis_raw.type(key):
            case b"hash":
                held = await redis_raw.hgetall(key)
            case b"zset":
                held = await redis_raw.zrange(key, 0, -1)
            case b"set":
                held = await redis_raw.smembers(key)
            case b"list":
                held = await redis_raw.lrange(key, 0, -1)
            case _:
                held = await redis_raw.get(key)
        found[key.decode() if isinstance(key, bytes) else key] = str(held)
    return found


async def test_of_every_kind_of_key_there_is_none_is_left(
    leave: Leave, redis: CountedRedis, redis_raw: RawRedis, installations: Installations
) -> None:
    gone, other = "T0LEAVING", "T0STAYING"  # which no sealed token contains by chance
    for team in (gone, other):
        await installations.save_installation(installation(team))
        await leave_traces(redis, team)
    before = await everything(redis_raw)
    assert {key.split(":")[1] for key in before} | OF_ALL == kinds_of_keys()
    await leave.forget_after_leaving(gone, at=LATER)
    after = await everything(redis_raw)
    assert gone not in str(after)
    assert after == {
        key: held if gone not in held else after[key]
        for key, held in before.items()
        if gone not in key.split(":")
    }
    assert f"{other}:kolu" in after["precache:watched"]
    assert f"{other}:run-2" in after["precache:promised"]


async def traces(redis_raw: RawRedis, team: str) -> list[str]:
    return sorted(str(key) for key in await redis_raw.keys(f"*{team}*"))


def deleted(qstash: QStash) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in qstash.asked if asked.method == "DELETE"]


async def test_nothing_that_names_the_team_is_left_and_all_else_is(
    leave: Leave,
    redis: CountedRedis,
    redis_raw: RawRedis,
    installations: Installations,
    workspaces: ManyWorkspaces,
    qstash: QStash,
) -> None:
    for team in ("T1", "T11", "T2"):
        await live(redis, installations, team)
    others = await traces(redis_raw, "T11") + await traces(redis_raw, "T2")
    await workspaces.slack_of("T1")
    assert len(await traces(redis_raw, "T1")) - len(await traces(redis_raw, "T11")) >= 9
    await leave.forget_after_leaving("T1", at=LATER)
    assert await traces(redis_raw, "T1") == await traces(redis_raw, "T11")
    assert await traces(redis_raw, "T11") + await traces(redis_raw, "T2") == others
    assert deleted(qstash) == ["T1-daily", "msg_T1"]
    with pytest.raises(NotInstalled):
        await workspaces.slack_of("T1")
    assert await redis_raw.keys("*leaving*") == []


async def test_a_qstash_that_is_down_delays_it_and_loses_nothing(
    leave: Leave,
    redis: CountedRedis,
    redis_raw: RawRedis,
    installations: Installations,
    qstash: QStash,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await live(redis, installations, "T1")
    qstash.faults = [reply(500, "down") for _ in range(4)]
    await leave.note_leaving("T1", at=LATER)
    await leave.forget_after_leaving("T1", at=LATER)
    assert "leave.unfinished owner=T1" in caplog.text
    assert await redis.exists("precache:schedules:T1")
    assert await installations.find_installation("T1") is None
    await leave.finish_leaving()
    assert await traces(redis_raw, "T1") == []
    assert deleted(qstash)[-2:] == ["T1-daily", "msg_T1"]
    await leave.finish_leaving()


async def test_a_team_that_has_installed_again_keeps_what_it_has(
    leave: Leave, redis: CountedRedis, redis_raw: RawRedis, installations: Installations, qstash: QStash
) -> None:
    await live(redis, installations, "T1", installed=LATER)
    before = await traces(redis_raw, "T1")
    await leave.forget_after_leaving("T1", at=NOON)
    await leave.finish_leaving()
    assert await traces(redis_raw, "T1") == before
    assert qstash.asked == []


async def test_an_organisation_leaves_with_all_its_teams(
    leave: Leave,
    redis: CountedRedis,
    redis_raw: RawRedis,
    installations: Installations,
    workspaces: ManyWorkspaces,
) -> None:
    await installations.save_installation(installation(None, enterprise="E1"))
    for team in ("T1", "T2"):
        await workspaces.note_joined(team, enterprise="E1")
        await redis.set(f"precache:run:{team}:r", "x")
        await workspaces.slack_of(team)
    await live(redis, installations, "T3")
    await leave.forget_after_leaving("E1", at=LATER)
    for gone in ("E1", "T1", "T2"):
        assert await traces(redis_raw, gone) == []
    for team in ("T1", "T2"):
        with pytest.raises(NotInstalled):
            await workspaces.slack_of(team)
    await workspaces.slack_of("T3")


# What Slack sends


@pytest.fixture
def bolt(leave: Leave) -> AsyncApp:
    return bolt_of(leave)


def bolt_of(leave: Leave) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        raise AssertionError("nobody is there to be authorized for")

    app = AsyncApp(
        client=AsyncWebClient(),
        authorize=authorize,
        signing_secret="-",
        process_before_response=True,
        request_verification_enabled=False,
        logger=logging.getLogger("quiet"),
    )
    leave.register(app)
    return app


def event(body: Mapping[str, Any]) -> AsyncBoltRequest:
    told = {"type": "event_callback", "event_time": int(LATER.timestamp()), **body}
    return AsyncBoltRequest(mode="socket_mode", body=told)


@asynccontextmanager
async def settled(background: Background) -> AsyncIterator[None]:
    """Inside, tasks begin; after it, they have ended."""
    yield
    await asyncio.sleep(0)
    await background.__aexit__()


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"team_id": "T1", "event": {"type": "app_uninstalled"}}, {"T1"}),
        ({"team_id": "T1", "enterprise_id": "E1", "event": {"type": "app_uninstalled"}}, {"T1"}),
        ({"team_id": "T1", "event": {"type": "tokens_revoked", "tokens": {"bot": ["U0"]}}}, {"T1"}),
        ({"team_id": "T1", "event": {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}}, set()),
        ({"team_id": "T1", "event": {"type": "tokens_revoked"}}, set()),
        ({"enterprise_id": "E1", "event": {"type": "team_access_revoked", "team_ids": ["T1"]}}, {"T1"}),
        (
            {
                "team_id": "T2",
                "enterprise_id": "E1",
                "authorizations": [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}],
                "event": {"type": "app_uninstalled"},
            },
            {"E1", "T2"},
        ),
    ],
)
async def test_slack_tells_who_has_left(
    bolt: AsyncApp,
    background: Background,
    installations: Installations,
    workspaces: ManyWorkspaces,
    body: dict[str, Any],
    left: set[str],
) -> None:
    await installations.save_installation(installation("T1"))
    await installations.save_installation(installation(None, enterprise="E1"))
    await workspaces.note_joined("T2", enterprise="E1")
    async with settled(background):
        answer = await bolt.async_dispatch(event(body))
        assert answer.status == 200
    gone = {owner for owner in ("T1", "T2", "E1") if await installations.find_installation(owner) is None}
    assert gone == left


async def test_slack_says_it_again_where_it_could_not_be_written_down(
    leave: Leave, valkey_socket: Path, installations: Installations
) -> None:
    told = {"team_id": "T1", "event": {"type": "app_uninstalled"}}
    await installations.save_installation(installation("T1"))
    async with upstash(valkey_socket) as rest, rest_redis(rest.url, rest.token) as redis:
        rest.answer = Response(status_code=503)
        answer = await bolt_of(replace(leave, redis=redis)).async_dispatch(event(told))
    assert answer.status == 500
    assert await installations.find_installation("T1") is not None


@pytest.mark.parametrize("odd", ["*", "T?", "[T]1", "precache", "schedules", "", "T1:kolu"])
async def test_what_is_no_id_is_not_looked_for(
    leave: Leave, redis: CountedRedis, redis_raw: RawRedis, installations: Installations, odd: str
) -> None:
    await live(redis, installations, "T1")
    before = await redis_raw.keys("*")
    with pytest.raises(ValueError, match="id as Slack gives it"):
        await leave.note_leaving(odd, at=LATER)
    assert sorted(await redis_raw.keys("*")) == sorted(before)


async def test_a_redis_that_is_away_at_the_start_is_asked_again(
    redis: CountedRedis,
    redis_raw: RawRedis,
    valkey_socket: Path,
    qstash: QStash,
    workspaces: ManyWorkspaces,
    background: Background,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def none(team: str) -> list[Record]:
        return []

    await redis.hset("precache:leaving", "T1", 1_000 * int(LATER.timestamp()))
    await redis.set("precache:answer:T1:0f", "x")
    async with (
        upstash(valkey_socket) as rest,
        rest_redis(rest.url, rest.token) as client,
        Publisher.connect(token=TOKEN, base_url=qstash.url, announce_url="http://bot.test/a") as publisher,
    ):
        rest.answer = Response(status_code=503)
        leave = Leave(
            redis=client,
            scheduled=none,
            unwatch=ScheduleStore(redis=client).unwatch_team,
            publisher=publisher,
            workspaces=workspaces,
            installations=None,
            background=background,
            pauses=(0.02,) * 500,
        )
        finishing = asyncio.create_task(leave.finish_leaving())
        await wait_until(lambda: rest.requests > 2, "some tries")
        rest.answer = None
        await finishing
    assert await traces(redis_raw, "T1") == []
    (line,) = (
        record
        for record in caplog.records
        if record.name == "bot.workspaces.leave" and record.levelno > logging.INFO
    )
    assert line.getMessage() == "leave.unknown: Redis answered HTTP 503; asked again later"
