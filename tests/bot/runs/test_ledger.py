"""The ledger remembers, one script a step, on a real Valkey."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis as RawRedis

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.records import Answer, Found
from bot.budget.tally import read_tallies
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import CLOCKS_APART, Busy, Claim, Ending, Lost, OpenPost, Over, Taken
from bot.schedules.history.run import Run
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage import newest_post_key, run_key, week_posts_key
from bot.storage.client import CountedRedis
from bot.subscriptions import KeptPost, PostLine, Subscription, SubscriptionStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ANSWER = Answer(text="Because of Rayleigh scattering. 🌤️", made=NOON, model="m", tokens_in=3, tokens_out=5)
FOUND = Found(answer=ANSWER, cache="HIT")
SCHEDULE = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="Europe/Berlin",
    cron="0 9 * * *",
    name="Morning",
)


async def added(schedule_store: ScheduleStore) -> Schedule:
    record = await schedule_store.add_record(SCHEDULE, now=NOON)
    assert isinstance(record, Schedule)
    return record


async def claim(
    ledger: Ledger,
    token: str,
    *,
    now: datetime = NOON,
    made_after: datetime = NOON,
    recent: Answer | None = None,
) -> Claim:
    return await ledger.claim_run(
        "T1:run",
        token=token,
        key="key",
        made_after=made_after,
        recent=recent,
        schedule=("T1", SCHEDULE.id),
        now=now,
        lease=LEASE,
    )


async def land(answer_cache: AnswerCache, answer: Answer) -> None:
    assert await answer_cache.take_flight("key", token="f", made_after=answer.made, lease=LEASE) is None
    await answer_cache.land_flight("key", token="f", answer=answer)


async def test_a_run_is_claimed_by_one_at_a_time(ledger: Ledger) -> None:
    claims = await asyncio.gather(*(claim(ledger, f"{n}") for n in range(20)))
    assert sum(isinstance(claim, Taken) for claim in claims) == 1
    assert {claim.left for claim in claims if isinstance(claim, Busy)} == {LEASE}


async def test_a_claim_whose_lease_has_ended_passes_to_the_next(ledger: Ledger) -> None:
    await claim(ledger, "dead")
    late = NOON + LEASE
    assert await claim(ledger, "alive", now=late) == Taken(found=None, parts=0, ts=None, unsettled_since=None)
    assert not await ledger.pin_outcome("T1:run", token="dead", found=FOUND, now=late)
    assert await ledger.pin_outcome("T1:run", token="alive", found=FOUND, now=late)


async def test_a_holder_whose_own_lease_has_ended_may_not_post(ledger: Ledger) -> None:
    await claim(ledger, "slow")
    assert not await ledger.pin_outcome("T1:run", token="slow", found=FOUND, now=NOON + LEASE)


@pytest.mark.parametrize("ahead", [timedelta(0), CLOCKS_APART], ids=["even", "90 s ahead"])
async def test_a_copy_whose_clock_is_ahead_takes_no_run_whose_post_is_on_its_way(
    ledger: Ledger, ahead: timedelta
) -> None:
    """Of two that are 90 s apart, the one ahead sees a lease end 90 s too early."""
    late, post = timedelta(seconds=39), timedelta(seconds=16)
    await claim(ledger, "a")
    assert await ledger.pin_outcome("T1:run", token="a", found=FOUND, now=NOON + late)
    assert isinstance(await claim(ledger, "b", now=NOON + late + post + ahead), Busy)
    sent = NOON + late + post
    await ledger.record_parts("T1:run", token="a", parts=1, ts="1.0", now=sent)
    assert isinstance(await claim(ledger, "b", now=sent + post + ahead), Busy)
    assert isinstance(await claim(ledger, "b", now=sent + LEASE + ahead), Taken)
    again = await ledger.record_parts("T1:run", token="a", parts=2, ts="1.0", now=sent + post)
    assert again == Lost(), "it posts no more"


async def test_a_claim_that_a_copy_ahead_has_taken_over_is_lost_before_anything_is_posted(
    ledger: Ledger,
) -> None:
    await claim(ledger, "a")
    after = timedelta(seconds=41)
    assert isinstance(await claim(ledger, "b", now=NOON + after + CLOCKS_APART), Taken)
    assert await ledger.pin_outcome("T1:run", token="a", found=FOUND, now=NOON + after) is None


async def test_a_posted_run_is_over_for_ever(ledger: Ledger) -> None:
    await claim(ledger, "a")
    await ledger.record_posted("T1:run", ts="1.0")
    await ledger.release_run("T1:run", token="a", certain=True)
    assert await claim(ledger, "b", now=NOON + timedelta(days=1)) == Over(reason="posted")


async def test_a_claim_brings_an_answer_that_is_fresh_enough_in_the_same_round_trip(
    ledger: Ledger, answer_cache: AnswerCache, redis: CountedRedis
) -> None:
    await land(answer_cache, ANSWER)
    before = redis.requests
    taken = await claim(ledger, "a", made_after=NOON)
    assert isinstance(taken, Taken)
    assert taken.found == FOUND
    assert redis.requests == before + 1


async def test_where_any_answer_will_do_there_may_be_none(ledger: Ledger) -> None:
    """A slot before 1970, of a message that says so, wants an answer that is newer than that."""
    taken = await claim(ledger, "a", made_after=datetime(1969, 12, 31, tzinfo=UTC))
    assert isinstance(taken, Taken)
    assert taken.found is None


async def test_a_claim_leaves_an_answer_that_is_too_old(ledger: Ledger, answer_cache: AnswerCache) -> None:
    await land(answer_cache, ANSWER)
    taken = await claim(ledger, "a", made_after=NOON + timedelta(milliseconds=1))
    assert isinstance(taken, Taken)
    assert taken.found is None


async def test_what_was_being_posted_is_posted_on_even_if_a_newer_answer_is_there(
    ledger: Ledger, answer_cache: AnswerCache
) -> None:
    await claim(ledger, "a", recent=ANSWER)
    await ledger.record_parts("T1:run", token="a", parts=1, ts="1.0", now=NOON + timedelta(seconds=3))
    await land(answer_cache, Answer(text="newer", made=NOON + LEASE, model="m"))
    assert await claim(ledger, "b", now=NOON + LEASE, made_after=NOON + LEASE) == Taken(
        found=FOUND, parts=1, ts="1.0", unsettled_since=NOON + timedelta(seconds=3)
    )


async def test_a_run_given_back_in_doubt_is_to_be_settled_and_one_in_certainty_is_not(ledger: Ledger) -> None:
    await claim(ledger, "a", recent=ANSWER)
    await ledger.release_run("T1:run", token="a", certain=False)
    doubtful = await claim(ledger, "b")
    assert isinstance(doubtful, Taken)
    assert doubtful.unsettled_since == NOON
    await ledger.release_run("T1:run", token="b", certain=True)
    certain = await claim(ledger, "c")
    assert isinstance(certain, Taken)
    assert certain.unsettled_since is None


async def test_nobody_gives_back_what_another_holds(ledger: Ledger) -> None:
    await claim(ledger, "a")
    await ledger.release_run("T1:run", token="b", certain=True)
    assert isinstance(await claim(ledger, "c"), Busy)


async def test_a_deleted_or_paused_schedule_runs_no_more(
    ledger: Ledger, schedule_store: ScheduleStore
) -> None:
    record = await added(schedule_store)
    paused = await schedule_store.change_record(record, replace(record, state="paused"))
    assert isinstance(paused, Schedule)
    assert await claim(ledger, "a") == Over(reason="off")
    await schedule_store.delete_record(paused)
    assert await claim(ledger, "a") == Over(reason="off")


async def test_a_claim_brings_the_record_and_confirms_one_that_nobody_lived_to_confirm(
    ledger: Ledger, schedule_store: ScheduleStore
) -> None:
    record = await added(schedule_store)
    taken = await claim(ledger, "a")
    assert isinstance(taken, Taken)
    assert taken.schedule == replace(record, state="active")
    found = await schedule_store.find_record("T1", record.id)
    assert found is not None
    assert found.state == "active"


async def test_an_answer_that_was_previewed_is_good_enough_for_the_first_run_alone(
    ledger: Ledger, answer_cache: AnswerCache, schedule_store: ScheduleStore
) -> None:
    await land(answer_cache, ANSWER)
    assert isinstance(await schedule_store.add_record(SCHEDULE, now=NOON, keep=NOON), Schedule)
    later = NOON + timedelta(hours=20)
    taken = await claim(ledger, "a", made_after=later)
    assert isinstance(taken, Taken)
    assert taken.found == Found(answer=ANSWER, cache="HIT")
    await ledger.record_posted("T1:run", ts="1.0", ending=Ending(schedule=("T1", SCHEDULE.id)))
    again = await ledger.claim_run(
        "T1:next",
        token="b",
        key="key",
        made_after=later,
        recent=None,
        schedule=("T1", SCHEDULE.id),
        now=NOON,
        lease=LEASE,
    )
    assert isinstance(again, Taken)
    assert again.found is None


async def test_schedules_that_ask_the_same_are_counted(ledger: Ledger) -> None:
    shared: list[int] = []
    for name in ("kolu-tane", "bafo-riku", "kolu-tane"):
        taken = await ledger.claim_run(
            f"T1:{name}:{len(shared)}",
            token="a",
            key="key",
            made_after=NOON,
            recent=ANSWER,
            schedule=("T1", name),
            recurring=True,
            now=NOON,
            lease=LEASE,
        )
        assert isinstance(taken, Taken)
        shared.append(taken.shared)
    assert shared == [1, 2, 2]


async def test_what_became_of_a_run_is_written_down_in_the_step_that_ends_it(
    ledger: Ledger, schedule_store: ScheduleStore, redis: CountedRedis
) -> None:
    await claim(ledger, "a", recent=ANSWER)
    before = redis.requests
    line = Run(at=NOON, outcome="posted")
    ending = Ending(schedule=("T1", SCHEDULE.id), line=line, tally={"posted": 1, "tokens_in": 7})
    await ledger.record_posted("T1:run", ts="1.0", ending=ending)
    assert redis.requests == before + 1
    assert await schedule_store.read_history("T1", SCHEDULE.id) == [replace(line, ts="1.0")]
    assert await read_tallies(ledger.redis, "T1", [NOON.date()]) == [{"posted": 1, "tokens_in": 7}]


async def test_a_run_that_ends_late_takes_its_schedule_back_to_no_earlier_window(
    ledger: Ledger, schedule_store: ScheduleStore
) -> None:
    await schedule_store.add_record(SCHEDULE, now=NOON)
    for run, hours in (("later", 2), ("earlier", 1), ("next", 3)):
        read = NOON + timedelta(hours=hours)
        ending = Ending(schedule=("T1", SCHEDULE.id), read=read, last=run)
        await ledger.record_posted(f"T1:{run}", ts="1.0", ending=ending)
        until = max(read, NOON + timedelta(hours=2))
        assert await ScheduleStore(redis=ledger.redis).read_last_reading("T1", SCHEDULE.id) == (
            until,
            "later" if run == "earlier" else run,
        )


@pytest.mark.parametrize("text", ["Two.\n\nThree.", 'C:\\new "quoted" \\" 100 %1 %%', "\x1f\t🌤️ ‹é›\\"])
async def test_a_post_is_kept_for_subscribers_with_the_answer_that_its_run_has_pinned(
    ledger: Ledger, schedule_store: ScheduleStore, redis: CountedRedis, text: str
) -> None:
    record = await added(schedule_store)
    subscribed = Subscription(
        team="T1",
        schedule=record.id,
        user="U2",
        rhythm="at_once",
        channel="C1",
        direct="D2",
        title="Why?",
        since=NOON,
    )
    assert await SubscriptionStore(redis=redis).put_record(subscribed, now=NOON) is None
    found = Found(answer=replace(ANSWER, text=text, id="c0ffee"), cache="MISS")
    await claim(ledger, "a")
    await ledger.pin_outcome("T1:run", token="a", found=found, now=NOON)
    post = KeptPost(at=NOON, slot=NOON, query=f"{text}?", answer=found.answer, channel="C1")
    ending = Ending(schedule=("T1", record.id), kept=post)
    assert await ledger.record_posted("T1:run", ts="1.5", ending=ending) == ("U2",)
    kept = await redis.hget(newest_post_key("T1", record.id), "body")
    assert KeptPost.decode(f"C1=1.5 {kept}") == replace(post, channel="", places={"C1": "1.5"})
    (line,) = await redis.lrange(week_posts_key("T1", record.id), 0, -1)
    assert PostLine.decode(line) == PostLine(at=NOON, text=text, places={"C1": "1.5"})
    ended_again = await ledger.record_posted("T1:run", ts="1.5", ending=ending)
    assert ended_again == ("U2",), "whichever copy ends it last, its subscribers are known"
    assert await redis.hget(run_key("T1:run"), "copies") == "U2"


async def test_one_flight_at_a_time_and_those_who_wait_find_its_answer(answer_cache: AnswerCache) -> None:
    assert await answer_cache.take_flight("key", token="a", made_after=NOON, lease=LEASE) is None
    waiting = await answer_cache.take_flight("key", token="b", made_after=NOON, lease=LEASE)
    assert isinstance(waiting, Wait)
    assert timedelta() < waiting.left <= LEASE
    await answer_cache.land_flight("key", token="a", answer=ANSWER)
    assert await answer_cache.take_flight("key", token="b", made_after=NOON, lease=LEASE) == ANSWER


async def test_a_flight_that_fails_leaves_the_way_free(answer_cache: AnswerCache) -> None:
    await answer_cache.take_flight("key", token="a", made_after=NOON, lease=LEASE)
    await answer_cache.land_flight("key", token="a", answer=None)
    assert await answer_cache.take_flight("key", token="b", made_after=NOON, lease=LEASE) is None
    assert await answer_cache.find_answer("key") is None


async def test_an_older_answer_never_replaces_a_newer_one(answer_cache: AnswerCache) -> None:
    newer = Answer(text="newer", made=NOON + timedelta(seconds=1), model="m")
    await answer_cache.land_flight("key", token="b", answer=newer)
    await answer_cache.land_flight("key", token="a", answer=ANSWER)
    assert await answer_cache.find_answer("key") == newer
    assert await answer_cache.find_answer("key", made_after=NOON + timedelta(seconds=2)) is None


async def test_every_key_ends_by_itself_but_those_of_recurring_schedules(
    ledger: Ledger, answer_cache: AnswerCache, schedule_store: ScheduleStore, redis_raw: RawRedis
) -> None:
    await claim(ledger, "a", recent=ANSWER)
    await ledger.record_parts("T1:run", token="a", parts=1, ts="1.0", now=NOON)
    await ledger.claim_run(
        "T1:other",
        token="b",
        key="k",
        made_after=NOON,
        recent=None,
        schedule=None,
        now=NOON,
        lease=LEASE,
    )
    line = Run(at=NOON, outcome="posted")
    ending = Ending(schedule=("T1", "x"), line=line, tally={"posted": 1})
    await ledger.record_posted("T1:other", ts="2.0", ending=ending)
    await land(answer_cache, ANSWER)
    await answer_cache.take_flight("other", token="a", made_after=NOON, lease=LEASE)
    await added(schedule_store)
    once = replace(SCHEDULE, id="once", cron=None, at=NOON, name="Later")
    assert isinstance(await schedule_store.add_record(once, now=NOON), Schedule)
    gone = await schedule_store.add_record(replace(SCHEDULE, id="gone", name="Gone"), now=NOON)
    assert isinstance(gone, Schedule)
    await schedule_store.delete_record(gone)
    lasting = [key.decode() async for key in redis_raw.scan_iter() if await redis_raw.ttl(key) < 0]
    assert sorted(lasting) == [
        "precache:index:T1",
        "precache:name:T1:morning",
        "precache:schedule:T1:kolu-tane",
        "precache:schedules:T1",
        "precache:watched",
    ]


async def test_what_became_of_runs_is_told_in_one_round_trip(ledger: Ledger, redis: CountedRedis) -> None:
    for run in ("posted", "at-work", "given-back", "lease-over"):
        now = NOON - 2 * LEASE if run == "lease-over" else NOON
        await ledger.claim_run(
            run, token=run, key="k", made_after=NOON, recent=None, schedule=None, now=now, lease=LEASE
        )
    await ledger.record_posted("posted", ts="1.0")
    await ledger.release_run("given-back", token="given-back", certain=True)
    before = redis.requests
    runs = ["posted", "at-work", "given-back", "lease-over", "never"]
    assert await ledger.read_standings(runs, now=NOON) == ["over", "in_hand", "tried", "tried", "unknown"]
    assert await ledger.read_standings([], now=NOON) == []
    assert redis.requests - before == 1


# The order of a schedule's slots

OTHER = timedelta(minutes=5)


async def claim_slot(ledger: Ledger, slot: datetime, *, now: datetime) -> Taken:
    taken = await ledger.claim_run(
        f"T1:{SCHEDULE.id}:{slot.timestamp():.0f}",
        token=slot.isoformat(),
        key="key",
        made_after=NOON,
        recent=None,
        schedule=("T1", SCHEDULE.id),
        open_post=open_post_of(slot),
        now=now,
        lease=LEASE,
    )
    assert isinstance(taken, Taken)
    return taken


def open_post_of(slot: datetime) -> OpenPost:
    return OpenPost(schedule=("T1", SCHEDULE.id), slot=slot, channel="C1")


async def end(ledger: Ledger, slot: datetime, ending: str) -> None:
    """Bring a slot's run to this end."""
    run, post = f"T1:{SCHEDULE.id}:{slot.timestamp():.0f}", open_post_of(slot)
    match ending:
        case "posted" | "unchanged" | "quiet" | "failed" | "skipped":
            line = Run(at=slot, outcome=ending)
            await ledger.record_posted(
                run, ts="", ending=Ending(schedule=("T1", SCHEDULE.id), line=line), open_post=post
            )
        case "was not due":
            await ledger.record_posted(run, ts="", open_post=post)
        case "given back" | "begun":
            if ending == "begun":
                await ledger.pin_outcome(run, token=slot.isoformat(), found=FOUND, open_post=post, now=slot)
            certain = ending == "given back"
            await ledger.release_run(run, token=slot.isoformat(), certain=certain, open_post=post)


@pytest.mark.parametrize(
    ("ending", "after", "is_overtaken"),
    [
        ("in hand", timedelta(0), True),
        ("in hand", LEASE, False),
        ("posted", 9 * OTHER, True),
        ("unchanged", 9 * OTHER, True),
        ("quiet", 9 * OTHER, True),
        ("failed", 9 * OTHER, True),
        ("begun", 9 * OTHER, True),
        ("given back", timedelta(0), False),
        ("skipped", timedelta(0), False),
        ("was not due", timedelta(0), False),
    ],
)
async def test_a_slot_is_overtaken_by_a_later_one_that_stands_in_its_channel_or_is_about_to(
    ending: str, after: timedelta, is_overtaken: bool, ledger: Ledger
) -> None:
    later = NOON + OTHER
    assert not (await claim_slot(ledger, later, now=later)).is_overtaken
    await end(ledger, later, ending)
    assert (await claim_slot(ledger, NOON, now=later + after)).is_overtaken is is_overtaken
    assert not (await claim_slot(ledger, later + OTHER, now=later + after)).is_overtaken
