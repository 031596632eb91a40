"""The cost of each kind of run, counted: round trips to Redis, model calls, fetches, requests to Slack.

The table of what it may cost stands in docs/costs.md, and nowhere else: each of its rows is run here.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from redis.asyncio import Redis as RawRedis

from bot.budget import Caps, parse_caps
from bot.hearing import RemoteTranscriber, TranscriberSettings
from bot.model import ModelSettings
from bot.model.chat import ChatModel
from bot.readers import Consent
from bot.replies.review import ReviewPress
from bot.schedules import Review
from bot.schedules.schedule import Place, Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Caller
from bot.sources import Channel, ChannelMembers, Link
from bot.storage.client import socket_redis
from bot.subscriptions import Rhythm, Subscription, SubscriptionStore, make_copy_job
from bot.ui import Deciding
from scheduler import Done, Job, Retry, Verdict, review_job, warm_job
from tests.bot.announcing import JOB, Process, process
from tests.bot.documents.sounds import wav
from tests.bot.fetch.site import Site, open_site
from tests.stand_ins.openai import OpenAI, fails, openai, says
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.stand_ins.transcriber import Transcriber, transcriber

COSTS_PAGE: Final = Path(__file__).parents[1] / "docs" / "costs.md"
BARE: Final = Job(query=JOB.query, team=JOB.team)
NINE: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
AHEAD: Final = timedelta(minutes=1)
UNMET: Final = '{"reason": "Nothing is down.", "met": "no"}'
PAGE: Final = "<html><title>News</title><body><article><p>{}</p></article></body></html>"


class Cost(NamedTuple):
    """In the order of the table's columns."""

    redis: int
    model: int
    fetches: int
    slack: int


@dataclass(kw_only=True)
class Town:
    """All that a run may ask, and copies of Precache to run it."""

    workspace: Slack
    model: OpenAI
    ears: Transcriber
    qstash: QStash
    site: Site
    valkey: Path
    stack: AsyncExitStack
    etag: str = '"one"'
    copies: list[Process] = field(default_factory=list)
    schedule: Schedule | None = None

    async def copy(
        self, *, at: datetime | None = None, caps: Caps | None = None, senses: bool = False
    ) -> Process:
        """Another process, whose clock stands at `at`; with `senses` it hears, and its model sees."""
        model = ModelSettings(name="openai:test", base_url=self.model.url, window=100_000, pictures=True)
        ears = TranscriberSettings(name="server:whisper-1", base_url=self.ears.url, api_key="sk-sound")
        redis = await self.stack.enter_async_context(socket_redis(f"unix://{self.valkey}"))
        made = await self.stack.enter_async_context(
            process(
                redis,
                slack_url=self.workspace.url,
                model=ChatModel(model) if senses else self.model.url,
                transcriber=await self.stack.enter_async_context(aclosing(RemoteTranscriber(ears)))
                if senses
                else None,
                qstash_url=self.qstash.url,
                caps=caps or Caps(),
                watchful=True,
            )
        )
        self.copies.append(made)
        if at is not None:
            turn(made, at)
        return made

    def page(self) -> Link:
        """A link to a page that says whether it has changed."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            fresh = request.headers.get("If-None-Match") == self.etag
            headers = {"ETag": self.etag, "Content-Type": "text/html"}
            body = b"" if fresh else PAGE.format(f"News {self.etag}.").encode()
            return web.Response(status=304 if fresh else 200, headers=headers, body=body)

        self.site.pages["/news"] = handler
        return Link(url=f"{self.site.url}/news")

    async def slots(self, on: Process, **fields: Any) -> Job:
        """A schedule at nine each day, and what QStash delivers of it."""
        daily = Schedule(
            id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone="UTC", cron="0 9 * * *"
        )
        made = await ScheduleStore(redis=on.redis).add_record(replace(daily, **fields), now=on.clock())
        assert isinstance(made, Schedule)
        self.schedule = made
        return replace(made.job, id=None, schedule=made.id, cron=made.cron, zone=made.zone)

    @property
    def slot_job(self) -> Job:
        """What QStash delivers of the schedule at its slots."""
        made = self.schedule
        assert made is not None
        return replace(made.job, id=None, schedule=made.id, cron=made.cron, zone=made.zone)

    async def pause(self, on: Process) -> None:
        assert self.schedule is not None
        paused = replace(self.schedule, state="paused")
        assert isinstance(await ScheduleStore(redis=on.redis).change_record(self.schedule, paused), Schedule)

    async def spent(self, on: Process, job: Job) -> Cost:
        """The cost of the job; its owner is known, as they are for ten minutes at a time."""
        if self.schedule is not None:
            await on.slack.user_profile(self.schedule.user)
        before = self._count()
        verdict: Verdict = await on.deliver(job)
        assert isinstance(verdict, Done), verdict
        return Cost(*(after - was for after, was in zip(self._count(), before, strict=True)))

    def _count(self) -> Cost:
        return Cost(
            redis=sum(copy.redis.requests for copy in self.copies),
            model=self.model.requests + len(self.ears.heard),
            fetches=sum(request.path != "/robots.txt" for request in self.site.asked),
            slack=sum(self.workspace.requests.values()),
        )


def turn(bot: Process, moment: datetime) -> None:
    bot.clock.ahead = moment - datetime.now(UTC)


@pytest_asyncio.fixture
async def town(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[Town]:
    async with (
        openai() as model,
        transcriber() as ears,
        slack_channel() as workspace,
        run_qstash() as qstash,
        open_site() as site,
        AsyncExitStack() as stack,
    ):
        yield Town(
            workspace=workspace,
            model=model,
            ears=ears,
            qstash=qstash,
            site=site,
            valkey=valkey_socket,
            stack=stack,
        )


Scene = Callable[[Town], Awaitable[Cost]]
SCENES: dict[str, Scene] = {}


def row(name: str) -> Callable[[Scene], Scene]:
    """The row of the table that a scene plays."""

    def named(scene: Scene) -> Scene:
        assert name not in SCENES
        SCENES[name] = scene
        return scene

    return named


# Nothing is posted


@row('`{"query"}` alone, answered before by this process')
async def bare_and_hot(town: Town) -> Cost:
    bot = await town.copy()
    await bot.deliver(BARE)
    return await town.spent(bot, BARE)


@row('`{"query"}` alone, answered before by another one')
async def bare_and_cold(town: Town) -> Cost:
    await (await town.copy()).deliver(BARE)
    return await town.spent(await town.copy(), BARE)


@row('`{"query"}` alone, asked for the first time')
async def bare_and_new(town: Town) -> Cost:
    return await town.spent(await town.copy(), BARE)


@row('`{"query"}` alone that uses the day, answered before on another day')
async def bare_of_yesterday(town: Town) -> Cost:
    job = replace(BARE, query="What is due today?", max_age=7 * DAY)
    await (await town.copy(at=NINE)).deliver(job)
    await (await town.copy(at=NINE)).deliver(replace(job, query="Why is the sky blue?"))
    other = await town.copy(at=NINE + DAY)
    assert (await town.spent(other, replace(job, query="Why is the sky blue?"))).model == 0
    return await town.spent(other, job)


# Asked now


@row("a prompt that was answered before, posted")
async def known(town: Town) -> Cost:
    await (await town.copy()).deliver(BARE)
    cost = await town.spent(bot := await town.copy(), JOB)
    assert cost == await town.spent(bot, replace(JOB, id="run-2")), "the same when it is held here"
    return cost


@row("a new prompt, posted; *Refresh*")
async def new(town: Town) -> Cost:
    cost = await town.spent(bot := await town.copy(), JOB)
    refresh = replace(JOB, id="refresh-1", thread=town.workspace.posts[0]["ts"], max_age=timedelta(0))
    assert cost == await town.spent(bot, refresh)
    return cost


@row("a new prompt with a link, posted; *Refresh* of one whose page has not changed")
async def new_with_a_link(town: Town) -> Cost:
    job = replace(JOB, sources=(town.page().encode(),))
    cost = await town.spent(bot := await town.copy(at=NINE), job)
    turn(bot, NINE + DAY)
    refresh = replace(job, id="refresh-1", thread=town.workspace.posts[0]["ts"], max_age=timedelta(0))
    assert cost == await town.spent(bot, refresh)
    return cost


def drawn_picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(target, "PNG")
    return target.getvalue()


async def taken_in(town: Town, content: bytes, mime: str) -> tuple[Cost, Cost]:
    """The cost of what a link leads to the first time, and of another question about it a day later."""
    town.site.says("/taken", content, Content_Type=mime)
    job = replace(JOB, sources=(Link(url=f"{town.site.url}/taken").encode(),))
    first = await town.spent(await town.copy(at=NINE, senses=True), job)
    later = await town.copy(at=NINE + DAY, senses=True)
    return first, await town.spent(later, replace(job, id="later-1", query="How?"))


@row("a new prompt with a link to a picture, posted")
async def new_picture(town: Town) -> Cost:
    return (await taken_in(town, drawn_picture(), "image/png"))[0]


@row("another one about it on another day, when it is known what it shows")
async def known_picture(town: Town) -> Cost:
    return (await taken_in(town, drawn_picture(), "image/png"))[1]


async def page_with_picture(town: Town) -> tuple[Cost, Cost]:
    """The cost of a page that shows one, and of another question about it a day later."""
    shown = Image.new("RGB", (400, 300), "navy")
    shown.save(target := io.BytesIO(), "PNG")
    town.site.says("/chart.png", target.getvalue(), Content_Type="image/png")
    return await taken_in(town, b"<html><body><p>Up.</p><img src=/chart.png></body></html>", "text/html")


@row("a new prompt with a link to a page that shows a picture, posted")
async def new_page_with_picture(town: Town) -> Cost:
    return (await page_with_picture(town))[0]


@row("another one about it on another day, when page and picture have not changed")
async def known_page_with_picture(town: Town) -> Cost:
    return (await page_with_picture(town))[1]


@row("a new prompt with a link to a recording of one part, posted; its transcription counts as a call")
async def new_recording(town: Town) -> Cost:
    return (await taken_in(town, wav((400, 2.0)), "audio/wav"))[0]


@row("another one about it on another day, when it is written down")
async def known_recording(town: Town) -> Cost:
    return (await taken_in(town, wav((400, 2.0)), "audio/wav"))[1]


@row("a new prompt, previewed")
async def preview(town: Town) -> Cost:
    return await town.spent(await town.copy(), replace(JOB, kind="preview", id="seen"))


# Slots of schedules


@row("a slot, made ahead")
async def ahead(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early)
    await early.deliver(warm_job(job, NINE))
    return await town.spent(await town.copy(at=NINE), job)


PLACES: Final = (Place(channel="C2"), Place(channel="C3"))


@row("a slot with several places, made ahead, in the first of them")
async def ahead_in_first_place(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, also=PLACES)
    await early.deliver(warm_job(job, NINE))
    before = len(town.qstash.asked)
    cost = await town.spent(await town.copy(at=NINE), job)
    batches = [asked.path for asked in town.qstash.asked[before:]]
    assert [path.split("/")[2] for path in batches] == ["batch"], "the places"
    return cost


@row("the same in each other place")
async def ahead_in_further_place(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, also=PLACES)
    await early.deliver(warm_job(job, NINE))
    first = await town.copy(at=NINE)
    await first.deliver(job)
    before = len(town.qstash.asked)
    further = job.for_place("C2", slot=NINE, ticket="slot")
    cost = await town.spent(await town.copy(at=NINE), further)
    assert cost == await town.spent(first, job.for_place("C3", slot=NINE, ticket="slot"))
    assert [post["channel"] for post in town.workspace.posts] == ["C1", "C2", "C3"]
    assert len(town.qstash.asked) == before
    return cost


@row("a slot with a source, made ahead")
async def ahead_with_a_source(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, sources=(town.page(),))
    await early.deliver(warm_job(job, NINE))
    return await town.spent(await town.copy(at=NINE), job)


@row("a slot that posts only changes, made ahead, without any")
async def silent_ahead(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),), changes="only")
    await bot.deliver(job)
    turn(bot, NINE + DAY - AHEAD)
    await bot.deliver(warm_job(job, NINE + DAY))
    return await town.spent(await town.copy(at=NINE + DAY), job)


@row("a slot whose condition is not met, made and judged ahead")
async def quiet_ahead(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, post_if="something is down")
    town.model.next += [says("All is well."), says(UNMET)]
    await early.deliver(warm_job(job, NINE))
    return await town.spent(await town.copy(at=NINE), job)


@row("a slot, not made ahead")
async def late(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE))
    return await town.spent(bot, job)


def agreed(town: Town) -> dict[str, Any]:
    """What a schedule has that reads a private channel, and posts where its owner has agreed to it."""
    town.workspace.closed = {"C0PRIVATE01"}
    town.workspace.posts.append(
        {
            "channel": "C0PRIVATE01",
            "ts": f"{(NINE - DAY / 2).timestamp():.6f}",
            "user": "U1",
            "text": "We ship.",
        }
    )
    readers = ChannelMembers(channel="C0PRIVATE01")
    consent = Consent(readers=readers, place="C1", by="U1", at=NINE - DAY, is_open=True)
    return {"sources": (Channel(channel="C0PRIVATE01", hours=24),), "consents": (consent,)}


@row("a slot that reads a private channel and posts where someone has agreed to it, not made ahead")
async def agreed_late(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), **agreed(town))
    return await town.spent(bot, job)


@row("the same, made ahead")
async def agreed_ahead(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, **agreed(town))
    await early.deliver(warm_job(job, NINE))
    return await town.spent(await town.copy(at=NINE), job)


@row("the same in a private channel with the same members, which could have turned public")
async def compared_ahead(town: Town) -> Cost:
    early = await town.copy(at=NINE - AHEAD)
    job = await town.slots(early, sources=agreed(town)["sources"])
    town.workspace.closed = {"C1", "C0PRIVATE01"}
    await early.deliver(warm_job(job, NINE))
    return await town.spent(await town.copy(at=NINE), job)


@row("a slot with a source that has changed, not made ahead")
async def late_with_a_source(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),))
    await bot.deliver(job)
    town.etag = '"two"'
    turn(bot, NINE + DAY)
    return await town.spent(bot, job)


@row("a slot with a source that has not changed, not made ahead")
async def late_and_unchanged(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),))
    await bot.deliver(job)
    turn(bot, NINE + DAY)
    return await town.spent(bot, job)


@row("the same, and it posts only changes")
async def late_and_silent(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),), changes="only")
    await bot.deliver(job)
    turn(bot, NINE + DAY)
    return await town.spent(bot, job)


@row("a slot with a source that has not changed, on a new day, of a prompt that uses the day")
async def late_on_another_day(town: Town) -> Cost:
    bot, due = await town.copy(at=NINE), "What is due this week?"
    job = await town.slots(bot, sources=(town.page(),), query=due)
    await bot.deliver(job)
    turn(bot, NINE + DAY)
    return await town.spent(bot, job)


@row("a slot that posts the difference, not made ahead, read and compared")
async def compared(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),), changes="difference")
    await bot.deliver(job)
    town.etag = '"two"'
    town.model.next += [says("Other news."), says('{"changed": true, "difference": "Other."}')]
    turn(bot, NINE + DAY)
    cost = await town.spent(bot, job)
    assert town.workspace.posts[-1]["text"] == "Other."
    return cost


@row("a slot with a condition that is met, not made ahead, answered and judged")
async def judged(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), post_if="something is down")
    town.model.next += [says("Redis is down."), says('{"reason": "Redis is down.", "met": "yes"}')]
    return await town.spent(bot, job)


@row("the same, and it is not met")
async def judged_quiet(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), post_if="something is down")
    town.model.next += [says("All is well."), says(UNMET)]
    return await town.spent(bot, job)


# Made ahead


# Copies for subscribers


async def subscribed(
    town: Town, rhythm: Rhythm = "at_once", cron: str | None = None
) -> tuple[Process, Subscription]:
    """A subscriber to a schedule that has posted at nine."""
    job = await town.slots(bot := await town.copy(at=NINE))
    own = Subscription(
        team="T1",
        schedule="kolu-tane",
        user="U2",
        rhythm=rhythm,
        channel="C1",
        direct="D2",
        title="Why?",
        since=NINE - DAY,
        cron=cron,
        zone=cron and "UTC",
    )
    await SubscriptionStore(redis=bot.redis).put_record(own, now=NINE - DAY)
    await bot.deliver(job)
    await bot.slack.user_profile("U2")
    return bot, own


@row("a slot, not made ahead, with subscribers")
async def late_with_subscribers(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE))
    own = Subscription(
        team="T1",
        schedule="kolu-tane",
        user="U2",
        rhythm="at_once",
        channel="C1",
        direct="D2",
        title="Why?",
        since=NINE - DAY,
    )
    await SubscriptionStore(redis=bot.redis).put_record(own, now=NINE - DAY)
    return await town.spent(bot, job)


@row("a copy of a post for one subscriber, at the same time or at their hour")
async def copy(town: Town) -> Cost:
    bot, own = await subscribed(town)
    return await town.spent(bot, make_copy_job(own.ref, own.user, slot=NINE))


@row("a subscriber's hour without a new post")
async def copy_of_nothing(town: Town) -> Cost:
    bot, own = await subscribed(town, "daily", "0 17 * * *")
    assert own.slot_job is not None
    turn(bot, NINE + DAY / 3)
    await bot.deliver(own.slot_job)
    turn(bot, NINE + DAY + DAY / 3)
    return await town.spent(bot, own.slot_job)


@row("a digest of one post for one subscriber; each more takes one Slack request more")
async def digest(town: Town) -> Cost:
    bot, own = await subscribed(town, "weekly", "0 17 * * 5")
    assert own.slot_job is not None
    turn(bot, NINE + 2 * DAY + DAY / 3)
    return await town.spent(bot, own.slot_job)


@row("the answer for a slot, made ahead of it")
async def warm(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE - AHEAD))
    return await town.spent(bot, warm_job(job, NINE))


@row("the same with a source that has changed")
async def warm_with_a_source(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),))
    await bot.deliver(job)
    town.etag = '"two"'
    turn(bot, NINE + DAY - AHEAD)
    return await town.spent(bot, warm_job(job, NINE + DAY))


@row("the same with a source that has not changed")
async def warm_and_unchanged(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE), sources=(town.page(),))
    await bot.deliver(job)
    turn(bot, NINE + DAY - AHEAD)
    return await town.spent(bot, warm_job(job, NINE + DAY))


@row("the same for a schedule that was changed or paused meanwhile")
async def overtaken(town: Town) -> Cost:
    job = await town.slots(bot := await town.copy(at=NINE - AHEAD))
    await town.pause(bot)
    return await town.spent(bot, warm_job(job, NINE))


# Posts that are looked at first


REVIEW: Final = Review(by=("U7",))


async def asked_ahead(town: Town, bot: Process, **fields: Any) -> Job:
    """A schedule whose post is looked at; the job that asks its reviewer ahead."""
    job = await town.slots(bot, review=REVIEW, **fields)
    await bot.slack.user_profile("U7")
    return review_job(job, NINE)


async def decide(bot: Process) -> None:
    deciding = Deciding(desk=bot.ground.review_desk, schedule_store=bot.schedule_store, now=bot.clock)
    press = ReviewPress(verb="post", schedule="kolu-tane", occasion=str(int(NINE.timestamp())), round=1)
    reviewer = Caller(team="T1", user="U7", channel=None)
    found = await deciding.find_review(reviewer, press)
    assert not isinstance(found, str), found
    assert await deciding.decide(reviewer, found, "post") is None


@row("a slot that was looked at")
async def looked_at(town: Town) -> Cost:
    bot = await town.copy(at=NINE - timedelta(minutes=50))
    job = await asked_ahead(town, bot)
    await bot.deliver(job)
    await decide(bot)
    return await town.spent(await town.copy(at=NINE), town.slot_job)


@row("the answer for a slot, made ahead of it and shown to one reviewer")
async def shown_ahead(town: Town) -> Cost:
    bot = await town.copy(at=NINE - timedelta(minutes=50))
    return await town.spent(bot, await asked_ahead(town, bot))


@row("what was made for it, read again shortly before, with a source that has not changed")
async def checked_again(town: Town) -> Cost:
    bot = await town.copy(at=NINE - timedelta(minutes=50))
    job = await asked_ahead(town, bot, sources=(town.page(),))
    await bot.deliver(job)
    turn(bot, NINE - timedelta(minutes=10))
    return await town.spent(bot, replace(job, review="check:1"))


@row("a slot about which nobody has decided, whose owner is told")
async def undecided(town: Town) -> Cost:
    bot = await town.copy(at=NINE - timedelta(minutes=50))
    await bot.deliver(await asked_ahead(town, bot))
    return await town.spent(await town.copy(at=NINE), town.slot_job)


# What comes to nothing


@row("a slot that a cap keeps back, whose owner is told")
async def capped(town: Town) -> Cost:
    bot = await town.copy(at=NINE, caps=Caps(schedule=parse_caps("0.001/day")))
    return await town.spent(bot, await town.slots(bot))


@row("a slot that a cap keeps back, whose owner knows")
async def capped_again(town: Town) -> Cost:
    bot = await town.copy(at=NINE, caps=Caps(schedule=parse_caps("0.001/day")))
    job = await town.slots(bot, cron="0 * * * *")
    await bot.deliver(job)
    turn(bot, NINE + timedelta(hours=1, seconds=1))
    return await town.spent(bot, job)


@row("a run that was posted before, or whose schedule is paused")
async def again(town: Town) -> Cost:
    bot = await town.copy()
    await bot.deliver(JOB)
    cost = await town.spent(bot, JOB)
    slot = await town.slots(bot)
    await town.pause(bot)
    assert cost == await town.spent(bot, slot)
    return cost


def table() -> dict[str, Cost]:
    """As the page has it."""
    _, _, section = COSTS_PAGE.read_text().partition("\n## What a run costs\n")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {name: Cost(*map(int, numbers)) for name, *numbers in rows}


@pytest.mark.parametrize("name", SCENES)
async def test_each_kind_of_run_costs_what_the_page_says(town: Town, name: str) -> None:
    assert await SCENES[name](town) == table()[name]


def test_the_readme_names_each_kind_of_run_once_and_no_other() -> None:
    assert list(table()) == list(SCENES)


async def test_a_hundred_who_ask_the_same_at_once_cost_one_call(town: Town) -> None:
    town.model.delay = timedelta(milliseconds=200)
    copies = [await town.copy() for _ in range(2)]
    verdicts = await asyncio.gather(*(copy.deliver(BARE) for copy in copies for _ in range(50)))
    assert all(isinstance(verdict, Done) for verdict in verdicts)
    assert town.model.requests == 1


async def test_a_slot_asks_qstash_for_the_next_one_after_its_post(town: Town) -> None:
    at_the_post: list[int] = []

    async def look(stand_in: QStash, request: web.Request) -> web.StreamResponse:
        at_the_post.append(len(town.workspace.posts))
        return await stand_in.take(request)

    town.qstash.faults.append(look)
    job = await town.slots(bot := await town.copy(at=NINE))
    await bot.deliver(job)
    assert (len(town.qstash.asked), at_the_post) == (1, [1])


async def test_what_fails_costs_one_call_for_each_attempt(town: Town) -> None:
    town.model.otherwise = fails(503)
    bot = await town.copy()
    for attempt in range(1, 3):
        assert isinstance(await bot.deliver(JOB, retried=attempt), Retry)
        assert town.model.requests == attempt
    assert not town.workspace.requests
