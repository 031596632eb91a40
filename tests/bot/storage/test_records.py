"""Records that Precache wrote before they had versions, and records of versions that are yet to come.

`records_v1.json` is a Redis of that time, as its own code left it, with made-up ids, texts and keys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.judging.comparison import Last
from bot.answers.records import Answer, Found, NoAnswer
from bot.budget.caps import Caps, parse_caps
from bot.budget.tally import read_tallies
from bot.errors import CapReached, NewerRecord
from bot.housekeeping.watch_list import Watched, WatchList
from bot.model import Call
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import LEASE, Begun, Claim, Over, Taken
from bot.schedules.history.run import Run
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import connect_slack
from bot.sources import Channel, Link, Thread, Unreadable
from bot.storage.client import CountedRedis
from bot.storage.records import RecordKind
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.home import decode_page
from bot.workspaces.installations import Installation, Installations
from bot.workspaces.token_encryption import Vault, read_keys
from scheduler import Retry
from tests.bot.announcing import Process
from tests.bot.paying import purse_of
from tests.bot.sources.reading import open_reader

FIXTURE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("records_v1.json").read_text())
NOW: Final = datetime.fromisoformat(FIXTURE["now"])
LATER: Final = NOW + LEASE  # when the leases of that time have ended
HOUR: Final = timedelta(hours=1)
KEY: Final = base64.b64encode(b"a made-up key of thirty-two byte").decode()
NEW_KEY: Final = base64.b64encode(b"another made-up key of 32 bytes!").decode()

DAILY: Final = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="What is new? 🌤️",
    zone="Europe/Berlin",
    cron="0 9 * * 1-5",
    name="Morning News",
    until=datetime(2027, 3, 1, 22, 59, 59, tzinfo=UTC),
    holidays="DE-BY",
    mentions=("U1", "here"),
    max_age=timedelta(minutes=20),
    model="openai:test",
    sources=(Link(url="https://news.example/feed"), Channel(channel="C2", hours=24)),
    changes="difference",
    thread="1795510800.000100",
    created=NOW - 48 * HOUR,
    state="active",
    revision=2,
)
ONCE: Final = Schedule(
    id="luno-veri",
    team="T1",
    channel="C1",
    user="U1",
    query="Who?",
    zone="UTC",
    at=NOW + 24 * HOUR,
    name="Once",
    message="msg_1",
    created=NOW,
    state="active",
    revision=2,
)
STORED: Final = Answer(
    text="Three things. 🌤️",
    made=NOW - HOUR,
    model="openai:test",
    tokens_in=30,
    tokens_out=5,
    cost=40_000_000,
    read=NOW - HOUR - timedelta(minutes=1),
)
PINNED: Final = Answer(
    text="New today.",
    made=NOW - HOUR,
    model="openai:test",
    tokens_in=3,
    tokens_out=4,
    cost=5,
    credit="<https://news.example|News>",
    read=NOW - HOUR,
    whole="All of it.",
    unjudged=True,
    paid=True,
)
INSTALLED: Final = Installation(
    team="T1",
    enterprise=None,
    name="Ada's workspace – north",
    token="xoxb-made-up",
    bot_user="UBOT1",
    app="A1",
    scopes=("commands", "chat:write"),
    installer="U1",
    installed=NOW - 100 * HOUR,
)


def as_text(value: str | bytes | None) -> str:
    assert value is not None
    return value.decode() if isinstance(value, bytes) else value


async def _load(raw: RawRedis, key: str, kind: str, value: Any) -> None:
    match kind:
        case "string":
            await raw.set(key, value)
        case "hash":
            await raw.hset(key, mapping=value)
        case "set":
            await raw.sadd(key, *value)
        case "list":
            await raw.rpush(key, *value)
        case "zset":
            await raw.zadd(key, value)
        case _:
            raise AssertionError(kind)


@pytest_asyncio.fixture
async def old(redis_raw: RawRedis) -> RawRedis:
    """A Redis as it was left."""
    for key, record in FIXTURE["records"].items():
        await _load(redis_raw, key, record["type"], record["value"])
    return redis_raw


async def claimed(
    ledger: Ledger,
    run: str,
    *,
    key: str = "T1:nothing",
    made_after: datetime = NOW,
    schedule: str = "kolu-tane",
) -> Claim:
    return await ledger.claim_run(
        run,
        token="new",
        key=key,
        made_after=made_after,
        recent=None,
        schedule=("T1", schedule),
        now=LATER,
        lease=LEASE,
    )


# Schedules


@pytest.mark.usefixtures("old")
async def test_a_schedule_is_found_by_its_id_and_by_its_name(schedule_store: ScheduleStore) -> None:
    assert await schedule_store.find_record("T1", "kolu-tane") == DAILY
    assert await schedule_store.find_record("T1", "MORNING news") == DAILY
    assert await schedule_store.find_record("T1", "once") == ONCE
    assert await schedule_store.find_record("T1", "gone") is None
    assert await schedule_store.is_deleted("T1", "zuzu-zaza")


@pytest.mark.usefixtures("old")
async def test_all_schedules_of_a_team_are_listed(schedule_store: ScheduleStore) -> None:
    listed = await schedule_store.list_records("T1")
    assert [(schedule.id, schedule.state) for schedule in listed] == [
        ("bada-bagi", "paused"),
        ("kolu-tane", "active"),
        ("luno-veri", "active"),
        ("muno-pilo", "pending"),
    ]


@pytest.mark.usefixtures("old")
async def test_a_change_writes_the_record_in_its_version(
    schedule_store: ScheduleStore, redis_raw: RawRedis
) -> None:
    renamed = await schedule_store.change_record(DAILY, replace(DAILY, name="Evening"))
    assert (
        renamed
        == replace(DAILY, name="Evening", revision=3)
        == await schedule_store.find_record("T1", "evening")
    )
    doc = await redis_raw.hget("precache:schedule:T1:kolu-tane", "doc")
    assert as_text(doc).startswith('{"v":1,"id":"kolu-tane",')


@pytest.mark.usefixtures("old")
async def test_a_history_is_shown(schedule_store: ScheduleStore) -> None:
    day = timedelta(days=1)
    missed = Run(at=NOW - HOUR, outcome="failed", detail="missed")
    assert await schedule_store.read_history("T1", "kolu-tane") == [
        missed,
        Run(at=NOW - day, outcome="posted", ts="1795540000.000100"),
        Run(at=NOW - 2 * day, outcome="stale", detail="model_unavailable", ts="1795530000.000100"),
        Run(at=NOW - 3 * day, outcome="unchanged"),
        Run(at=NOW - 4 * day, outcome="skipped", detail="cap"),
        Run(at=NOW - 5 * day, outcome="failed", detail="model_unavailable"),
    ]
    assert await schedule_store.read_last_runs([DAILY, ONCE]) == [missed, None]


@pytest.mark.usefixtures("old")
async def test_a_schedule_goes_on_where_it_has_read_and_posted(schedule_store: ScheduleStore) -> None:
    read, last = await schedule_store.read_last_reading("T1", "kolu-tane")
    assert read == NOW - timedelta(days=1)
    assert Last.decode(last) == Last(
        asked="0123456789abcdef", text="What was new.", made=NOW - timedelta(days=1, hours=1)
    )
    assert await schedule_store.find_to_warm("T1", "kolu-tane") == (DAILY, NOW - HOUR)
    assert await schedule_store.find_to_warm("T1", "muno-pilo") is None, "its first run has its answer"


async def test_slots_are_watched(old: RawRedis, redis: CountedRedis) -> None:
    schedule = await ScheduleStore(redis=redis).find_record("T1", "muno-pilo")
    assert await WatchList(redis=redis).find_due(before=NOW + 48 * HOUR, skip=0, most=9) == [
        Watched(
            team="T1",
            id="muno-pilo",
            slot=NOW + timedelta(hours=22, minutes=30),
            schedule=schedule,
            asked_again=NOW,
        ),
        Watched(team="T1", id="kolu-tane", slot=NOW + 24 * HOUR, schedule=DAILY),
    ]


# Runs and answers


@pytest.mark.usefixtures("old")
async def test_a_run_that_was_given_back_is_claimed_with_all_that_is_known_of_it(ledger: Ledger) -> None:
    assert await claimed(ledger, "T1:given-back") == Taken(
        found=None,
        why=NoAnswer(reason="source_no_answer", name="<https://news.example|News>"),
        progress=Begun(at=NOW - timedelta(minutes=1), ts="1795510000.000200"),
        parts=0,
        ts=None,
        unsettled_since=None,
        schedule=DAILY,
        checked=NOW - HOUR,
    )
    assert await claimed(ledger, "T1:claimed") == Taken(
        found=None,
        progress=Begun(at=NOW),
        parts=0,
        ts=None,
        unsettled_since=None,
        schedule=DAILY,
        checked=NOW - HOUR,
    )


@pytest.mark.usefixtures("old")
async def test_a_run_goes_on_with_what_it_was_about_to_post(ledger: Ledger) -> None:
    taken = await claimed(ledger, "T1:pinned")
    assert isinstance(taken, Taken)
    assert taken.found == Found(answer=PINNED, cache="STALE", why="model_unavailable")
    assert (taken.parts, taken.ts, taken.unsettled_since) == (1, "1795510800.000300", NOW)

    taken = await claimed(ledger, "T1:unchanged")
    assert isinstance(taken, Taken)
    assert taken.found == Found(answer=replace(PINNED, text="", whole="", unchanged=True), cache="MISS")

    taken = await claimed(ledger, "T1:no-answer")
    assert isinstance(taken, Taken)
    assert taken.found == NoAnswer(reason="model_refused")


@pytest.mark.usefixtures("old")
async def test_a_run_that_is_over_stays_so(ledger: Ledger) -> None:
    posted = f"T1:kolu-tane:{int((NOW - timedelta(days=1)).timestamp())}"
    assert await claimed(ledger, posted) == Over(reason="posted")
    assert await ledger.read_standings([posted, "T1:pinned"], now=LATER) == ["over", "begun"]
    assert await claimed(ledger, "T1:of-a-deleted-one", schedule="zuzu-zaza") == Over(reason="off")


@pytest.mark.usefixtures("old")
async def test_a_claim_finds_the_stored_answer(ledger: Ledger) -> None:
    taken = await claimed(ledger, "T1:new", key="T1:question", made_after=NOW - 2 * HOUR)
    assert isinstance(taken, Taken)
    assert (taken.found, taken.ahead) == (Found(answer=STORED, cache="HIT"), False)

    taken = await claimed(ledger, "T1:newer", key="T1:ahead", made_after=NOW - HOUR)
    assert isinstance(taken, Taken)
    assert taken.ahead
    taken = await claimed(ledger, "T1:newest", key="T1:question", schedule="muno-pilo")
    assert isinstance(taken, Taken)
    assert (taken.found, taken.preview) == (None, "pre-1"), "it was read before the preview's answer was made"


@pytest.mark.usefixtures("old")
async def test_stored_answers_and_flights_are_found(answer_cache: AnswerCache) -> None:
    assert await answer_cache.find_answer("T1:question") == STORED
    before = NOW - 2 * HOUR
    assert await answer_cache.take_flight("T1:question", token="n", made_after=before, lease=LEASE) == STORED
    other = await answer_cache.take_flight("T1:flying", token="n", made_after=before, lease=LEASE)
    assert isinstance(other, Wait)


# Screens


@pytest.mark.usefixtures("old")
async def test_a_form_opens_as_it_was_left(redis: CountedRedis) -> None:
    forms = Forms(redis=redis)
    assert await forms.find_form("T1", "form-2") == Form()
    assert await forms.find_form("T1", "form-1") == Form(
        prompt="What is new?",
        more=("And",),
        glue=("\n",),
        when="every weekday at 9am",
        channel="C1",
        name="Morning",
        until="2027-03-01",
        holidays="DE-BY",
        freshness=1200,
        mentions=("U0ADA000001", "here"),
        zone="Europe/Berlin",
        unfolded=True,
        editing="kolu-tane",
        revision=2,
        links="https://news.example/feed",
        channels=("C2",),
        over=24,
        others=(Thread(channel="C1", ts="1795510800.000100"),),
        changes="only",
        model="openai:test",
        sourced=True,
        origin="C1",
        follows="1795510800.000100",
        preview="pre-1",
        keep=NOW,
    )


async def test_the_home_stays_on_its_page(old: RawRedis) -> None:
    assert decode_page(as_text(await old.get("precache:home:T1:U1"))) == 2


# Workspaces


@pytest.mark.usefixtures("old")
async def test_installations_are_found(redis: CountedRedis) -> None:
    installations = Installations(redis, Vault(read_keys(KEY)))
    assert await installations.find_installation("T1") == INSTALLED
    assert await installations.find_installation("T2") == replace(INSTALLED, team=None, enterprise="E1")
    assert await installations.list_members("E1") == ["T2"]
    assert await installations.end_install("state-1") == "browser-1"


@pytest.mark.usefixtures("old")
async def test_installations_are_sealed_with_a_new_key_and_removed(redis: CountedRedis) -> None:
    assert await Installations(redis, Vault(read_keys(f"{NEW_KEY},{KEY}"))).reseal_tokens() == 2
    installations = Installations(redis, Vault(read_keys(NEW_KEY)))
    assert await installations.find_installation("T1") == INSTALLED
    assert not await installations.remove_installation("T1", before=INSTALLED.installed)
    assert await installations.remove_installation("T1", before=NOW)
    assert await installations.find_installation("T1") is None


# Links and money


@pytest.mark.usefixtures("old")
async def test_links_that_an_earlier_reader_read_are_fetched_once_more(redis: CountedRedis) -> None:
    """It saw less of a page, so its text is not told again; here the address no longer answers."""
    async with (
        connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,
        open_reader(slack, redis, now=lambda: NOW + timedelta(seconds=59)) as reader,
    ):
        for url in FIXTURE["urls"]:
            assert isinstance(await reader.read(Link(url=url)), Unreadable)


@pytest.mark.usefixtures("old")
async def test_what_was_spent_counts(redis: CountedRedis) -> None:
    spent, posted = await read_tallies(redis, "T1", [date(2026, 11, 24), date(2026, 11, 23)])
    assert (spent["cost:kolu-tane"], spent["tokens_in"], posted) == (40_000_000, 30, {"posted": 1})
    purse = purse_of(redis, caps=Caps(team=parse_caps("2 calls/month")), now=lambda: NOW)
    with pytest.raises(CapReached) as reached:
        await purse.reserve_call(Call(model="openai:test", most_sent=1, most_tokens=1), team="T1")
    assert not await purse.take_first_refusal(reached.value, team="T1", who="kolu-tane", run="a"), (
        "it was told then"
    )


# What is written


@pytest.mark.parametrize("value", ["\ud83c", 2**70, [{"\x1f": ("“", 1.5, None)}]])
def test_a_record_is_read_as_it_was_written(value: Any) -> None:
    kind = RecordKind(name="thing", version=3)
    written = kind.write_record({"value": value})
    assert written.startswith('{"v":3,"value":'), "scripts look for the version there"
    assert kind.read_record(written) == (3, {"value": json.loads(json.dumps(value))})


# What a newer copy has left


def newer(text: str | bytes | None) -> str:
    """A record in a version that nobody has written yet."""
    return '{"v":99,' + as_text(text).removeprefix("{").partition(",")[2]


async def test_a_schedule_of_a_newer_version_is_refused(
    schedule_store: ScheduleStore, redis_raw: RawRedis
) -> None:
    assert isinstance(await schedule_store.add_record(DAILY, now=NOW), Schedule)
    key = "precache:schedule:T1:kolu-tane"
    doc = await redis_raw.hget(key, "doc")
    await redis_raw.hset(key, "doc", newer(doc))
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: schedule_store.find_record("T1", "kolu-tane"),
        lambda: schedule_store.list_records("T1"),
        lambda: schedule_store.find_to_warm("T1", "kolu-tane"),
        lambda: claimed(Ledger(redis=schedule_store.redis), "T1:run"),
    ]
    for read in reads:
        with pytest.raises(NewerRecord, match="schedule: a record of version 99"):
            await read()
    until = await redis_raw.hget("precache:run:T1:run", "until")
    assert until == b"0", "a newer copy need not wait for the lease to end"


async def test_a_delivery_for_a_schedule_of_a_newer_version_is_brought_again(
    bot: Process, redis_raw: RawRedis
) -> None:
    daily = replace(DAILY, sources=(), until=None, holidays=None, model=None, changes="always", thread=None)
    made = await ScheduleStore(redis=bot.redis).add_record(daily, now=bot.clock())
    assert isinstance(made, Schedule)
    key = "precache:schedule:T1:kolu-tane"
    await redis_raw.hset(key, "doc", newer(await redis_raw.hget(key, "doc")))
    job = replace(made.job, id=None, schedule=made.id, cron=made.cron, zone=made.zone)
    verdict = await bot.deliver(job)
    assert isinstance(verdict, Retry)
    assert "a record of version 99" in verdict.reason


async def test_what_a_newer_copy_was_about_to_post_is_left_to_it(ledger: Ledger, redis_raw: RawRedis) -> None:
    for found in (Found(answer=PINNED, cache="MISS"), NoAnswer(reason="limited")):
        await redis_raw.flushall()
        assert isinstance(await claimed(ledger, "T1:run"), Taken)
        assert await ledger.pin_outcome("T1:run", token="new", found=found, now=LATER)
        await ledger.release_run("T1:run", token="new", certain=False)
        outcome = await redis_raw.hget("precache:run:T1:run", "answer")
        await redis_raw.hset("precache:run:T1:run", "answer", newer(outcome))
        for _ in range(2):
            with pytest.raises(NewerRecord):
                await claimed(ledger, "T1:run")
        assert await redis_raw.hget("precache:run:T1:run", "state") == b"posting", "it may have been posted"


async def test_a_stored_answer_of_a_newer_version_is_as_good_as_not_there(
    answer_cache: AnswerCache, ledger: Ledger, redis_raw: RawRedis
) -> None:
    before = NOW - 2 * HOUR
    await answer_cache.land_flight("key", token="f", answer=STORED)
    await redis_raw.hset("precache:answer:key", "body", newer(STORED.encode()))
    assert await answer_cache.find_answer("key") is None
    taken = await claimed(ledger, "T1:run", key="key", made_after=before)
    assert isinstance(taken, Taken)
    assert taken.found is None
    assert await answer_cache.take_flight("key", token="f", made_after=before, lease=LEASE) is None
    await answer_cache.land_flight("key", token="f", answer=STORED)
    assert await answer_cache.find_answer("key") == STORED


async def test_words_about_a_run_in_a_newer_version_are_as_good_as_not_there(
    ledger: Ledger, redis_raw: RawRedis
) -> None:
    assert isinstance(await claimed(ledger, "T1:run"), Taken)
    await ledger.record_progress("T1:run", Begun(at=NOW, ts="1.2"))
    await ledger.release_run("T1:run", token="new", certain=True, why=NoAnswer(reason="limited"))
    for field in ("progress", "why"):
        text = await redis_raw.hget("precache:run:T1:run", field)
        await redis_raw.hset("precache:run:T1:run", field, newer(text))
    taken = await claimed(ledger, "T1:run")
    assert isinstance(taken, Taken)
    assert (taken.progress, taken.why) == (None, None)


async def test_a_line_of_history_in_a_newer_version_is_left_out(
    old: RawRedis, schedule_store: ScheduleStore, redis_raw: RawRedis
) -> None:
    await redis_raw.lpush("precache:history:T1:kolu-tane", '{"v":99,"at":"noon"}')
    assert len(await schedule_store.read_history("T1", "kolu-tane")) == 6
    assert await schedule_store.read_last_runs([DAILY]) == [None]


async def test_a_form_of_a_newer_version_is_as_good_as_not_there(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    forms = Forms(redis=redis)
    name = await forms.keep_form("T1", Form(prompt="Why?"))
    await redis_raw.set(f"precache:form:T1:{name}", newer(Form(prompt="Why?").encode()))
    assert await forms.find_form("T1", name) is None


async def test_an_installation_of_a_newer_version_is_refused(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    installations = Installations(redis, Vault(read_keys(KEY)))
    await installations.save_installation(INSTALLED)
    record = await redis_raw.get("precache:installation:T1")
    await redis_raw.set("precache:installation:T1", newer(record))
    with pytest.raises(NewerRecord, match="installation"):
        await installations.find_installation("T1")
    with pytest.raises(NewerRecord, match="installation"):
        await installations.remove_installation("T1", before=NOW)
