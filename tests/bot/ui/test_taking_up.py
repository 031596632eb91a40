"""Commands that were acknowledged and whose process was lost: what is done again, and what is only told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncAck

from bot import replies
from bot.server.surface import Surface, build_surface
from bot.slack import Caller
from bot.storage.client import CountedRedis
from bot.ui.intents import INTENT_TTL, LOST_AFTER, Intent, Intents
from scheduler import Done, Job
from tests.bot.announcing import Process, process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack
from tests.waiting import wait_until

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
CALLER = Caller(team="T1", channel="C1", user="U1")
SOON = LOST_AFTER - timedelta(seconds=1)
LATER = LOST_AFTER + timedelta(seconds=1)


@dataclass(kw_only=True)
class Clock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment


def intent(text: str, *, name: str = "intent-1", response_url: str = "") -> Intent:
    return Intent(caller=CALLER, text=text, response_url=response_url, id=name)


# The notes


async def test_a_note_is_found_once_it_is_old_and_by_one_copy_at_a_time(redis: CountedRedis) -> None:
    clock = Clock()
    one, other = Intents(redis=redis, now=clock), Intents(redis=redis, now=clock)
    noted = intent("Why?\n“ü” \u2028", response_url="https://hooks.slack.com/x")
    before = redis.requests
    await one.note_intent(noted)
    assert redis.requests - before == 1
    clock.moment = NOON + SOON
    assert await other.take_lost() == []
    clock.moment = NOON + LATER
    assert await one.take_lost() == [], "it is at work on that itself"
    clock.moment += LATER
    assert await other.take_lost() == [noted]
    assert await one.take_lost() == [], "the other one is at it"
    clock.moment += LATER
    third = Intents(redis=redis, now=clock)
    assert await third.take_lost() == [noted], "that one was lost, too"
    await one.end_intent(noted)
    clock.moment += LATER
    assert await other.take_lost() == []


async def test_a_note_holds_what_is_needed_ends_by_itself_and_is_gone_once_answered(
    redis: CountedRedis,
) -> None:
    clock = Clock()
    intents = Intents(redis=redis, now=clock)
    await intents.note_intent(intent("list"))
    keys = {key: await redis.ttl(key) for key in await redis.keys("*")}
    name = "precache:intent:T1:intent-1"
    assert keys == {name: INTENT_TTL.total_seconds(), "precache:intents": 2 * INTENT_TTL.total_seconds()}
    record = await redis.get(name)
    assert json.loads(record or "") == {
        "v": 1,
        "user": "U1",
        "channel": "C1",
        "text": "list",
        "response_url": "",
    }
    await redis.delete(name)  # as its time to live does
    clock.moment += LATER
    assert await intents.take_lost() == []
    assert await redis.keys("*") == []
    await intents.note_intent(intent("list"))
    await intents.end_intent(intent("list"))
    assert await redis.keys("*") == []


# The work


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A copy of Precache, and what it does for people."""

    process: Process
    workspace: Slack
    qstash: QStash
    surface: Surface

    async def lose(self, text: str) -> None:
        """Note a command as if its process had been lost right after the acknowledgement."""
        await Intents(redis=self.process.redis, now=self.process.clock).note_intent(intent(text))

    async def take_up(self) -> None:
        """Find what is lost, and see it answered."""
        self.process.clock.turn_to(self.process.clock() + LATER)
        await self.surface.lost_commands.take_up_lost()
        await wait_until(lambda: self.process.ground.background.running == 0, "it is answered")

    @property
    def jobs(self) -> list[Job]:
        return [Job.decode(body) for body in self.qstash.waiting.values()]


@pytest_asyncio.fixture
async def desk(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Desk]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        running.clock.turn_to(NOON)
        surface = build_surface(running.ground)
        yield Desk(process=running, workspace=workspace, qstash=qstash, surface=surface)


async def test_a_command_is_noted_before_it_is_acknowledged_and_its_note_is_gone_once_it_is_answered(
    desk: Desk,
) -> None:
    redis, noted = desk.process.redis, []
    command = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "text": "help"}

    async def ack() -> None:
        noted.extend(await redis.keys("precache:intent:T1:*"))

    await desk.surface.commands.on_command(cast("AsyncAck", ack), command)
    await wait_until(lambda: desk.process.ground.background.running == 0, "it is answered")
    assert len(noted) == 1
    assert len(desk.workspace.whispers) == 1
    assert await redis.keys("precache:intent*") == []


async def test_a_lost_prompt_is_asked_and_posted_once_however_often_it_is_begun(desk: Desk) -> None:
    for _ in range(2):  # the second time, it was not lost after all
        await desk.lose("Why is the sky blue?")
        await desk.take_up()
    assert {job.id for job in desk.jobs} == {"intent-1"}
    job = desk.jobs[0]
    assert job.query == "Why is the sky blue?"
    assert isinstance(await desk.process.deliver(job), Done)
    assert await desk.process.deliver(job) == Done(text="nothing to do: posted")
    await desk.lose("Why is the sky blue?")
    await desk.take_up()
    assert await desk.process.deliver(desk.jobs[-1]) == Done(text="nothing to do: posted")
    assert len(desk.workspace.posts) == 1
    assert await desk.process.redis.keys("precache:intent*") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("list", "Nothing is scheduled here yet."),
        ("help", "/precache"),
        ("show nothing-here", "nothing-here"),
        ("history nothing-here", "nothing-here"),
        ("run nothing-here", replies.command_cut_off()),
        ("every day at 18:30 Good evening", replies.command_cut_off()),
        ("delete nothing-here", replies.command_cut_off()),
        ("pause nothing-here", replies.command_cut_off()),
        ("", replies.command_cut_off()),
        ("preview Why?", replies.command_cut_off()),
        ("every day at 25:99 Good evening", replies.command_cut_off()),
    ],
)
async def test_what_shows_something_is_shown_and_what_may_be_done_already_is_told(
    desk: Desk, text: str, told: str
) -> None:
    await desk.lose(text)
    await desk.take_up()
    (whisper,) = desk.workspace.whispers
    assert told in whisper
    assert (desk.jobs, desk.workspace.posts) == ([], [])
    assert await desk.process.redis.keys("precache:schedule:*") == []
