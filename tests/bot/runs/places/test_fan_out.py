"""A slot of a schedule with several places: one answer, and a run, tries and an ending for each place."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import web
from redis.asyncio import Redis as RawRedis

from bot.schedules.schedule import Place, Schedule
from bot.storage.client import CountedRedis
from bot.storage.keys import tally_key
from scheduler import Done, Drop, Job, Retry
from tests.bot.announcing import Clock, Process, process
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.openai import OpenAI, fails, openai, says
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import Slack, loses, refuses, slack_channel

NINE: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
RUN: Final = f"T1:kolu-tane:{int(NINE.timestamp())}"
ALSO: Final = (Place(channel="C2"), Place(channel="D3", user="U3"))


class House:
    """All that a process asks, and a process."""

    def __init__(self, bot: Process, workspace: Slack, model: OpenAI, qstash: QStash) -> None:
        self.bot, self.workspace, self.model, self.qstash = bot, workspace, model, qstash

    async def store(self, **fields: Any) -> Job:
        schedule = await store_daily(self.bot.redis, self.bot.clock, **{"also": ALSO, **fields})
        return job_of(schedule) if schedule.cron else replace(schedule.job, at=schedule.at)

    def published(self) -> list[Job]:
        """What QStash was given for further places, in order."""
        jobs = [Job.decode(body) for body in self.qstash.waiting.values()]
        return [job for job in jobs if job.place is not None]

    async def deliver_further(self) -> list[str]:
        """QStash brings each of them; the kinds of the verdicts."""
        return [type(await self.bot.deliver(job)).__name__ for job in self.published()]

    @property
    def places(self) -> list[str]:
        return [post["channel"] for post in self.workspace.posts if "metadata" in post]

    async def lines(self) -> Sequence[tuple[str | None, str, str]]:
        """The history, oldest first."""
        runs = await self.bot.schedule_store.read_history("T1", "kolu-tane")
        return [(run.channel, run.outcome, run.detail) for run in runs][::-1]


@pytest_asyncio.fixture
async def house(redis: CountedRedis, redis_raw: RawRedis) -> AsyncIterator[House]:
    clock = Clock()
    clock.turn_to(NINE)
    async with openai() as model, slack_channel() as workspace, run_qstash() as qstash:
        workspace.now = lambda: clock().timestamp()
        async with process(
            redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url, clock=clock
        ) as bot:
            yield House(bot, workspace, model, qstash)


async def test_one_answer_goes_to_every_place_once_and_the_model_is_asked_once(house: House) -> None:
    job = await house.store()
    assert isinstance(await house.bot.deliver(job), Done)
    assert house.places == ["C1"]
    assert [further.place for further in house.published()] == ["C2", "D3"]
    for _ in range(2):
        assert set(await house.deliver_further()) == {"Done"}
        assert isinstance(await house.bot.deliver(job, retried=1), Done)
    assert house.places == ["C1", "C2", "D3"]
    assert [house.workspace.parts(run) for run in (RUN, f"{RUN}:C2", f"{RUN}:D3")] == [[0], [0], [0]]
    assert house.model.requests == 1
    assert await house.lines() == [("C1", "posted", ""), ("C2", "posted", ""), ("D3", "posted", "")]
    texts = {post["text"] for post in house.workspace.posts}
    assert len(texts) == 1
    assert all("Made " in house.workspace.shown(number) for number in range(3))
    assert not any("Reused" in house.workspace.shown(number) for number in range(3))


async def test_the_day_counts_a_post_for_each_place_and_one_answer(house: House) -> None:
    await house.bot.deliver(await house.store())
    await house.deliver_further()
    held = await house.bot.redis.hgetall(tally_key("T1", NINE.date()))
    counted = {name: int(value) for name, value in held.items()}
    assert (counted["posted"], counted["MISS"]) == (3, 1)
    assert not {"HIT", "saved", "saved_tokens"} & counted.keys()


async def test_a_one_off_goes_to_all_its_places_until_they_are_changed(house: House) -> None:
    job = await house.store(cron=None, at=NINE)
    assert isinstance(await house.bot.deliver(job), Done)
    record = await house.bot.schedule_store.find_record("T1", "kolu-tane")
    assert record is not None
    first, second = house.published()
    assert isinstance(await house.bot.deliver(first), Done)
    assert house.places == ["C1", "C2"]
    changed = record.at_places([Place(channel="C1"), Place(channel="C2")])
    assert isinstance(await house.bot.schedule_store.change_record(record, changed), Schedule)
    assert isinstance(await house.bot.deliver(second), Done)
    assert house.places == ["C1", "C2"]


async def test_a_place_that_is_taken_away_on_the_way_gets_nothing_and_one_that_is_new_gets_its_post(
    house: House,
) -> None:
    job = await house.store()
    record = await house.bot.schedule_store.find_record("T1", "kolu-tane")
    assert record is not None
    changed = record.at_places([Place(channel="C1"), Place(channel="C2"), Place(channel="C4")])
    changed_record = await house.bot.schedule_store.change_record(record, changed)
    assert isinstance(changed_record, Schedule)
    await house.bot.deliver(job)  # as QStash had it when the change came
    assert [further.place for further in house.published()] == ["C2", "C4"]
    assert isinstance(
        await house.bot.schedule_store.change_record(
            changed_record, changed_record.at_places([Place(channel="C1"), Place(channel="C4")])
        ),
        Schedule,
    )
    assert await house.deliver_further() == ["Done", "Done"]
    assert house.places == ["C1", "C4"]


@pytest.mark.parametrize("state", ["paused", "deleted"])
async def test_what_is_paused_or_deleted_on_the_way_goes_to_no_further_place(
    house: House, state: str
) -> None:
    await house.bot.deliver(await house.store())
    store = house.bot.schedule_store
    record = await store.find_record("T1", "kolu-tane")
    assert record is not None
    if state == "paused":
        await store.change_record(record, replace(record, state="paused"))
    else:
        await store.delete_record(record)
    assert await house.deliver_further() == ["Done", "Done"]
    assert house.places == ["C1"]


async def test_a_place_that_slack_refuses_stops_no_other_and_is_told_once_with_a_button(house: House) -> None:
    job = await house.store()
    for day in range(3):
        house.bot.clock.turn_to(NINE + day * DAY)
        house.workspace.next["chat.postMessage"].append(refuses("is_archived"))
        assert isinstance(await house.bot.deliver(job), Drop)
        assert set(await house.deliver_further()) == {"Done"}
    assert house.places == ["C2", "D3"] * 3
    told = [post for post in house.workspace.posts if "metadata" not in post]
    assert [post["channel"] for post in told] == ["U1"]
    assert "<#C1>: it is archived" in told[0]["text"]
    button = told[0]["blocks"][1]["elements"][0]
    assert (button["text"]["text"], button["value"]) == ("Remove this place", "kolu-tane:C1")
    assert (await house.lines())[:3] == [
        ("C1", "failed", "is_archived"),
        ("C2", "posted", ""),
        ("D3", "posted", ""),
    ]


async def test_a_place_that_was_open_again_is_told_of_again(house: House) -> None:
    job = await house.store()
    told: list[int] = []
    for day, is_open in enumerate((False, True, False)):
        house.bot.clock.turn_to(NINE + day * DAY)
        if not is_open:
            house.workspace.next["chat.postMessage"].append(refuses("not_in_channel"))
        await house.bot.deliver(job)
        told.append(sum("metadata" not in post for post in house.workspace.posts))
    assert told == [1, 1, 2]


async def test_what_keeps_several_places_from_a_post_is_told_once(house: House) -> None:
    job = await house.store()
    house.workspace.next["chat.postMessage"] += [refuses("msg_too_long") for _ in range(3)]
    await house.bot.deliver(job)
    assert await house.deliver_further() == ["Drop", "Drop"]
    assert [words for words in house.workspace.whispers if "too long" in words] == house.workspace.whispers
    assert len(house.workspace.whispers) == 1
    assert Counter(outcome for _, outcome, _ in await house.lines()) == {"failed": 3}


async def test_an_answer_that_failed_to_come_is_told_once_and_not_asked_for_again_at_each_place(
    house: House,
) -> None:
    job = await house.store()
    house.model.otherwise = fails(503)
    assert isinstance(await house.bot.deliver(job), Retry)
    assert isinstance(await house.bot.give_up(job), Done)
    assert (house.published(), house.places, len(house.workspace.whispers)) == ([], [], 1)
    assert await house.lines() == [("C1", "failed", "model_down")]


async def test_readers_everywhere_are_told_that_there_is_no_answer_where_silence_would_say_all_clear(
    house: House,
) -> None:
    job = await house.store(changes="only")
    house.model.otherwise = fails(503)
    await house.bot.deliver(job)
    asked = house.model.requests
    assert isinstance(await house.bot.give_up(job), Done)
    assert await house.deliver_further() == ["Done", "Done"]
    assert house.places == ["C1", "C2", "D3"]
    assert len({post["text"] for post in house.workspace.posts}) == 1
    assert house.model.requests == asked


async def test_the_last_good_answer_goes_to_all_of_them_without_another_try(house: House) -> None:
    job = await house.store()
    await house.bot.deliver(job)
    await house.deliver_further()
    house.bot.clock.turn_to(NINE + DAY)
    house.model.otherwise = fails(503)
    await house.bot.deliver(job)
    asked = house.model.requests
    assert isinstance(await house.bot.give_up(job), Done)
    await house.deliver_further()
    assert house.places == ["C1", "C2", "D3"] * 2
    assert house.model.requests == asked
    assert all("last good answer" in house.workspace.shown(number) for number in (3, 4, 5))


async def test_a_broken_off_answer_is_the_same_everywhere_although_nobody_keeps_it(house: House) -> None:
    house.model.next.append(says("Half of an", finish_reason="length"))
    await house.bot.deliver(await house.store())
    await house.deliver_further()
    assert house.places == ["C1", "C2", "D3"]
    assert len({post["text"] for post in house.workspace.posts}) == 1
    assert house.model.requests == 1


async def test_a_schedule_that_posts_only_changes_compares_once_for_all_places(house: House) -> None:
    job = await house.store(changes="only")
    await house.bot.deliver(job)
    await house.deliver_further()
    house.bot.clock.turn_to(NINE + DAY)
    await house.bot.deliver(job)
    assert house.places == ["C1", "C2", "D3"]
    assert len(house.published()) == 2, "it was quiet, and that goes nowhere"


async def test_the_first_place_is_posted_where_qstash_takes_nothing_and_the_others_after_it(
    house: House,
) -> None:
    async def away(_: QStash, __: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "away"}, status=500)

    job = await house.store()
    house.qstash.faults += [away] * 3
    assert isinstance(await house.bot.deliver(job), Retry)
    assert (house.places, house.published()) == (["C1"], [])
    assert isinstance(await house.bot.deliver(job, retried=1), Done)
    await house.deliver_further()
    assert house.places == ["C1", "C2", "D3"]


async def test_a_place_is_tried_on_its_own_and_looked_for_before_it_is_posted_again(house: House) -> None:
    await house.bot.deliver(await house.store())
    one, other = house.published()
    house.workspace.next["chat.postMessage"].append(loses)
    assert isinstance(await house.bot.deliver(one), Retry)
    assert isinstance(await house.bot.deliver(other), Done)
    assert isinstance(await house.bot.deliver(one, retried=1), Done)
    assert house.places == ["C1", "C2", "D3"]


async def test_a_later_slot_overtakes_a_place_that_is_late_and_no_other(house: House) -> None:
    job = await house.store()
    await house.bot.deliver(job)
    late, other = house.published()
    await house.bot.deliver(other)
    house.bot.clock.turn_to(NINE + DAY)
    await house.bot.deliver(job)
    for further in house.published()[2:]:
        await house.bot.deliver(further)
    assert house.places == ["C1", "D3", "C1", "C2", "D3"]
    assert isinstance(await house.bot.deliver(late, retried=3), Done)
    assert house.places[-1] == "D3"


async def test_twenty_places_take_one_request_to_qstash_and_three_of_them_are_closed(house: House) -> None:
    channels = [f"C{number}" for number in range(2, 21)]
    job = await house.store(also=tuple(Place(channel=channel) for channel in channels))
    await house.bot.deliver(job)
    assert len([asked for asked in house.qstash.asked if asked.path.endswith("/batch")]) == 1
    for number, further in enumerate(house.published()):
        if number % 7 == 0:
            house.workspace.next["chat.postMessage"].append(refuses("not_in_channel"))
        await house.bot.deliver(further)
    assert len(house.places) == 17
    assert house.model.requests == 1
    assert len(await house.bot.schedule_store.read_history("T1", "kolu-tane", most=None)) == 20
    assert sum("metadata" not in post for post in house.workspace.posts) == 3
