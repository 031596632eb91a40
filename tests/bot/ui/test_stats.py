"""/precache stats: words at once, and a picture that follows, whatever becomes of it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot import replies
from bot.background import Background
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.errors import SlackRefused, SlackUnavailable
from bot.replies.views.usage import DRAWING, NO_PICTURE
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Slack, connect_slack
from bot.slack.caller import Caller
from bot.stats.usage import UsageOfMonth
from bot.storage.client import CountedRedis
from bot.ui.stats import Stats
from bot.workspaces import OneWorkspace
from tests.stand_ins.slack_channel import TOKEN, slack_channel
from tests.stand_ins.slack_channel import Slack as Channel
from tests.waiting import wait_until

NOW = datetime(2027, 1, 22, 9, 0, tzinfo=UTC)
PLENTY = Rate(calls=1_000, window=timedelta(minutes=1))
ADA = Caller(team="T1", user="U1", channel="C1")
KEY = "precache:picture:T1:U1:C1"


@dataclass(kw_only=True)
class Uploads:
    """A place for pictures, and the fate of the next one."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None
    held: asyncio.Event | None = None

    async def __call__(self, slack: Slack, *, name: str, content: bytes, title: str, alt: str) -> str:
        self.taken.append({"name": name, "content": content, "title": title, "alt": alt})
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        return f"F{len(self.taken)}"


@dataclass(kw_only=True)
class Seen:
    """All that Slack was told to show."""

    whispers: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Blocks with one of these words in them are not taken."""

    async def show(self, _: Channel, method: str, arguments: Mapping[str, Any]) -> Response:
        if any(words in str(arguments) for words in self.refused):
            return JSONResponse({"ok": False, "error": "invalid_blocks"})
        if method.startswith("views."):
            self.views.append(dict(arguments["view"]))
            return JSONResponse({"ok": True, "view": {"id": "V1"}})
        self.whispers.append(dict(arguments))
        return JSONResponse({"ok": True, "message_ts": "1.0"})


@dataclass(kw_only=True)
class Desk:
    """One process that tells what was used."""

    stats: Stats
    uploads: Uploads
    seen: Seen
    background: Background


@asynccontextmanager
async def desk(redis: CountedRedis, channel: Channel, *, admin: bool = False) -> AsyncIterator[Desk]:
    uploads, seen = Uploads(), Seen()
    for method in ("chat.postEphemeral", "chat.postMessage", "views.open", "views.update"):
        channel.next[method].extend([seen.show] * 10)

    async def concerning(caller: Caller, schedules: Sequence[Schedule]) -> Sequence[Schedule]:
        return [
            schedule
            for schedule in schedules
            if admin or caller.user == schedule.user or caller.channel == schedule.channel
        ]

    async with (
        connect_slack(token=TOKEN, api_url=channel.url) as slack,
        Background() as background,
    ):
        yield Desk(
            stats=Stats(
                usage=UsageOfMonth(
                    limit=Limit(redis, overall=PLENTY, per_team=PLENTY),
                    redis=redis,
                    now=lambda: NOW,
                ),
                concerning=concerning,
                upload=uploads,
                workspaces=OneWorkspace(slack),
                background=background,
                redis=redis,
            ),
            uploads=uploads,
            seen=seen,
            background=background,
        )


@pytest_asyncio.fixture
async def channel() -> AsyncIterator[Channel]:
    async with slack_channel() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def at(redis: CountedRedis, channel: Channel) -> AsyncIterator[Desk]:
    async with desk(redis, channel) as running:
        yield running


@pytest_asyncio.fixture
async def used(redis_raw: RawRedis) -> None:
    counts = {"calls": 3, "HIT": 6, "MISS": 3, "posted": 9, "cost": 2 * 10**9, "saved": 4 * 10**9}
    for name, number in (counts | {"cost:kolu-tane": 10**9, "calls:kolu-tane": 2}).items():
        await redis_raw.hincrby("precache:tally:T1:2027-01-21", name, number)


def schedule(*, user: str = "U2", channel: str = "C2") -> Schedule:
    return Schedule(
        id="kolu-tane",
        team="T1",
        channel=channel,
        user=user,
        query="Why?",
        zone="UTC",
        cron="0 9 * * *",
        name="Secret plans",
    )


def image(blocks: Any) -> dict[str, Any] | None:
    return next((block for block in blocks or () if block["type"] == "image"), None)


@pytest.mark.usefixtures("used")
async def test_the_words_come_at_once_and_the_picture_when_it_is_uploaded(at: Desk) -> None:
    at.uploads.held = asyncio.Event()
    reply = await at.stats.statistics_reply(ADA)
    for words in (
        "*$2.00* spent",
        "*$4.00* saved",
        "*67%* of answers",
        "(ended): $1.00, 2 model calls",
    ):
        assert words in reply.text
    assert image(reply.blocks) is None
    await wait_until(lambda: at.uploads.taken, "an upload")
    assert at.seen.whispers == []
    at.uploads.held.set()
    (whisper,) = await wait_until(lambda: at.seen.whispers, "the picture")
    (upload,) = at.uploads.taken
    assert (whisper["channel"], whisper["user"]) == ("C1", "U1")
    assert image(whisper["blocks"]) == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": upload["alt"],
    }
    assert upload["name"] == "precache-2027-01.png"
    assert "spent: $2.00" in upload["alt"]
    assert Image.open(io.BytesIO(upload["content"])).size == (1200, 600)


@pytest.mark.usefixtures("used")
async def test_who_asks_in_a_thread_is_shown_it_there(at: Desk) -> None:
    await at.stats.statistics_reply(Caller(team="T1", user="U1", channel="C1", thread="1.5"))
    (whisper,) = await wait_until(lambda: at.seen.whispers, "the picture")
    assert whisper["thread_ts"] == "1.5"


@pytest.mark.usefixtures("used")
async def test_who_asks_again_within_a_minute_has_the_same_picture_with_the_words(
    at: Desk, redis_raw: RawRedis
) -> None:
    await at.stats.statistics_reply(ADA)
    await wait_until(lambda: at.seen.whispers, "the picture")
    reply = await at.stats.statistics_reply(ADA)
    assert image(reply.blocks) == image(at.seen.whispers[0]["blocks"])
    assert len(at.uploads.taken) == len(at.seen.whispers) == 1
    assert 0 < await redis_raw.ttl(KEY) <= 60
    await redis_raw.delete(KEY)  # the minute is over
    assert image((await at.stats.statistics_reply(ADA)).blocks) is None
    await wait_until(lambda: len(at.seen.whispers) == 2, "a fresh picture")
    assert len(at.uploads.taken) == 2


@pytest.mark.usefixtures("used")
async def test_a_double_command_uploads_once_even_if_two_processes_hear_it(
    redis: CountedRedis, channel: Channel, redis_raw: RawRedis
) -> None:
    async with desk(redis, channel) as one, desk(redis, channel) as other:
        one.uploads.held = other.uploads.held = asyncio.Event()
        await asyncio.gather(one.stats.statistics_reply(ADA), other.stats.statistics_reply(ADA))
        await wait_until(lambda: one.uploads.taken + other.uploads.taken, "an upload")
        assert 0 < await redis_raw.ttl(KEY) <= 90
        one.uploads.held.set()
        await wait_until(lambda: len(one.seen.whispers + other.seen.whispers) == 2, "both are shown it")
        assert len(one.uploads.taken + other.uploads.taken) == 1
        first, second = (image(whisper["blocks"]) for whisper in one.seen.whispers + other.seen.whispers)
        assert first == second


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(
    "error", [SlackUnavailable("a secret of Slack's"), SlackRefused("missing_scope"), RuntimeError("boom")]
)
async def test_where_no_picture_can_be_made_one_sentence_says_so_and_the_next_try_may_work(
    at: Desk, redis_raw: RawRedis, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    at.uploads.error = error
    assert "*$2.00* spent" in (await at.stats.statistics_reply(ADA)).text
    (whisper,) = await wait_until(lambda: at.seen.whispers, "a word about it")
    assert whisper["text"] == NO_PICTURE
    assert "stats.no_picture" in caplog.text
    assert await redis_raw.exists(KEY) == 0
    at.uploads.error = None
    await at.stats.statistics_reply(ADA)
    await wait_until(lambda: image(at.seen.whispers[-1]["blocks"]), "the picture")


@pytest.mark.usefixtures("used")
async def test_a_picture_that_slack_does_not_show_gives_way_to_the_sentence(at: Desk) -> None:
    at.seen.refused.append("slack_file")
    await at.stats.statistics_reply(ADA)
    (whisper,) = await wait_until(lambda: at.seen.whispers, "a word about it")
    assert whisper["text"] == NO_PICTURE


async def test_before_anything_was_used_there_are_kind_words_and_no_picture(at: Desk) -> None:
    reply = await at.stats.statistics_reply(ADA)
    assert "Nothing has been used this month" in reply.text
    async with at.background:
        pass
    assert at.uploads.taken == at.seen.whispers == []


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(
    ("record", "admin", "told"),
    [
        (schedule(), False, False),
        (schedule(user="U1"), False, True),
        (schedule(channel="C1"), False, True),
        (schedule(), True, True),
    ],
    ids=["another's elsewhere", "one's own", "of this channel", "an admin"],
)
async def test_names_are_told_to_whom_they_concern_in_words_and_in_the_picture(
    redis: CountedRedis,
    channel: Channel,
    schedule_store: ScheduleStore,
    record: Schedule,
    admin: bool,
    told: bool,
) -> None:
    await schedule_store.add_record(record, now=NOW)
    async with desk(redis, channel, admin=admin) as at:
        reply = await at.stats.statistics_reply(ADA)
        await wait_until(lambda: at.uploads.taken, "an upload")
    assert ("kolu-tane" in reply.text) is not told, "an id says nothing of what it asks"
    assert ("Secret plans" in reply.text) is told
    assert ("Secret plans" in at.uploads.taken[0]["alt"]) is told


@pytest.mark.usefixtures("used")
async def test_the_picture_of_one_person_is_not_shown_to_another(at: Desk) -> None:
    await at.stats.statistics_reply(ADA)
    await wait_until(lambda: at.seen.whispers, "the picture")
    reply = await at.stats.statistics_reply(Caller(team="T1", user="U2", channel="C1"))
    assert image(reply.blocks) is None
    await wait_until(lambda: len(at.uploads.taken) == 2, "a picture of their own")


@pytest.mark.usefixtures("used")
async def test_a_window_opens_with_the_words_and_then_has_the_picture(at: Desk) -> None:
    home = Caller(team="T1", user="U1", channel=None)
    assert await at.stats.open_statistics(home, trigger_id="1") is None
    opened, updated = await wait_until(
        lambda: at.seen.views if len(at.seen.views) == 2 else None, "the window, twice"
    )
    assert opened["title"]["text"] == "Statistics"
    assert DRAWING in str(opened)
    assert image(opened["blocks"]) is None
    assert DRAWING not in str(updated)
    assert image(updated["blocks"]) is not None
    await at.stats.open_statistics(home, trigger_id="2")
    assert image(at.seen.views[-1]["blocks"]) == image(updated["blocks"])


@pytest.mark.usefixtures("used")
async def test_a_window_without_its_picture_says_so(at: Desk) -> None:
    at.uploads.error = SlackUnavailable()
    await at.stats.open_statistics(Caller(team="T1", user="U1", channel=None), trigger_id="1")
    await wait_until(lambda: NO_PICTURE in str(at.seen.views[-1]), "a word about it")


async def test_no_window_opens_where_nothing_was_used(at: Desk) -> None:
    told = await at.stats.open_statistics(Caller(team="T1", user="U1", channel=None), trigger_id="1")
    assert told is not None
    assert "Nothing has been used this month" in told
    assert at.seen.views == []


@pytest.mark.usefixtures("used")
async def test_the_same_days_of_the_month_before_are_told_as_well(at: Desk, redis_raw: RawRedis) -> None:
    for name, number in {"cost": 10**9, "saved": 3 * 10**9, "HIT": 1, "MISS": 1}.items():
        await redis_raw.hincrby("precache:tally:T1:2026-12-20", name, number)
    told = (await at.stats.statistics_reply(ADA)).text
    assert "1 to 22 December: $1.00 spent, $3.00 saved, 50% of answers reused." in told


def test_while_redis_is_away_it_is_said() -> None:
    assert "I can't read this workspace's usage" in replies.usage_reply(None).text
