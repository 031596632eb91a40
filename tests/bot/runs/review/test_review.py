"""Looked at first: asked ahead, decided once, and posted at the slot as it was decided."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from redis.asyncio import Redis as RawRedis

from bot.replies.review import ReviewPress, read_review_press
from bot.schedules import NOBODY, Place, Review, Run, Schedule, ScheduleStore, ticket_of
from bot.slack import Caller
from bot.sources import Channel
from bot.subscriptions import Subscription, SubscriptionStore
from bot.ui import Deciding
from bot.ui.review.deciding import Decidable
from scheduler import Done, Job, Retry
from tests.bot.announcing import Process
from tests.bot.scheduled import DAILY, job_of, store_daily
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Behaviour, Slack, fails, loses, refuses

SLOT = datetime(2027, 1, 13, 9, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
SECRETS = "C0SECRETS01"
BY_TWO = Review(by=("U7", "U8"))
POST_ANYWAY = replace(BY_TWO, undecided="post")


def caller(user: str) -> Caller:
    return Caller(team="T1", user=user, channel=f"D{user}")


def deciding(bot: Process) -> Deciding:
    return Deciding(desk=bot.ground.review_desk, schedule_store=bot.schedule_store, now=bot.clock)


def cards(workspace: Slack, user: str = "U7") -> list[dict[str, Any]]:
    """The messages with buttons that a person was sent, newest last."""
    return [post for post in workspace.posts if post["channel"] == user and "actions" in str(post["blocks"])]


def messages(workspace: Slack, channel: str = "C1") -> list[dict[str, Any]]:
    return [post for post in workspace.posts if post["channel"] == channel]


async def press(
    bot: Process, card: dict[str, Any], verb: str, *, user: str, text: str | None = None
) -> str | None:
    """Press a button of a card, or submit its window with other words."""
    (buttons,) = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    (button,) = [element for element in buttons if element["action_id"] == f"review_{verb}"]
    found_press = read_review_press(button)
    assert found_press is not None
    found = await deciding(bot).find_review(caller(user), found_press)
    if isinstance(found, str):
        return found
    return await deciding(bot).decide(caller(user), found, "skip" if verb == "skip" else "post", text=text)


def published(qstash: QStash, kind: str) -> list[Job]:
    found = [Job.decode(request.body) for request in qstash.asked if "/publish/" in request.path]
    return [job for job in found if job.kind == kind]


async def store(bot: Process, **fields: Any) -> tuple[Schedule, Job]:
    """A schedule at nine that two people look at first, and the job of its slots."""
    schedule = replace(DAILY, review=BY_TWO, **fields)
    found = await ScheduleStore(redis=bot.redis).add_record(schedule, now=bot.clock())
    assert isinstance(found, Schedule)
    return found, job_of(found)


async def ask_ahead(bot: Process, qstash: QStash, schedule: Schedule) -> Job:
    """Ask for the slot an hour before it; the job that did."""
    bot.clock.turn_to(SLOT - HOUR - timedelta(minutes=5))
    await bot.warming.publish_warm_job(schedule)
    job = published(qstash, "review")[-1]
    bot.clock.turn_to(SLOT - HOUR)
    assert isinstance(await bot.deliver(job), Done)
    return job


async def history(bot: Process) -> list[Run]:
    return await bot.schedule_store.read_history("T1", "kolu-tane")


@pytest.fixture
def model(model: OpenAI) -> OpenAI:
    model.otherwise = says("All is **well**.")
    return model


async def test_what_is_decided_ahead_is_posted_on_the_dot_with_the_name_and_costs_no_more(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    for user in ("U7", "U8"):
        (card,) = cards(workspace, user)
        assert "Please look at this first" in card["text"]
        assert "it isn't posted, and I tell <@U1>." in str(card["blocks"])
    assert await press(bot, cards(workspace)[0], "post", user="U7") is None
    for user in ("U7", "U8"):
        told = messages(workspace, user)[-1]
        assert "<@U7> decided to post this" in str(told["blocks"])
        assert "review_post" not in str(told["blocks"])
    bot.clock.turn_to(SLOT)
    before = bot.redis.requests
    served = await bot.deliver(job)
    assert isinstance(served, Done)
    assert bot.redis.requests - before == 2, "as for any answer that was made ahead"
    (post,) = messages(workspace)
    assert "reviewed by Name of U7" in str(post["blocks"])
    assert "<@U7>" not in str(post["blocks"]), "nobody is notified"
    (line,) = await history(bot)
    assert (line.outcome, line.by, line.edited) == ("posted", "Name of U7", False)
    assert model.requests == 1


async def test_an_edited_text_is_that_posts_alone(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    edit = "All is _bad_. <!channel> <@U3>"
    assert await press(bot, cards(workspace)[0], "edit", user="U8", text=edit) is None
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    (post,) = messages(workspace)
    assert "reviewed by Name of U8, who edited it" in str(post["blocks"])
    assert "All is " in str(post["blocks"])
    assert "<!channel>" not in post["text"]
    assert "broadcast" not in str(post["blocks"])
    kept = await bot.answer_cache.find_answer(
        bot.questions.of_job(job, slot=SLOT).key, made_after=SLOT - 2 * HOUR
    )
    assert kept is not None
    assert kept.text == "All is **well**."
    held = bot.answers.held_answer(replace(bot.questions.of_job(job, slot=SLOT), made_after=SLOT - 2 * HOUR))
    assert held is None or held.text == "All is **well**."


async def test_what_is_skipped_posts_nothing_and_says_by_whom(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    assert await press(bot, cards(workspace)[0], "skip", user="U7") is None
    bot.clock.turn_to(SLOT)
    assert isinstance(await bot.deliver(job), Done)
    assert messages(workspace) == []
    (line,) = await history(bot)
    assert (line.outcome, line.detail, line.by) == ("skipped", "review_skip", "Name of U7")
    assert messages(workspace, "U1") == [], "its owner need not hear of it"


async def test_the_first_decision_counts_and_the_second_is_told_of_it(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    old = [dict(cards(workspace, user)[0]) for user in ("U7", "U8")]
    assert await press(bot, old[0], "skip", user="U7") is None
    told = await press(bot, old[1], "edit", user="U8", text="Mine.")
    assert told is not None
    assert "<@U7> skipped this" in told
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    assert messages(workspace) == []


async def test_without_a_decision_nothing_is_posted_and_its_owner_hears_of_it_once(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    bot.clock.turn_to(SLOT)
    for _ in range(2):
        assert isinstance(await bot.deliver(job), Done)
    assert messages(workspace) == []
    assert len([told for told in workspace.whispers if "Nobody reviewed" in told]) == 1
    (line,) = await history(bot)
    assert (line.outcome, line.detail) == ("skipped", "undecided")


async def test_a_decision_after_the_slot_posts_it_late_and_once(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    late = [dict(cards(workspace, user)[-1]) for user in ("U7", "U8")]
    assert "Post it now" in str(late[0]["blocks"])
    bot.clock.turn_to(SLOT + HOUR)
    assert await press(bot, late[0], "post", user="U7") is None
    assert await press(bot, late[1], "post", user="U8") is not None
    posted, *others = [found for found in published(qstash, "post") if found.review]
    assert others in ([], [posted]), "under one name"
    for again in (posted, posted, replace(job, at=SLOT)):
        assert isinstance(await bot.deliver(again), Done)
    (post,) = messages(workspace)
    assert f"for <!date^{int(SLOT.timestamp())}" in str(post["blocks"])
    assert "reviewed by Name of U7" in str(post["blocks"])


async def test_if_the_schedule_says_so_it_is_posted_without_a_decision_and_says_that(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    schedule = replace(schedule, review=POST_ANYWAY)
    stored = await bot.schedule_store.change_record(replace(schedule, review=BY_TWO), schedule)
    assert isinstance(stored, Schedule)
    await ask_ahead(bot, qstash, stored)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    (post,) = messages(workspace)
    assert "not reviewed, because nobody decided in time" in str(post["blocks"])
    (line,) = await history(bot)
    assert (line.outcome, line.by) == ("posted", NOBODY)
    late = await press(bot, {**cards_before(workspace)}, "post", user="U7")
    assert late is not None
    assert "it was posted as it is" in late


def cards_before(workspace: Slack) -> dict[str, Any]:
    """A card as it was before it was decided about, as a window that nobody has looked at since shows it."""
    press_value = f"kolu-tane/{int(SLOT.timestamp())}/1"
    return {"blocks": [{"type": "actions", "elements": [{"action_id": "review_post", "value": press_value}]}]}


async def test_where_nobody_was_asked_ahead_the_run_waits_and_goes_out_as_soon_as_somebody_decides(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    _, job = await store(bot)
    bot.clock.turn_to(SLOT)
    for _ in range(2):
        assert isinstance(await bot.deliver(job), Done)
    assert messages(workspace) == []
    (card,) = cards(workspace)
    assert "Post now" in str(card["blocks"])
    assert await press(bot, card, "post", user="U7") is None
    again = published(qstash, "post")[-1]
    for _ in range(2):
        assert isinstance(await bot.deliver(again), Done)
    (post,) = messages(workspace)
    assert "reviewed by Name of U7" in str(post["blocks"])
    assert model.requests == 1


async def test_a_run_by_hand_is_looked_at_too_and_ends_without_a_decision(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, _ = await store(bot)
    bot.clock.turn_to(SLOT + HOUR)
    by_hand = replace(schedule.job, id="kolu-tane-77", schedule=schedule.id, user="U5")
    await bot.deliver(by_hand)
    assert messages(workspace) == []
    assert len(cards(workspace)) == 1
    bot.clock.turn_to(SLOT + 3 * HOUR)
    await bot.deliver(by_hand)
    assert messages(workspace) == []
    assert [line.detail for line in await history(bot)] == ["undecided"]


async def test_who_may_not_decide_is_refused_whatever_comes_back(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    workspace.groups = {"S1": ["U7", "U9"]}
    schedule = await change(bot, schedule, review=Review(by=("S1",)))
    await ask_ahead(bot, qstash, schedule)
    card = cards(workspace)[0]
    assert "Only the reviewers" in str(await press(bot, card, "post", user="U1")), "its owner is none"
    workspace.groups = {"S1": ["U9"]}
    assert "you aren't one of them now" in str(await press(bot, card, "post", user="U7"))
    workspace.groups = {"S1": ["U9", "U7"]}
    assert await press(bot, card, "post", user="U7") is None
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    assert len(messages(workspace)) == 1


async def change(bot: Process, before: Schedule, **fields: Any) -> Schedule:
    changed = await bot.schedule_store.change_record(before, replace(before, **fields))
    assert isinstance(changed, Schedule)
    return changed


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "paused"}, "is paused, so this post doesn't go out"),
        ({"query": "What else?"}, "has been changed or skipped since, so this post doesn't go out"),
        ({"cron": "0 10 * * *"}, "has been changed or skipped since, so this post doesn't go out"),
    ],
)
async def test_what_was_changed_between_making_and_slot_is_not_posted_unseen(
    bot: Process, qstash: QStash, workspace: Slack, fields: dict[str, Any], words: str
) -> None:
    schedule, _ = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    card = dict(cards(workspace)[0])
    changed = await change(bot, schedule, **fields)
    assert words in str(await press(bot, card, "post", user="U7"))
    bot.clock.turn_to(SLOT)
    await bot.deliver(job_of(changed))
    assert messages(workspace) == []


async def test_a_changed_prompt_is_looked_at_again_in_its_own_card(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    schedule, _ = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    changed = await change(bot, schedule, query="What else?")
    model.otherwise = says("Something else.")
    await bot.warming.publish_warm_job(changed)
    await bot.deliver(published(qstash, "review")[-1])
    first, second = messages(workspace, "U7")
    assert "out of date" in str(first["blocks"])
    assert await press(bot, second, "post", user="U7") is None
    bot.clock.turn_to(SLOT)
    await bot.deliver(job_of(changed))
    (post,) = messages(workspace)
    assert "Something else." in post["text"]


async def test_who_is_gone_or_cannot_be_told_is_left_out_and_the_owner_hears_of_it(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, _ = await store(bot)
    workspace.deactivated = ("U7",)
    workspace.next["chat.postMessage"].append(refuses("messages_tab_disabled"))
    await ask_ahead(bot, qstash, schedule)
    (told,) = messages(workspace, "U1")
    assert "<@U7> is no longer in this workspace" in told["text"]
    assert "<@U8> can't get messages from me" in told["text"]
    assert "Nobody is left to look at the next post, so it isn't posted" in told["text"]


async def test_who_may_not_read_the_sources_is_not_shown_what_was_made_of_them(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    workspace.members = ("U1", "U8")
    schedule, _ = await store_secrets(bot, workspace)
    await ask_ahead(bot, qstash, schedule)
    assert cards(workspace, "U7") == []
    assert len(cards(workspace, "U8")) == 1
    (told,) = messages(workspace, "U1")
    assert "<@U7> may not read what this schedule reads" in told["text"]


async def store_secrets(bot: Process, workspace: Slack) -> tuple[Schedule, Job]:
    """A schedule that reads a private channel, where something was said."""
    workspace.private = True
    workspace.posts.append(
        {
            "channel": SECRETS,
            "ts": f"{(SLOT - 2 * HOUR).timestamp():.6f}",
            "user": "U8",
            "text": "We ship.",
        }
    )
    return await store(bot, sources=(Channel(channel=SECRETS, hours=24),))


async def test_who_may_no_longer_read_the_sources_decides_nothing_and_is_shown_no_more(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    workspace.members = ("U1", "U7", "U8")
    schedule, job = await store_secrets(bot, workspace)
    await ask_ahead(bot, qstash, schedule)
    old = dict(cards(workspace, "U7")[0])
    workspace.members = ("U1", "U8")
    for verb in ("post", "edit", "skip", "anew"):
        told = await press(bot, {"blocks": [with_verb(old, verb)]}, verb, user="U7")
        assert told == "You can no longer read this post's sources, so you can't decide about it."
    assert await press(bot, cards(workspace, "U8")[0], "edit", user="U8", text="The board resigns.") is None
    assert "The board resigns." in str(messages(workspace, "U8"))
    assert "The board resigns." not in str(messages(workspace, "U7"))
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    assert len(messages(workspace)) == 1


def with_verb(card: dict[str, Any], verb: str) -> dict[str, Any]:
    """The buttons of a card, one of which has another verb, as a forged press has."""
    (buttons,) = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    return {"type": "actions", "elements": [{**buttons[0], "action_id": f"review_{verb}"}]}


@pytest.mark.parametrize(
    "value",
    ["", "x", "kolu-tane", "kolu-tane/1/x", "kolu-tane/1/1/1", "../1/1", "K/1/1", "a/" + "9" * 99 + "/1"],
)
def test_a_forged_value_means_nothing(value: str) -> None:
    assert read_review_press({"action_id": "review_post", "value": value}) is None
    assert read_review_press({"action_id": "review_delete", "value": "kolu-tane/1/1"}) is None
    assert read_review_press({"action_id": 7, "value": None}) is None


def requiring(bot: Process, channel: str, *reviewers: str) -> None:
    """Have the operator require these people in a channel."""
    cast("dict[str, tuple[str, ...]]", bot.ground.settings.policy.reviewers)[channel] = reviewers


async def test_the_operators_reviewers_alone_decide_in_their_channel(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    requiring(bot, "C1", "U9")
    schedule = await store_daily(bot.redis, bot.clock, review=replace(POST_ANYWAY, by=("U1",)))
    await ask_ahead(bot, qstash, schedule)
    assert cards(workspace, "U1") == []
    (card,) = cards(workspace, "U9")
    assert "Only the reviewers" in str(await press(bot, card, "post", user="U1"))
    bot.clock.turn_to(SLOT)
    await bot.deliver(job_of(schedule))
    assert messages(workspace) == [], "nothing that nobody has seen, whatever the schedule says"


async def test_where_the_operator_requires_it_a_schedule_without_reviewers_waits_for_theirs(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    requiring(bot, "C1", "U9")
    schedule = await store_daily(bot.redis, bot.clock)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job_of(schedule))
    assert messages(workspace) == []
    (card,) = cards(workspace, "U9")
    assert await press(bot, card, "post", user="U9") is None
    await bot.deliver(published(qstash, "post")[-1])
    assert len(messages(workspace)) == 1


async def test_a_post_of_a_schedule_that_has_moved_is_not_asked_again_where_nobody_would_look_at_it(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    requiring(bot, "C2", "U9")
    for number, review in enumerate((None, BY_TWO)):
        schedule = await store_daily(bot.redis, bot.clock, id=f"kolu-tan{number}", review=review)
        again = replace(schedule.job_by_hand, id=f"refresh-{number}", channel="C2", user="U5", lead=None)
        assert isinstance(await bot.deliver(again), Done)
    assert messages(workspace, "C2") == []
    assert ["reviewers look at posts in that channel" in told for told in workspace.whispers] == [True, True]
    assert model.requests == 0


async def test_an_answer_that_was_made_again_is_decided_about_again(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    card = dict(cards(workspace)[0])
    assert await press(bot, card, "post", user="U7") is None
    found = await deciding(bot).find_review(caller("U7"), press_of(card))
    assert isinstance(found, Decidable)
    model.otherwise = says("Better.")
    assert "A new message follows" in await deciding(bot).make_again(found)
    again = published(qstash, "review")[-1]
    for _ in range(2):
        assert isinstance(await bot.deliver(again), Done)
    assert "out of date" in str(messages(workspace, "U7")[0]["blocks"])
    assert "has been made again since" in str(await press(bot, card, "post", user="U7"))
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    assert messages(workspace) == [], "of the newer one nobody has decided"
    assert model.requests == 2


def press_of(card: dict[str, Any]) -> ReviewPress:
    (buttons,) = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    found = read_review_press(buttons[0])
    assert found is not None
    return found


async def test_reviewers_are_told_shortly_before_its_time_if_what_it_reads_has_changed(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    said = {"channel": SECRETS, "user": "U8", "text": "We ship."}
    workspace.members = ("U1", "U7", "U8")
    workspace.posts.append({**said, "ts": f"{(SLOT - 2 * HOUR).timestamp():.6f}"})
    schedule, _ = await store(bot, sources=(Channel(channel=SECRETS, hours=24),))
    await ask_ahead(bot, qstash, schedule)
    (check,) = [job for job in published(qstash, "review") if job.review == "check:1"]
    bot.clock.turn_to(SLOT - timedelta(minutes=10))
    before = len(messages(workspace, "U7"))
    await bot.deliver(check)
    assert len(messages(workspace, "U7")) == before, "all is as it was"
    workspace.posts.append({**said, "text": "We don't.", "ts": f"{(SLOT - HOUR / 2).timestamp():.6f}"})
    await bot.deliver(check)
    told = messages(workspace, "U7")[-1]
    assert "has changed since its answer" in told["text"]
    assert "review_anew" in str(told["blocks"])
    assert model.requests == 1


async def test_a_one_off_is_asked_about_ahead_and_posted_at_its_moment(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    bot.clock.turn_to(SLOT - 3 * HOUR)
    schedule = await store_daily(bot.redis, bot.clock, cron=None, at=SLOT, review=BY_TWO)
    await bot.warming.publish_warm_job(schedule)
    ahead = published(qstash, "review")[-1]
    bot.clock.turn_to(SLOT - HOUR)
    assert isinstance(await bot.deliver(ahead), Done)
    assert await press(bot, cards(workspace)[0], "post", user="U7") is None
    bot.clock.turn_to(SLOT)
    for _ in range(2):
        await bot.deliver(replace(schedule.job, at=SLOT))
    (post,) = messages(workspace)
    assert "reviewed by Name of U7" in str(post["blocks"])


async def test_all_places_get_what_was_decided_once(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    schedule, job = await store(bot, also=(Place(channel="C2"), Place(channel="C3")))
    job = replace(job, also=("C2", "C3"))
    await ask_ahead(bot, qstash, schedule)
    assert len(cards(workspace)) == 1
    assert await press(bot, cards(workspace)[0], "edit", user="U7", text="Edited.") is None
    bot.clock.turn_to(SLOT)
    for _ in range(2):
        await bot.deliver(job)
    for channel in ("C2", "C3"):
        further = job.for_place(channel, slot=SLOT, ticket=ticket_of(job))
        for _ in range(2):
            assert isinstance(await bot.deliver(further), Done)
    for channel in ("C1", "C2", "C3"):
        (post,) = messages(workspace, channel)
        assert "Edited." in post["text"]
    assert model.requests == 1


@pytest.mark.parametrize("method", ["chat.postMessage"])
@pytest.mark.parametrize("behaviour", [fails, loses])
async def test_a_lost_answer_while_asking_asks_again_and_decides_once(
    bot: Process, qstash: QStash, workspace: Slack, method: str, behaviour: Behaviour, model: OpenAI
) -> None:
    schedule, job = await store(bot)
    bot.clock.turn_to(SLOT - HOUR - timedelta(minutes=5))
    await bot.warming.publish_warm_job(schedule)
    ahead = published(qstash, "review")[-1]
    bot.clock.turn_to(SLOT - HOUR)
    workspace.next[method].append(behaviour)
    assert isinstance(await bot.deliver(ahead), Retry)
    assert isinstance(await bot.deliver(ahead), Done)
    for user in ("U7", "U8"):
        assert cards(workspace, user)
    assert await press(bot, cards(workspace)[-1], "post", user="U7") is None
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    assert len(messages(workspace)) == 1
    assert model.requests == 1


async def test_of_two_who_decide_at_once_one_counts(bot: Process, qstash: QStash, workspace: Slack) -> None:
    schedule, _ = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    old = [dict(cards(workspace, user)[0]) for user in ("U7", "U8")]
    told = await asyncio.gather(press(bot, old[0], "post", user="U7"), press(bot, old[1], "skip", user="U8"))
    assert sorted(word is None for word in told) == [False, True]


async def test_every_review_ends_by_itself(bot: Process, qstash: QStash, redis_raw: RawRedis) -> None:
    schedule, _ = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    (key,) = await redis_raw.keys("precache:review:*")
    assert 7 * 24 * 3600 < await redis_raw.ttl(key) <= 8 * 24 * 3600


async def test_while_reviewers_are_waited_for_the_watchdog_takes_the_run_to_be_in_hand(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await store(bot)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    run = f"T1:kolu-tane:{int(SLOT.timestamp())}"
    for after, standing in ((timedelta(0), "in_hand"), (HOUR / 2, "in_hand"), (2 * HOUR, "tried")):
        bot.clock.turn_to(SLOT + after)
        assert await bot.ledger.read_standings([run], now=bot.clock()) == [standing]


@pytest.mark.parametrize("review", [None, BY_TWO, Review(by=("S1",), lead=12 * HOUR, undecided="post")])
async def test_a_record_keeps_who_looks_at_its_posts_and_one_without_says_nothing(
    bot: Process, review: Review | None
) -> None:
    await store_daily(bot.redis, bot.clock, review=review)
    (found,) = await bot.schedule_store.read_records([("T1", "kolu-tane")])
    assert found is not None
    assert found.review == review
    doc = await bot.redis.hget("precache:schedule:T1:kolu-tane", "doc")
    assert ('"review"' in str(doc)) == (review is not None)


async def test_a_decision_of_others_counts_nowhere_where_the_operator_requires_somebody(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    requiring(bot, "C9", "U9")
    schedule, _ = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    assert await press(bot, cards(workspace)[0], "post", user="U7") is None
    moved = await change(bot, schedule, channel="C9")
    bot.clock.turn_to(SLOT)
    for _ in range(2):
        assert isinstance(await bot.deliver(job_of(moved)), Done)
    assert messages(workspace, "C9") == []
    (card,) = cards(workspace, "U9")
    assert "out of date" in str(messages(workspace, "U7")[0]["blocks"])
    assert await press(bot, card, "post", user="U9") is None
    await bot.deliver(published(qstash, "post")[-1])
    assert len(messages(workspace, "C9")) == 1


async def test_a_late_post_goes_where_its_schedule_posts_by_then_and_to_its_subscribers(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    subscription = Subscription(
        team="T1",
        schedule=schedule.id,
        user="U4",
        rhythm="at_once",
        channel="C2",
        direct="U4",
        title="",
        since=SLOT - 24 * HOUR,
    )
    await SubscriptionStore(redis=bot.redis).put_record(subscription, now=subscription.since)
    await ask_ahead(bot, qstash, schedule)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    await change(bot, schedule, channel="C2")
    assert await press(bot, cards(workspace)[0], "post", user="U7") is None
    (late,) = [found for found in published(qstash, "post") if found.review]
    for _ in range(2):
        assert isinstance(await bot.deliver(late), Done)
    assert messages(workspace) == []
    assert len(messages(workspace, "C2")) == 1
    copies = {copy.id: copy for copy in brought(qstash) if copy.kind == "copy"}
    assert [(copy.user, copy.at) for copy in copies.values()] == [("U4", SLOT)]


def brought(qstash: QStash) -> list[Job]:
    return [Job.decode(body) for body in qstash.waiting.values()]


async def test_a_slot_that_nobody_decides_about_is_told_of_although_the_next_one_came_before_its_end(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await store(bot)
    await ask_ahead(bot, qstash, schedule)
    bot.clock.turn_to(SLOT + 24 * HOUR)
    assert isinstance(await bot.deliver(job), Done)
    await press(bot, cards(workspace)[-1], "post", user="U7")
    assert isinstance(await bot.deliver(published(qstash, "post")[-1]), Done)
    assert isinstance(await bot.deliver(replace(job, at=SLOT)), Done)
    assert len(messages(workspace)) == 1
    assert [line.detail for line in await history(bot)] == ["undecided", ""]
