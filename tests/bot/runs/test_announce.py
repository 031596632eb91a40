"""The fate of a delivery when something is in the way, and of what QStash has given up on."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

import scheduler.errors
from bot import errors
from bot.answers.question import Question
from bot.answers.records import Answer
from bot.budget.rate import Rate
from bot.budget.tally import read_tallies
from bot.errors import (
    BotError,
    CapReached,
    ChangeUnknown,
    Limited,
    Misshapen,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    NewerRecord,
    NoModel,
    NotInstalled,
    PostedOutsideThread,
    PostUnknown,
    RedisUnavailable,
    SealBroken,
    SlackError,
    SlackRefused,
    SlackUnavailable,
    SourceUnavailable,
    StillListening,
)
from bot.model import NoModelConfigured
from bot.replies.runs import run_words
from bot.runs.post import UNSETTLED
from bot.runs.verdict import is_nothing_posted, verdict_of
from bot.schedules.record_changes import TOMBSTONE_TTL
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from scheduler import (
    DailyLimit,
    Done,
    Drop,
    Job,
    PublishError,
    QuotaReached,
    Refused,
    Retry,
    Unreachable,
    run_of,
    warm_job,
)
from scheduler.errors import NotFound
from tests.bot.announcing import JOB, RUN, Process, process
from tests.stand_ins.openai import OpenAI, fails, says
from tests.stand_ins.qstash import QStash, reply
from tests.stand_ins.slack_channel import Slack, limits, refuses

S = timedelta(seconds=1)
UNKNOWN = False
CERTAIN = True
VERDICTS: list[tuple[BotError | PublishError, int | None, bool]] = [
    # What went wrong; seconds until the next try, None for never; is it certain that nothing was posted?
    (BotError(), 10, UNKNOWN),
    (RedisUnavailable(), 10, UNKNOWN),
    (ChangeUnknown(), 10, UNKNOWN),
    (Limited(retry_after=7 * S), 7, CERTAIN),
    (
        CapReached(scope="team", period="day", kind="money", most=1, ends=datetime(2026, 11, 25, tzinfo=UTC)),
        None,
        CERTAIN,
    ),
    (ModelError(), None, CERTAIN),
    (ModelUnavailable(), 10, CERTAIN),
    (ModelUnavailable(retry_after=33 * S), 33, CERTAIN),
    (Misshapen(), 10, CERTAIN),
    (ModelRefused(), None, CERTAIN),
    (NoModel(), None, CERTAIN),
    (SourceUnavailable("slow"), 10, CERTAIN),
    (StillListening(), 10, CERTAIN),
    (NewerRecord("answer", version=2), 10, UNKNOWN),
    (SealBroken(), 10, UNKNOWN),
    (SlackError(), 10, UNKNOWN),
    (SlackUnavailable(), 10, CERTAIN),
    (SlackUnavailable(retry_after=44 * S), 44, CERTAIN),
    (PostUnknown(), 10, UNKNOWN),
    (SlackRefused("is_archived"), None, CERTAIN),
    (SlackRefused(UNSETTLED), None, UNKNOWN),
    (PostedOutsideThread("17.000001"), None, UNKNOWN),
    (NotInstalled("T1"), None, CERTAIN),
    (PublishError(), 10, UNKNOWN),
    (Unreachable(), 10, UNKNOWN),
    (Refused(), 10, UNKNOWN),
    (NotFound(), 10, UNKNOWN),
    (QuotaReached(), 10, UNKNOWN),
    (DailyLimit(), 6 * 3600, UNKNOWN),
]


@pytest.mark.parametrize(("error", "after", "certain"), VERDICTS, ids=lambda error: type(error).__name__)
def test_every_error_has_its_verdict(
    error: BotError | PublishError, after: int | None, certain: bool
) -> None:
    match verdict_of(error, retried=0):
        case Retry() as verdict:
            assert (verdict.after, verdict.limited) == (after and after * S, isinstance(error, Limited))
        case Drop():
            assert after is None
        case Done():
            pytest.fail("an error is not done")
    assert is_nothing_posted(error) is certain


def test_the_table_knows_every_error_there_is() -> None:
    mine = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, BotError)
    ]
    theirs = [
        value
        for value in vars(scheduler.errors).values()
        if isinstance(value, type) and issubclass(value, PublishError)
    ]
    assert {type(error) for error, _, _ in VERDICTS} == {*mine, *theirs}


@pytest.mark.parametrize(("retried", "after"), [(0, 10), (1, 60), (2, 360), (9, 360)])
def test_who_has_tried_more_often_waits_longer(retried: int, after: int) -> None:
    assert verdict_of(PostUnknown("x"), retried=retried) == Retry(after=after * S, reason="x")


def slot_job(cron: str) -> Job:
    return replace(JOB, id=None, schedule="kolu-tane", cron=cron, zone="UTC", asked=None)


async def keep(bot: Process, question: Question, *, made: datetime, text: str = "An old answer.") -> None:
    answer = Answer(text=text, made=made, model="m")
    await bot.answer_cache.land_flight(question.key, token="-", answer=answer)


# Given up


async def test_what_was_given_up_goes_out_as_the_last_good_answer(bot: Process, workspace: Slack) -> None:
    question = bot.questions.of_job(JOB, slot=None)
    await keep(bot, question, made=question.made_after - timedelta(hours=2))
    verdict = await bot.give_up()
    assert isinstance(verdict, Done)
    assert verdict.cache == "STALE"
    assert "last good answer. It is 3 hours old" in workspace.shown()
    assert await bot.give_up() == Done(text="nothing to do: posted"), "QStash may call twice"
    assert workspace.parts(RUN) == [0]


async def test_an_answer_that_is_there_by_now_is_no_stale_one(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    question = bot.questions.of_job(JOB, slot=None)
    await keep(bot, question, made=bot.clock() - timedelta(minutes=1), text="Just made.")
    verdict = await bot.give_up()
    assert isinstance(verdict, Done)
    assert verdict.cache == "HIT"
    assert "last good" not in workspace.shown()
    assert model.requests == 0


async def test_a_stale_post_whose_fate_is_unknown_is_still_called_stale_when_it_is_repeated(
    bot: Process, workspace: Slack
) -> None:
    question = bot.questions.of_job(JOB, slot=None)
    await keep(bot, question, made=question.made_after - timedelta(hours=2))
    workspace.next["chat.postMessage"].append(limits(60))
    assert isinstance(await bot.give_up(), Retry)
    bot.clock.ahead += timedelta(seconds=60)
    verdict = await bot.deliver()
    assert isinstance(verdict, Done)
    assert verdict.cache == "STALE"
    assert "last good answer" in workspace.shown()


async def test_without_an_answer_the_person_who_asked_is_told_once(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    assert await bot.give_up() == Done(text="")
    assert await bot.give_up() == Done(text="nothing to do: posted")
    assert len(workspace.whispers) == 1
    assert "several times" in workspace.whispers[0]
    assert (workspace.posts, model.requests) == ([], 0)


async def test_a_provider_that_asks_for_hours_is_not_waited_for(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    model.otherwise = fails(429, retry_after="7200")
    assert await bot.deliver() == Done(text="")
    assert "won't be available for a while" in workspace.whispers[0]
    other = replace(JOB, id="run-2", query="Why is the grass green?")
    question = bot.questions.of_job(other, slot=None)
    await keep(bot, question, made=question.made_after - timedelta(hours=2))
    verdict = await bot.deliver(other)
    assert isinstance(verdict, Done)
    assert verdict.cache == "STALE"
    model.otherwise = fails(429, retry_after="60")
    assert isinstance(await bot.deliver(replace(JOB, id="run-3")), Retry)


async def test_who_could_not_be_told_is_told_at_the_next_try(bot: Process, workspace: Slack) -> None:
    workspace.next["chat.postEphemeral"].append(limits(60))
    assert await bot.give_up() == Retry(after=60 * S, reason="Slack limits the rate")
    assert await bot.give_up() == Done(text="")
    assert len(workspace.whispers) == 1


async def test_a_failure_that_comes_while_the_run_is_held_comes_again(bot: Process, workspace: Slack) -> None:
    now = bot.clock()
    await bot.ledger.claim_run(
        RUN, token="-", key="k", made_after=now, recent=None, schedule=None, now=now, lease=60 * S
    )
    verdict = await bot.give_up()
    assert isinstance(verdict, Retry)
    assert 60 * S < verdict.after <= 65 * S
    assert workspace.whispers == []


@pytest.mark.parametrize(
    "job", [Job(query="Why?"), replace(slot_job("0 9 * * *"), kind="warm")], ids=["bare", "warm"]
)
async def test_nobody_waits_for_what_posts_nowhere(bot: Process, workspace: Slack, job: Job) -> None:
    assert await bot.give_up(job) == Done(text="")
    assert (workspace.posts, workspace.whispers) == ([], [])


async def test_what_comes_in_the_same_bytes_again_is_answered_while_the_answer_is_fresh(
    bot: Process, model: OpenAI
) -> None:
    model.otherwise = says("An answer.")
    job = Job(query="Why?", max_age=60 * S)
    assert bot.announcer.answer_again(job.encode()) is None
    made = await bot.deliver(job)
    assert isinstance(made, Done)
    assert made.cache == "MISS"
    again = bot.announcer.answer_again(job.encode())
    assert again is not None
    assert (again.text, again.cache) == ("An answer.", "HIT")
    for other in (replace(job, max_age=61 * S), replace(job, team="T1"), replace(job, query="Why not?")):
        assert bot.announcer.answer_again(other.encode()) is None
    bot.clock.ahead += 61 * S
    assert bot.announcer.answer_again(job.encode()) is None
    await bot.deliver(job)
    assert model.requests == 2
    assert bot.announcer.answer_again(job.encode()) is not None


async def test_the_same_bytes_of_a_rhythm_are_asked_again_at_each_slot(bot: Process, model: OpenAI) -> None:
    model.otherwise = says("An answer.")
    job = Job(query="Why?", cron="0 * * * *", zone="UTC")
    verdicts = [await bot.deliver(job) for _ in range(2)]
    assert [verdict.cache for verdict in verdicts if isinstance(verdict, Done)] == ["MISS", "HIT"]
    assert bot.announcer.answer_again(job.encode()) is None


async def test_what_was_dropped_was_told_then(bot: Process, workspace: Slack) -> None:
    assert await bot.give_up(status=489) == Done(text="")
    assert workspace.whispers == []


@pytest.mark.parametrize("has_record", [True, False])
async def test_a_slot_that_a_later_one_has_followed_is_not_posted_after_it(
    bot: Process, workspace: Slack, model: OpenAI, has_record: bool
) -> None:
    job, missed = slot_job("* * * * *"), datetime(2027, 1, 4, 9, 2, tzinfo=UTC)
    if has_record:
        bot.clock.turn_to(missed)
        await record(bot, job)
    await keep(bot, bot.questions.of_job(job, slot=missed), made=missed - timedelta(hours=1))
    bot.clock.turn_to(missed + timedelta(minutes=3, seconds=50))
    await bot.deliver(job)
    bot.clock.turn_to(missed + timedelta(minutes=6))  # more slots are due, and not here yet
    assert await bot.give_up(job, created_at=missed) == Done(text="nothing to do: overtaken")
    await bot.give_up(job, created_at=missed)
    assert len(workspace.posts) == 1
    assert len(workspace.whispers) == (0 if has_record else 1), "the watchdog tells of those with a record"


async def test_a_slot_is_posted_late_if_the_one_after_it_was_given_back(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    job, missed = slot_job("* * * * *"), datetime(2027, 1, 4, 9, 2, tzinfo=UTC)
    bot.clock.turn_to(missed + timedelta(minutes=3))
    model.otherwise = fails(503)
    assert isinstance(await bot.deliver(job), Retry)
    await keep(bot, bot.questions.of_job(job, slot=missed), made=missed - timedelta(hours=1))
    assert isinstance(await bot.give_up(job, created_at=missed), Done)
    assert len(workspace.posts) == 1


async def test_a_slot_is_posted_late_if_nothing_came_after_it(bot: Process, workspace: Slack) -> None:
    job = slot_job("* * * * *")
    missed = bot.clock() - timedelta(minutes=3)
    await keep(bot, bot.questions.of_job(job, slot=missed), made=missed - timedelta(hours=1))
    verdict = await bot.give_up(job, created_at=missed)
    assert isinstance(verdict, Done)
    assert verdict.cache == "STALE"
    assert len(workspace.posts) == 1


async def test_a_slot_is_posted_late_if_the_ones_after_it_were_not_due(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    slot = datetime(2027, 1, 4, 9, tzinfo=UTC)
    job = slot_job("0 9 * * *")
    await record(bot, job, step=3, first_day=slot.date())
    await keep(bot, bot.questions.of_job(job, slot=slot), made=slot - timedelta(days=3))
    for days in (1, 2):
        bot.clock.turn_to(slot + timedelta(days=days))
        assert await bot.deliver(job) == Done(text="")
    await bot.give_up(job, created_at=slot)
    assert (len(workspace.posts), model.requests) == (1, 0)
    bot.clock.turn_to(slot + timedelta(days=3))
    await bot.deliver(job)
    bot.clock.turn_to(slot + timedelta(days=5))
    await bot.give_up(job, created_at=slot)
    assert len(workspace.posts) == 2, "one that was due has followed, though not the last one"


# The limit


async def test_the_limit_is_a_429_and_what_it_kept_waiting_is_put_off(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    asked = replace(JOB, asked=datetime.now(UTC).replace(microsecond=0))
    async with process(
        redis,
        slack_url=workspace.url,
        model=model.url,
        qstash_url=qstash.url,
        rate=Rate(calls=1, window=timedelta(hours=1)),
    ) as bot:
        await bot.answers.obtain_answer(replace(bot.questions.of_job(JOB, slot=None), key="x", query="x"))
        verdict = await bot.deliver(asked)
        assert isinstance(verdict, Retry)
        assert verdict.limited
        created_at = bot.clock()
        for _ in "ab":
            assert await bot.give_up(asked, status=429, created_at=created_at) == Done(text="")
        bot.clock.ahead = timedelta(hours=2)
        await bot.give_up(asked, status=429)
    assert len(qstash.messages) == 1, "a failure that is told twice is put off once"
    assert [message.body for message in qstash.asked] == [asked.encode()] * 2
    assert "too many questions came in at once" in workspace.whispers[0]


async def test_a_one_off_for_later_has_its_patience_from_its_moment_on(bot: Process, qstash: QStash) -> None:
    now = bot.clock()
    late = replace(JOB, asked=now - timedelta(days=3), at=now - timedelta(minutes=2))
    assert await bot.give_up(late, status=429) == Done(text="")
    assert len(qstash.messages) == 1


async def test_a_slot_is_put_off_as_long_as_no_other_begins(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    slot = bot.clock() - timedelta(minutes=10)
    daily = slot_job(f"{slot.minute} {slot.hour} * * *")
    other = replace(daily, schedule="mira-sedo")
    for job in (daily, other):
        assert await bot.give_up(job, status=429, created_at=slot) == Done(text="")
    assert len(qstash.messages) == 2, "each schedule has its own"
    assert workspace.whispers == []
    await bot.give_up(slot_job("* * * * *"), status=429)
    assert len(qstash.messages) == 2
    assert len(workspace.whispers) == 1


# Hops, deletion, warming


@pytest.mark.parametrize("skew", [-90, -45, 90])
async def test_a_run_is_known_and_due_by_qstashs_clock_however_far_away_the_copys_is(
    bot: Process, workspace: Slack, skew: int
) -> None:
    slot = bot.clock().replace(minute=15, second=0, microsecond=0)
    bot.clock.turn_to(slot + timedelta(seconds=skew))
    job = replace(slot_job("*/15 * * * *"), lead=timedelta(0))
    await bot.deliver(job, sent_at=slot)
    await bot.deliver(replace(JOB, id="once", at=slot), sent_at=slot)
    assert workspace.parts(run_of(job, slot=slot) or "") == [0]
    assert workspace.parts(f"T1:once:{int(slot.timestamp())}") == [0]


async def test_a_far_one_off_goes_on_its_way_in_hops(bot: Process, qstash: QStash, model: OpenAI) -> None:
    far = replace(JOB, at=(bot.clock() + timedelta(days=30)).replace(microsecond=0))
    assert await bot.deliver(far) == Done(text="")
    (asked,) = qstash.asked
    assert asked.body == replace(far, hop=1).encode()
    until = datetime.fromtimestamp(int(asked.headers["upstash-not-before"]), UTC) - bot.clock()
    assert timedelta(days=6) < until < timedelta(days=7)
    assert model.requests == 0


async def test_a_hop_that_failed_is_not_posted_before_its_time(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    far = replace(JOB, at=(bot.clock() + timedelta(days=30)).replace(microsecond=0))
    qstash.faults += [reply(500, "")] * 2
    assert isinstance(await bot.deliver(far), Retry)
    question = bot.questions.of_job(far, slot=None)
    await keep(bot, question, made=bot.clock())
    assert await bot.give_up(far) == Done(text="")
    assert len(qstash.messages) == 1
    assert workspace.posts == []


async def record(bot: Process, job: Job, **changes: Any) -> Schedule:
    name = job.schedule or job.id or ""
    kept = Schedule(id=name, team="T1", channel="C1", user="U1", query=job.query, zone="UTC", cron=job.cron)
    moment = None if job.cron else job.at or bot.clock()
    written = await ScheduleStore(redis=bot.redis).add_record(
        replace(kept, at=moment, **changes), now=bot.clock()
    )
    assert isinstance(written, Schedule)
    return written


@pytest.mark.parametrize("by_hand", [False, True])
async def test_of_a_one_off_that_was_given_away_its_new_owner_hears_and_of_a_run_by_hand_who_asked_for_it(
    bot: Process, model: OpenAI, workspace: Slack, by_hand: bool
) -> None:
    made = await ScheduleStore(redis=bot.redis).add_record(
        Schedule(
            id="kolu-tane",
            team="T1",
            channel="C1",
            user="U1",
            query="Why?",
            zone="UTC",
            at=bot.clock().replace(microsecond=0),
        ),
        now=bot.clock(),
    )
    assert isinstance(made, Schedule)
    given = await ScheduleStore(redis=bot.redis).change_record(made, replace(made, user="U2"))
    assert isinstance(given, Schedule)
    model.otherwise = fails(401)
    workspace.next["chat.postEphemeral"].append(refuses("user_not_in_channel"))
    job = replace(made.job, id="kolu-tane-1", schedule=made.id, user="U3") if by_hand else made.job
    await bot.deliver(job)
    (told,) = workspace.posts
    assert told["channel"] == ("U3" if by_hand else "U2")


async def test_a_far_one_off_that_was_deleted_stops_at_its_next_hop(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    """Its record names a message that is long gone, so cancelling that one changed nothing."""
    far = replace(JOB, at=(bot.clock() + timedelta(days=600)).replace(microsecond=0))
    await ScheduleStore(redis=bot.redis).delete_record(await record(bot, far))
    assert await bot.deliver(far) == Done(text="")
    assert qstash.asked == []


@pytest.mark.parametrize("state", ["paused", "deleted"])
@pytest.mark.parametrize("job", [JOB, slot_job("0 9 * * *")], ids=["one-off", "slot"])
async def test_what_is_paused_or_deleted_posts_nothing(
    bot: Process, redis: CountedRedis, workspace: Slack, model: OpenAI, job: Job, state: str
) -> None:
    await record(bot, job)
    await redis.hset(f"precache:schedule:T1:{job.schedule or job.id}", "state", state)
    assert await bot.deliver(job) == Done(text="nothing to do: off")
    assert await bot.give_up(job) == Done(text="nothing to do: off")
    assert (workspace.posts, workspace.whispers, model.requests) == ([], [], 0)


async def test_what_still_comes_for_a_deleted_schedule_keeps_its_tombstone_up(
    bot: Process, redis: CountedRedis
) -> None:
    job = slot_job("0 9 * * *")
    await ScheduleStore(redis=bot.redis).delete_record(await record(bot, job))
    await redis.expire("precache:schedule:T1:kolu-tane", 60)
    await bot.deliver(job)
    assert await redis.ttl("precache:schedule:T1:kolu-tane") > TOMBSTONE_TTL.total_seconds() - 60


async def test_a_warm_job_makes_the_answer_for_the_coming_slot_and_posts_nothing(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    coming = bot.clock() + timedelta(minutes=3)
    job = slot_job(f"{coming.minute} {coming.hour} * * *")
    await record(bot, job)
    question = bot.questions.of_job(job, slot=None)
    await keep(bot, question, made=bot.clock() - timedelta(hours=1))
    warmed = await bot.deliver(warm_job(job, coming.replace(second=0, microsecond=0)))
    assert isinstance(warmed, Done)
    assert warmed.cache == "MISS"
    assert workspace.posts == []
    bot.clock.ahead = timedelta(minutes=4)
    served = await bot.deliver(job)
    assert isinstance(served, Done)
    assert served.cache == "HIT"
    assert (len(workspace.posts), model.requests) == (1, 1)


async def test_a_warm_job_that_comes_too_late_costs_nothing(bot: Process, model: OpenAI) -> None:
    passed = bot.clock() - timedelta(minutes=1)
    job = replace(slot_job(f"{passed.minute} {passed.hour} * * *"), kind="warm")
    assert await bot.deliver(job) == Done(text="")
    assert model.requests == 0


# Refusals


async def test_a_model_that_refuses_gives_way_to_the_last_good_answer(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    model.otherwise = fails(401)
    assert await bot.deliver() == Done(text="")
    assert "doesn't accept my key" in workspace.whispers[0]
    question = bot.questions.of_job(JOB, slot=None)
    await keep(bot, question, made=question.made_after - timedelta(hours=2))
    verdict = await bot.deliver(replace(JOB, id="run-2"))
    assert isinstance(verdict, Done)
    assert verdict.cache == "STALE"


async def test_without_a_model_the_person_who_asked_is_sent_to_the_admin(
    redis: CountedRedis, redis_raw: RawRedis, workspace: Slack
) -> None:
    async with process(redis, slack_url=workspace.url, model=NoModelConfigured()) as bot:
        assert await bot.deliver() == Done(text="")
        assert isinstance(await bot.deliver(Job(query="Why?")), Drop)
    assert "no model is set up. Please tell your admin" in workspace.whispers[0]


async def test_a_model_that_may_not_be_asked_any_more_is_told_once_for_each_slot_and_written_down(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    job = replace(slot_job("0 9 * * *"), model="openai:gone")
    await record(bot, job, model="openai:gone")
    assert await bot.deliver(job) == Done(text="")
    assert await bot.deliver(job) == Done(text="nothing to do: posted"), "the watchdog may ask again"
    assert await bot.give_up(job) == Done(text="nothing to do: posted")
    (told,) = workspace.whispers
    assert "no longer available" in told
    (run,) = await ScheduleStore(redis=bot.redis).read_history("T1", "kolu-tane")
    assert (run.outcome, run.detail) == ("failed", "model_gone")
    assert model.requests == 0
    assert await bot.deliver(warm_job(job, bot.clock() + timedelta(minutes=2))) == Drop(reason="model")


async def test_a_channel_that_is_closed_is_told_and_not_tried_again(bot: Process, workspace: Slack) -> None:
    workspace.next["chat.postMessage"].append(refuses("is_archived"))
    assert await bot.deliver() == Drop(reason="Slack answered is_archived")
    assert "that channel is archived" in workspace.whispers[0]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("msg_too_long", "too long for Slack"),
        ("token_expired", "access to Slack has expired"),
        ("missing_scope", "I don't have a permission"),
        ("account_inactive", "I'm deactivated in this workspace"),
        ("thread_not_found", "thread that it belongs to is gone"),
        ("token_revoked", "access to Slack was revoked"),
        ("channel_not_found", "I'm not in that channel"),
        ("restricted_action", "Slack doesn't let me post in that channel"),
        ("posting_to_general_channel_denied", "Slack doesn't let me post in that channel"),
    ],
)
async def test_a_refused_post_is_told_by_its_own_reason(
    bot: Process, workspace: Slack, code: str, words: str
) -> None:
    workspace.next["chat.postMessage"].append(refuses(code))
    assert await bot.deliver() == Drop(reason=f"Slack answered {code}")
    assert words in workspace.whispers[0]
    assert workspace.whispers[0].startswith("I couldn't post the answer to “")


async def test_an_answer_whose_blocks_slack_refuses_is_posted_as_text(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    model.otherwise = says("It is **blue**.")
    workspace.next["chat.postMessage"] += [refuses("invalid_blocks")] * 2  # of the thumbs, and of all others
    assert isinstance(await bot.deliver(), Done)
    (post,) = workspace.posts
    assert "It is blue." in post["text"]
    assert "blocks" not in post
    assert model.requests == 1


async def test_an_old_answer_whose_blocks_slack_refuses_is_called_old_in_its_text(
    bot: Process, workspace: Slack
) -> None:
    question = bot.questions.of_job(JOB, slot=None)
    await keep(bot, question, made=question.made_after - timedelta(hours=2))
    workspace.next["chat.postMessage"] += [refuses("invalid_blocks")] * 2  # of the thumbs, and of all others
    assert isinstance(await bot.give_up(), Done)
    (post,) = workspace.posts
    assert "blocks" not in post
    assert "last good answer. It is 3 hours old" in post["text"]


async def test_a_channel_that_is_closed_is_told_at_the_next_try_if_slack_has_no_time_now(
    bot: Process, workspace: Slack
) -> None:
    workspace.next["chat.postMessage"] += [refuses("is_archived")] * 2
    workspace.next["chat.postEphemeral"].append(limits(60))
    assert isinstance(await bot.deliver(), Retry)
    assert await bot.deliver() == Drop(reason="Slack answered is_archived")
    (told,) = workspace.whispers
    assert "that channel is archived" in told


async def test_nothing_that_people_or_models_wrote_is_logged(
    bot: Process, workspace: Slack, model: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    model.otherwise = says("A secret answer.")
    job = replace(JOB, query="A secret prompt?")
    workspace.next["chat.postMessage"].append(refuses("is_archived"))
    await bot.deliver(job)
    await bot.deliver(job)
    assert "announce.done" in caplog.text
    assert "secret" not in caplog.text
    assert base64.b64encode(job.encode()).decode() not in caplog.text
    assert json.dumps(job.query) not in caplog.text


async def test_a_run_tells_its_name_and_goes_into_history_and_into_what_the_team_has_used(
    bot: Process, workspace: Slack
) -> None:
    job = slot_job("0 9 * * *")
    await record(bot, job, name="Morning")
    await bot.deliver(job)
    (post,) = workspace.posts
    assert "Morning" in str(post["blocks"])
    (run,) = await ScheduleStore(redis=bot.redis).read_history("T1", "kolu-tane")
    assert (run.outcome, run.ts) == ("posted", post["ts"])
    (tally,) = await read_tallies(bot.redis, "T1", [bot.clock().date()])
    assert (tally["posted"], tally["MISS"]) == (1, 1)
    assert tally["tokens_in"] > 0


async def test_a_slot_between_its_weeks_costs_a_delivery_and_nothing_else(
    bot: Process, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    job = slot_job("0 9 * * 5")
    await record(bot, job, first_day=date(2026, 12, 4), step=2)
    bot.clock.ahead = datetime(2026, 12, 11, 9, 0, 1, tzinfo=UTC) - datetime.now(UTC)
    assert await bot.deliver(job) == Done(text="")
    assert (workspace.requests, model.requests, qstash.asked) == ({}, 0, [])
    assert await ScheduleStore(redis=bot.redis).read_history("T1", "kolu-tane") == []
    bot.clock.ahead = datetime(2026, 12, 18, 9, 0, 1, tzinfo=UTC) - datetime.now(UTC)
    await bot.deliver(job)
    assert (len(workspace.posts), model.requests) == (1, 1)


async def test_on_a_holiday_and_after_its_end_a_schedule_rests_and_its_history_says_so(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    job = slot_job("0 9 25 12 *")
    bot.clock.turn_to(datetime(2026, 12, 25, 9, 0, 1, tzinfo=UTC))
    await record(bot, job, holidays="DE")
    assert await bot.deliver(job) == Done(text="")
    ended = replace(slot_job("* * * * *"), schedule="bafo-riku")
    await record(bot, ended, until=bot.clock() - timedelta(hours=1))
    assert await bot.deliver(ended) == Done(text="")
    assert (workspace.posts, model.requests) == ([], 0)
    schedule_store = ScheduleStore(redis=bot.redis)
    assert [run.outcome for run in await schedule_store.read_history("T1", "kolu-tane")] == ["skipped"]
    (rest,) = await schedule_store.read_history("T1", "bafo-riku")
    assert rest.detail == "ended"
    assert run_words(rest, "UTC", now=bot.clock()).endswith("skipped: the schedule had ended")
