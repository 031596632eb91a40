"""/precache stats: the sums and the days, in words and as Slack draws them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.replies.text import Reply
from bot.replies.views import usage_reply
from bot.sandbox.block_kit import block_problems, view_problems
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import connect_slack
from bot.slack.caller import Caller
from bot.stats.usage import UsageOfMonth
from bot.storage.client import CountedRedis
from bot.ui.stats import Stats
from bot.workspaces import OneWorkspace
from tests.stand_ins.slack_channel import TOKEN, slack_channel
from tests.stand_ins.slack_channel import Slack as Channel

NOW = datetime(2027, 1, 22, 9, 0, tzinfo=UTC)
PLENTY = Rate(calls=1_000, window=timedelta(minutes=1))
ADA = Caller(team="T1", user="U1", channel="C1")


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
    seen: Seen


@asynccontextmanager
async def desk(redis: CountedRedis, channel: Channel, *, admin: bool = False) -> AsyncIterator[Desk]:
    seen = Seen()
    for method in ("chat.postEphemeral", "chat.postMessage", "views.open"):
        channel.next[method].extend([seen.show] * 10)

    async def concerning(caller: Caller, schedules: Sequence[Schedule]) -> Sequence[Schedule]:
        return [
            schedule
            for schedule in schedules
            if admin or caller.user == schedule.user or caller.channel == schedule.channel
        ]

    async with connect_slack(token=TOKEN, api_url=channel.url) as slack:
        yield Desk(
            stats=Stats(
                usage=UsageOfMonth(
                    limit=Limit(redis, overall=PLENTY, per_team=PLENTY),
                    redis=redis,
                    now=lambda: NOW,
                ),
                concerning=concerning,
                workspaces=OneWorkspace(slack),
            ),
            seen=seen,
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


def block_of(kind: str, reply: Reply) -> dict[str, Any]:
    (block,) = [block for block in reply.blocks or () if block["type"] == kind]
    return block


@pytest.mark.usefixtures("used")
async def test_the_sums_come_with_a_chart_and_a_table_and_the_same_numbers_in_words(at: Desk) -> None:
    reply = await at.stats.statistics_reply(ADA)
    for words in (
        "*$2.00* spent",
        "*$4.00* saved",
        "*67%* of answers",
        "(ended): $1.00, 2 model calls",
        "21 January: $2.00 spent, $4.00 saved by reuse, 3 model calls, 6 answers reused",
    ):
        assert words in reply.text
    chart, table = block_of("data_visualization", reply), block_of("data_table", reply)
    assert [(series["name"], series["data"][2]) for series in chart["chart"]["series"]] == [
        ("spent", {"label": "15–21", "value": 2.0}),
        ("saved by reuse", {"label": "15–21", "value": 4.0}),
    ]
    assert [[cell["text"] for cell in row] for row in table["rows"]] == [
        ["Day", "Spent", "Saved by reuse", "Model calls", "Answers reused"],
        ["21 Jan", "$2.00", "$4.00", "3", "6"],
    ]
    assert block_problems(list(reply.blocks or ())) == []


@pytest.mark.usefixtures("used")
async def test_where_slack_refuses_the_blocks_the_words_are_told(at: Desk, channel: Channel) -> None:
    reply = await at.stats.statistics_reply(ADA)
    at.seen.refused.append("data_visualization")
    async with connect_slack(token=TOKEN, api_url=channel.url) as slack:
        await slack.tell_person("U1", reply.text, channel="C1", blocks=reply.blocks)
        (whisper,) = at.seen.whispers
        assert [block["type"] for block in whisper["blocks"]].count("table") == 1
        at.seen.refused.append("blocks")
        await slack.tell_person("U1", reply.text, channel="C1", blocks=reply.blocks)
    assert "21 January: $2.00 spent" in at.seen.whispers[1]["text"]
    assert "blocks" not in at.seen.whispers[1]


async def test_before_anything_was_used_there_are_kind_words_and_no_chart(at: Desk) -> None:
    reply = await at.stats.statistics_reply(ADA)
    assert "Nothing has been used this month" in reply.text
    assert {block["type"] for block in reply.blocks or ()} == {"section", "context"}


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
async def test_names_are_told_to_whom_they_concern(
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
    assert ("kolu-tane" in reply.text) is not told, "an id says nothing of what it asks"
    assert ("Secret plans" in str(reply)) is told


@pytest.mark.usefixtures("used")
async def test_a_window_has_the_same_in_words(at: Desk) -> None:
    home = Caller(team="T1", user="U1", channel=None)
    assert await at.stats.open_statistics(home, trigger_id="1") is None
    (opened,) = at.seen.views
    assert opened["title"]["text"] == "Statistics"
    assert "21 January: $2.00 spent" in str(opened)
    assert view_problems(opened, "modal") == []


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
    assert "I can't read this workspace's usage" in usage_reply(None).text
