"""The records and QStash, after whatever came between them; with the QStash of this machine over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot.background import Background
from bot.errors import NotInstalled
from bot.housekeeping.reconcile import MOST, YOUNG, Reconcile, Remedy, find_remedy
from bot.housekeeping.watch_list import WatchList
from bot.housekeeping.watchdog import slot_job
from bot.schedules.acts.draft import Draft
from bot.schedules.acts.service import Schedules
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.server.parts.chores import build_reconcile, build_watchdog
from bot.server.parts.ground import Ground, build_ground
from bot.server.parts.surface import build_surface
from bot.slack import Slack as OurSlack
from bot.slack.caller import Caller
from bot.storage.client import CountedRedis
from bot.ui.events import Events
from bot.workspaces import OneWorkspace
from scheduler import Cron, DailyLimit, Done, Job, Once, Publisher, Scheduled, Timing, Unreachable
from tests.bot.announcing import Process, process
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import list_schedules
from tests.stand_ins.slack_channel import Behaviour, Slack, refuses

URL = "https://bot.example/api/announce"
NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAILY = Timing(when=Cron.parse("0 9 * * *", zone="Europe/Berlin"))
ADA = Caller(team="T1", user="U1", channel="C1")


# What is decided

RECORD = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="Europe/Berlin",
    cron="0 9 * * *",
    created=NOON - HOUR,
    state="active",
    revision=2,
)
PAUSED, PENDING = replace(RECORD, state="paused"), replace(RECORD, state="pending")
ONE_OFF = replace(RECORD, cron=None, at=NOON + HOUR)
THEIRS = Scheduled(
    id="kolu-tane",
    cron="CRON_TZ=Europe/Berlin 0 9 * * *",
    paused=False,
    next_run=None,
    destination=URL,
    created=NOON - HOUR,
    job=slot_job(RECORD, now=NOON),
)
HALTED, FRESH = replace(THEIRS, paused=True), replace(THEIRS, created=NOON - MINUTE)


@pytest.mark.parametrize(
    ("theirs", "record", "do"),
    [
        (THEIRS, RECORD, None),
        (THEIRS, None, "remove"),
        (FRESH, None, None),
        (THEIRS, ONE_OFF, "remove"),
        (FRESH, ONE_OFF, None),
        (None, ONE_OFF, None),
        (None, None, None),
        (None, RECORD, "publish"),
        (None, replace(RECORD, created=NOON - MINUTE), None),
        (None, replace(RECORD, created=None), "publish"),
        (None, replace(RECORD, until=NOON), None),
        (THEIRS, PENDING, "publish"),
        (None, PENDING, "publish"),
        (THEIRS, replace(PENDING, created=NOON - MINUTE), None),
        (THEIRS, PAUSED, "pause"),
        (HALTED, PAUSED, None),
        (None, PAUSED, None),
        (HALTED, RECORD, "resume"),
        (THEIRS, replace(RECORD, cron="0 10 * * *"), "publish"),
        (THEIRS, replace(RECORD, zone="Europe/Paris"), "publish"),
        (THEIRS, replace(RECORD, query="How?"), "publish"),
        (THEIRS, replace(RECORD, channel="C2"), "publish"),
        (THEIRS, replace(RECORD, name="Morning"), None),
        (replace(THEIRS, cron="0 8 * * *"), RECORD, "publish"),
        (replace(THEIRS, cron="who knows"), RECORD, "publish"),
        (replace(THEIRS, cron="TZ=Europe/Berlin  0 9 * * *"), RECORD, None),
        (replace(THEIRS, job=replace(slot_job(RECORD, now=NOON), extra={"newer": 1})), RECORD, None),
        (replace(THEIRS, job=None), RECORD, None),
    ],
)
def test_what_makes_qstash_agree_with_the_records(
    theirs: Scheduled | None, record: Schedule | None, do: Remedy | None
) -> None:
    assert find_remedy(theirs, record, now=NOON) == do


# What is done


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One copy of the process, as far as schedules go, and what it works with."""

    ground: Ground
    clock: Clock
    bot: Process
    qstash: Running
    workspace: Slack
    raw: RawRedis

    @property
    def schedules(self) -> Schedules:
        return self.ground.schedules

    @property
    def schedule_store(self) -> ScheduleStore:
        return self.ground.schedule_store

    @property
    def publisher(self) -> Publisher:
        return self.ground.services.publisher

    @property
    def events(self) -> Events:
        return build_surface(self.ground).events

    @property
    def reconcile(self) -> Reconcile:
        return self.reconciling(self.publisher)

    def reconciling(self, publisher: Publisher) -> Reconcile:
        services = replace(self.ground.services, publisher=publisher)
        return build_reconcile(replace(self.ground, services=services), events=self.events)

    async def made(self, timing: Timing = DAILY, **fields: Any) -> Schedule:
        draft = replace(Draft(query="Why?", timing=timing, channel="C1"), **fields)
        found = await self.schedules.create_schedule(ADA, draft)
        assert isinstance(found, Schedule)
        return found

    async def half_made(self, timing: Timing = DAILY, **fields: Any) -> Schedule:
        """As a crash leaves it between its first and its second step."""
        schedule = replace(RECORD, id="half-made", state="pending", revision=0, created=self.clock())
        schedule = replace(schedule, **fields)
        added = await self.schedule_store.add_record(schedule.at_time(timing), now=self.clock())
        assert isinstance(added, Schedule)
        return added

    async def agree(self, after: timedelta = YOUNG) -> None:
        """Some time later, one pass."""
        self.clock.now += after
        await self.reconcile.make_agree()

    async def held(self) -> dict[str, Scheduled]:
        return {listed.id: listed for listed in await list_schedules(self.publisher)}

    async def waiting(self) -> list[Job]:
        """The messages that QStash holds for their time, but warm-ups."""
        keys = await self.raw.keys("qstash:message:*")
        bodies = [await self.raw.hget(key, "body") for key in keys]
        return [
            job for body in bodies if isinstance(body, bytes) and (job := Job.decode(body)).kind == "post"
        ]

    async def watched(self) -> set[str]:
        pages = WatchList(redis=self.bot.redis).list_watched_pages()
        return {watched.ref[1] async for page in pages for watched in page}


@pytest_asyncio.fixture
async def qstash(redis_raw: RawRedis) -> AsyncIterator[Running]:
    async with run_qstash(redis_raw, Clock(NOON), deliver=False) as running:
        yield running


def telling(**told: Any) -> Behaviour:
    """Slack says this."""

    async def behave(*_: Any) -> Response:
        return JSONResponse({"ok": True, **told})

    return behave


@pytest_asyncio.fixture
async def desk(
    redis: CountedRedis, redis_raw: RawRedis, workspace: Slack, model: OpenAI, qstash: Running
) -> AsyncIterator[Desk]:
    async with (
        Background() as background,
        process(redis, slack_url=workspace.url, model=model.url) as bot,
        Publisher.connect(token=qstash.credentials.token, base_url=qstash.url, announce_url=URL) as publisher,
    ):
        yield desk_of(bot, publisher, background, qstash=qstash, workspace=workspace, raw=redis_raw)


class Uninstalled(OneWorkspace):
    """Of one team that is gone."""

    async def slack_of(self, team: str) -> OurSlack:
        if team == "T9":
            raise NotInstalled(team)
        return await super().slack_of(team)


def desk_of(
    bot: Process,
    publisher: Publisher,
    background: Background,
    *,
    qstash: Running,
    workspace: Slack,
    raw: RawRedis,
) -> Desk:
    bot.clock.turn_to(NOON)
    workspace.next["conversations.info"].extend([telling(channel={"is_member": True})] * 100)
    workspace.next["users.info"].extend([telling(user={"real_name": "Ada"})] * 100)
    slack = replace(bot.ground.services.slack, workspaces=Uninstalled(bot.slack))
    services = replace(bot.ground.services, publisher=publisher, slack=slack)
    return Desk(
        ground=build_ground(bot.ground.settings, services, background=background, now=qstash.clock),
        clock=qstash.clock,
        bot=bot,
        qstash=qstash,
        workspace=workspace,
        raw=raw,
    )


async def test_where_all_agrees_a_pass_changes_nothing(desk: Desk) -> None:
    made = await desk.made()
    later = await desk.made(Timing(when=Once(at=NOON + HOUR, zone="UTC")))
    before = await desk.held(), await desk.waiting(), await desk.schedule_store.list_records("T1")
    await desk.agree(HOUR / 2)
    assert (await desk.held(), await desk.waiting(), await desk.schedule_store.list_records("T1")) == before
    assert set(before[0]) == {made.id}
    assert [job.id for job in before[1]] == [later.id]


async def test_a_pass_asks_redis_by_the_page(desk: Desk) -> None:
    counts = []
    for number in (1, 140):
        for n in range(number):
            added = await desk.schedule_store.add_record(
                replace(RECORD, id=f"n-{number}-{n}", channel="D1", created=NOON), now=NOON
            )
            assert isinstance(added, Schedule)
            await desk.publisher.put_schedule(slot_job(added, now=NOON), str(added.when))
        before = desk.bot.redis.requests
        await desk.agree(timedelta())
        counts.append(desk.bot.redis.requests - before)
    assert counts[1] - counts[0] <= 10, "two for each page of QStash's, and one for each of the watch list"


async def test_what_qstash_has_lost_it_gets_again_whole(desk: Desk) -> None:
    made = await desk.made(mentions=("U2",))
    before = await desk.held()
    await desk.publisher.delete_schedule(made.id)
    await desk.agree()
    after = await desk.held()
    assert after[made.id].job == before[made.id].job
    assert await desk.schedule_store.find_record("T1", made.id) == made, "nothing of it has changed"


async def test_a_schedule_that_was_written_and_never_given_to_qstash_is_finished(desk: Desk) -> None:
    half = await desk.half_made()
    await desk.agree(YOUNG - MINUTE)
    assert await desk.held() == {}, "somebody may be at it"
    await desk.agree()
    assert (await desk.held())[half.id].job == slot_job(half, now=NOON)
    found = await desk.schedule_store.find_record("T1", half.id)
    assert found is not None
    assert found.state == "active"


async def test_a_one_off_that_was_written_and_never_given_to_qstash_is_finished_and_posts_once(
    desk: Desk,
) -> None:
    half = await desk.half_made(Timing(when=Once(at=NOON + HOUR, zone="UTC")))
    await desk.agree(YOUNG - MINUTE)
    assert await desk.waiting() == []
    for _ in range(3):
        await desk.agree()
    (job,) = await desk.waiting()
    assert (job.id, job.at) == (half.id, half.at)
    found = await desk.schedule_store.find_record("T1", half.id)
    assert found is not None
    assert (found.state, found.message is not None) == ("active", True)
    assert await desk.watched() == {half.id}, "to see that it comes"
    desk.bot.clock.ahead += HOUR
    assert isinstance(await desk.bot.deliver(job), Done)
    assert await desk.bot.deliver(job) == Done(text="nothing to do: posted")


async def test_a_one_off_that_was_given_another_time_and_lost_on_the_way_comes_at_that_time(
    desk: Desk,
) -> None:
    made = await desk.made(Timing(when=Once(at=NOON + HOUR, zone="UTC")))
    await desk.schedule_store.change_record(made, replace(made, at=NOON + 2 * HOUR))
    assert await desk.watched() == {made.id}
    await desk.agree()
    assert {job.at for job in await desk.waiting()} == {NOON + HOUR, NOON + 2 * HOUR}
    old = next(job for job in await desk.waiting() if job.at == NOON + HOUR)
    desk.bot.clock.ahead += HOUR
    assert await desk.bot.deliver(old) == Done(text="nothing to do: off")


@pytest.mark.parametrize(("late", "published", "told"), [(20 * MINUTE, 1, 0), (70 * MINUTE, 0, 1)])
async def test_a_one_off_whose_time_has_passed_before_qstash_had_it_is_for_the_watchdog(
    desk: Desk, workspace: Slack, late: timedelta, published: int, told: int
) -> None:
    await desk.half_made(Timing(when=Once(at=NOON + HOUR, zone="UTC")))
    await desk.agree(HOUR + late)
    assert await desk.waiting() == []
    await build_watchdog(desk.ground).look_after_slots()
    assert (len(await desk.waiting()), len(workspace.whispers)) == (published, told)


async def test_a_change_that_did_not_reach_qstash_reaches_it(desk: Desk) -> None:
    made = await desk.made()
    changed = await desk.schedule_store.change_record(made, replace(made, cron="30 7 * * 1-5", query="How?"))
    assert isinstance(changed, Schedule)
    await desk.agree()
    theirs = (await desk.held())[made.id]
    assert theirs.job == slot_job(changed, now=NOON)
    assert theirs.cron == "CRON_TZ=Europe/Berlin 30 7 * * 1-5"


async def test_what_was_paused_or_resumed_in_the_book_alone_is_in_qstash_too(desk: Desk) -> None:
    made = await desk.made()
    paused = await desk.schedule_store.change_record(made, replace(made, state="paused"))
    assert isinstance(paused, Schedule)
    await desk.agree()
    assert (await desk.held())[made.id].paused
    await desk.schedule_store.change_record(paused, replace(paused, state="active", query="How?"))
    await desk.agree()
    theirs = (await desk.held())[made.id]
    assert not theirs.paused
    assert theirs.job is not None
    assert theirs.job.query == "How?"
    await desk.publisher.pause_schedule(made.id)
    await desk.agree()
    assert not (await desk.held())[made.id].paused


async def test_what_the_book_does_not_know_or_has_deleted_is_removed_once_it_is_not_young(
    desk: Desk,
) -> None:
    kept, deleted = await desk.made(), await desk.made()
    await desk.schedule_store.delete_record(deleted)
    now_once = await desk.made()
    await desk.schedule_store.change_record(
        now_once, now_once.at_time(Timing(when=Once(at=NOON + 3 * HOUR, zone="UTC")))
    )
    await desk.publisher.put_schedule(replace(slot_job(kept, now=NOON), schedule="unknown"), "0 9 * * *")
    await desk.agree(YOUNG - MINUTE)
    assert set(await desk.held()) == {kept.id, deleted.id, now_once.id, "unknown"}
    await desk.agree()
    assert set(await desk.held()) == {kept.id}


async def test_what_is_not_ours_is_never_touched(desk: Desk) -> None:
    async with Publisher.connect(
        token=desk.qstash.credentials.token,
        base_url=desk.qstash.url,
        announce_url="https://staging.example/api/announce",
    ) as other:
        job = replace(slot_job(RECORD, now=NOON), schedule="staging")
        await other.put_schedule(job, "0 9 * * *")
        by_hand = Job(query="Why?", schedule="by-hand", cron="0 9 * * *", zone="UTC")
        await desk.publisher.put_schedule(by_hand, "0 9 * * *")
        schedule = desk.qstash.client.schedule
        await schedule.create(destination=URL, cron="0 9 * * *", schedule_id="no-job", body="tick")
        body = slot_job(RECORD, now=NOON).encode().decode()
        await schedule.create(destination=URL, cron="0 9 * * *", schedule_id="another-name", body=body)
        await desk.agree(24 * HOUR)
        assert set(await desk.held()) == {"by-hand", "no-job", "another-name"}
        assert [listed.id for listed in await list_schedules(other)] == ["staging"]


async def test_two_copies_at_once_come_to_the_same(desk: Desk) -> None:
    lost = await desk.made()
    await desk.publisher.delete_schedule(lost.id)
    half, gone = await desk.half_made(), await desk.made()
    await desk.schedule_store.delete_record(gone)
    desk.clock.now += 2 * YOUNG
    await asyncio.gather(*(desk.reconcile.make_agree() for _ in range(3)))
    assert set(await desk.held()) == {lost.id, half.id}
    assert {schedule.state for schedule in await desk.schedule_store.list_records("T1")} == {"active"}


async def test_one_that_is_deleted_while_it_is_finished_leaves_nothing_for_the_next_pass(desk: Desk) -> None:
    half = await desk.half_made()
    desk.clock.now += YOUNG
    await asyncio.gather(desk.reconcile.make_agree(), desk.schedule_store.delete_record(half))
    await desk.agree()
    await desk.agree()
    assert await desk.held() == {}


async def test_without_qstash_the_pass_ends_and_the_next_one_does_it(desk: Desk) -> None:
    half = await desk.half_made()
    desk.clock.now += YOUNG
    async with Publisher.connect(token="t", base_url="http://127.0.0.1:9", announce_url=URL) as nobody:
        with pytest.raises(Unreachable):
            await desk.reconciling(nobody).make_agree()
    await desk.reconcile.make_agree()
    assert set(await desk.held()) == {half.id}


async def test_a_full_plan_is_told_once_and_holds_nothing_else_up(
    redis: CountedRedis,
    redis_raw: RawRedis,
    workspace: Slack,
    model: OpenAI,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        run_qstash(redis_raw, Clock(NOON), deliver=False, max_schedules=1, max_messages_per_day=0) as qstash,
        Background() as background,
        process(redis, slack_url=workspace.url, model=model.url) as bot,
        Publisher.connect(token=qstash.credentials.token, base_url=qstash.url, announce_url=URL) as publisher,
    ):
        desk = desk_of(bot, publisher, background, qstash=qstash, workspace=workspace, raw=redis_raw)
        made = await desk.made()
        for name in ("a", "b", "c"):
            await desk.half_made(id=name)
        for name in ("d", "e"):
            await desk.half_made(Timing(when=Once(at=NOON + HOUR, zone="UTC")), id=name)
        await desk.publisher.pause_schedule(made.id)
        workspace.requests.clear()
        await desk.agree()
        assert [message for message in caplog.messages if re.match(r"reconcile\.(full|spent)", message)] == [
            "reconcile.full: The QStash plan has no schedule left.",
            f"reconcile.spent: {DailyLimit()}",
        ]
        assert workspace.requests["conversations.info"]
        assert not (await desk.held())[made.id].paused


async def test_a_book_that_is_older_than_the_list_of_what_is_watched_gets_into_it(
    desk: Desk, redis_raw: RawRedis
) -> None:
    made = await desk.made()
    await redis_raw.delete("precache:watched")
    await desk.agree()
    assert await desk.watched() == {made.id}


# Channels and people


async def test_schedules_of_a_channel_that_is_gone_are_paused_and_their_owner_is_told_once(
    desk: Desk,
) -> None:
    made, elsewhere = await desk.made(), await desk.made(channel="C2")
    infos = desk.workspace.next["conversations.info"]

    async def told(_: Slack, __: str, arguments: Any) -> Response:
        archived = arguments["channel"] == "C1"
        return JSONResponse({"ok": True, "channel": {"is_member": True, "is_archived": archived}})

    infos.clear()
    infos.extend([told] * 20)
    for _ in range(3):
        await desk.agree()
    held = await desk.held()
    assert (held[made.id].paused, held[elsewhere.id].paused) == (True, False)
    (post,) = desk.workspace.posts
    assert post["channel"] == "U1"
    assert made.command_name in post["text"]
    assert "archived" in post["text"]


@pytest.mark.parametrize(
    ("answer", "paused"),
    [
        (refuses("channel_not_found"), True),
        (telling(channel={"is_member": False}), True),
        (refuses("missing_scope"), False),
        (refuses("ratelimited"), False),
    ],
)
async def test_a_channel_is_lost_only_if_slack_says_so(desk: Desk, answer: Behaviour, paused: bool) -> None:
    made = await desk.made()
    desk.workspace.next["conversations.info"].appendleft(answer)
    await desk.agree()
    assert (await desk.held())[made.id].paused is paused


async def test_schedules_of_someone_who_has_left_are_paused_and_their_channels_are_told(desk: Desk) -> None:
    made = await desk.made()
    desk.workspace.next["users.info"].appendleft(telling(user={"real_name": "Ada", "deleted": True}))
    await desk.agree()
    assert (await desk.held())[made.id].paused
    (post,) = desk.workspace.posts
    assert post["channel"] == "C1"
    assert post["text"].startswith("Ada has left this workspace")


async def test_slack_is_asked_about_a_few_in_each_pass_and_about_all_in_turn(desk: Desk) -> None:
    for n in range(MOST + 5):
        added = await desk.schedule_store.add_record(
            replace(RECORD, id=f"n-{n:02}", channel=f"C{n}", created=NOON), now=NOON
        )
        assert isinstance(added, Schedule)
    asked: list[str] = []

    async def info(_: Slack, __: str, arguments: Any) -> Response:
        asked.append(arguments["channel"])
        return JSONResponse({"ok": True, "channel": {"is_member": True}})

    infos = desk.workspace.next["conversations.info"]
    infos.clear()
    infos.extend([info] * 100)
    await desk.agree(15 * MINUTE)
    assert len(asked) == MOST
    await desk.agree(15 * MINUTE)
    assert len(asked) == 2 * MOST
    assert len(set(asked)) == MOST + 5


async def test_a_team_that_has_gone_is_not_asked_about_and_holds_nothing_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.schedule_store.add_record(replace(RECORD, team="T9", id="a", created=NOON), now=NOON)
    made = await desk.made()
    desk.workspace.next["conversations.info"].appendleft(refuses("channel_not_found"))
    await desk.agree()
    assert (await desk.held())[made.id].paused
    assert "reconcile.slack_not_asked id=a: Slack answered not_installed" in caplog.messages
