"""Post only if: typed, tried, composed and told, in a workspace with the whole app behind it."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from scheduler import Job, make_plan
from tests.running import GENERAL, GRACE, NEWS, TEAM, Precache
from tests.stand_ins.openai import OpenAI, says

DOWN = "something is down"


class Voice:
    """A model that answers, and judges that a condition is met where the answer says that Redis is down."""

    def __init__(self) -> None:
        self.answer = "All is well."
        self.judged: list[str] = []

    def __call__(self, stand_in: OpenAI, body: dict[str, Any]) -> Response | Awaitable[Response]:
        asked = str(body["messages"][-1]["content"])
        if "The condition:" not in asked:
            return says(self.answer)(stand_in, body)
        self.judged.append(asked)
        met = "Redis is down" in asked
        told = {"reason": "Redis is down." if met else "Nothing is down.", "met": "yes" if met else "no"}
        return says(json.dumps(told))(stand_in, body)


@pytest.fixture
def voice(model: OpenAI) -> Voice:
    model.otherwise = spoken = Voice()
    return spoken


async def stored(redis: CountedRedis) -> Schedule:
    (schedule,) = await ScheduleStore(redis=redis).list_records(TEAM)
    return schedule


def slot_job(schedule: Schedule) -> Job:
    """What QStash delivers for the slot that has just been."""
    job = make_plan(schedule.job, schedule.when, now=datetime.now(UTC)).job
    assert job.post_if == schedule.post_if
    return job


async def test_only_if_something_has_changed_is_typed_as_it_is_chosen_in_the_form(
    bot: Precache, redis: CountedRedis
) -> None:
    await bot.type("/precache every minute: What is new? only if something has changed")
    assert "Posts only if something has changed" in await bot.told("Scheduled")
    schedule = await stored(redis)
    assert (schedule.query, schedule.changes, schedule.post_if) == ("What is new?", "only", None)


async def test_a_time_may_stand_between_a_prompt_and_its_condition(
    bot: Precache, redis: CountedRedis
) -> None:
    await bot.type("/precache summarise the news every minute, only if something is down")
    assert f"Posts only if: “{DOWN}”" in await bot.told("Scheduled")
    schedule = await stored(redis)
    assert (schedule.query, schedule.post_if, schedule.typed) == ("summarise the news", DOWN, "every minute")


async def test_what_was_understood_is_confirmed_shown_and_told_in_the_history(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    await bot.type("/precache every minute: What is new? only if something is down")
    told = await bot.told("Scheduled")
    assert f"Posts only if: “{DOWN}”" in told
    schedule = await stored(redis)
    assert (schedule.query, schedule.post_if, schedule.typed) == ("What is new?", DOWN, "every minute")
    assert (await bot.deliver(slot_job(schedule))).status == 200
    assert await bot.posts() == []
    await bot.type(f"/precache history {schedule.id}")
    assert "its condition wasn't met: Nothing is down." in await bot.told("Last runs")
    await bot.type(f"/precache show {schedule.id}")
    assert f"Posts only if: “{DOWN}”" in await bot.told("Last run:")
    await bot.type("/precache stats")
    assert "posted nothing, as its condition wasn't met" in await bot.told("This workspace in")


async def test_a_condition_that_may_have_been_meant_is_asked_about(bot: Precache) -> None:
    await bot.type("/precache every day at 9: list the PRs, and mention drafts only if they are old")
    assert "I read “only if” as a part of the prompt" in await bot.told("Scheduled")
    await bot.type("/precache every day at 9 only if something is down")
    assert "but what should I ask?" in await bot.told("I'd post only if")
    await bot.type("/precache every day at 9: list the PRs only if it is monday")
    await bot.told("Please put the days in the time instead")


async def test_a_new_condition_is_tried_on_an_answer_of_now(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    await bot.type("/precache every day at 9: What is new? only if something is down")
    made = await bot.seen("Scheduled")
    await bot.press(made, "post_try")
    await bot.told("Trying the condition")
    tried = await bot.told("This answer wouldn't be posted: Nothing is down.")
    assert "no earlier posts to try it on" in tried
    assert await bot.posts() == []
    assert len(voice.judged) == 1


async def test_a_condition_is_tried_on_the_last_five_posts_and_judged_once_for_each(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    await bot.type("/precache every minute: What is new?")
    await bot.told("Scheduled")
    schedule = await stored(redis)
    for number in range(6):
        voice.answer = "Redis is down." if number % 2 else f"All is well, {number}."
        by_hand = replace(schedule.job_by_hand, id=f"{schedule.id}-{number}", max_age=timedelta(0))
        assert (await bot.deliver(by_hand)).status == 200
    store = ScheduleStore(redis=redis)
    changed = await store.change_record(await stored(redis), replace(await stored(redis), post_if=DOWN))
    assert isinstance(changed, Schedule)
    await bot.type(f"/precache show {schedule.id}")
    card = await bot.seen("Posts only if")
    await bot.press(card, "card_menu", option="Try the condition")
    tried = await bot.told("The post from")
    assert tried.count("The post from") == 5
    assert tried.count("would have been posted: Redis is down.") == 3
    assert tried.count("would not have been posted: Nothing is down.") == 2
    assert len(voice.judged) == 3, "what reads the same is judged once"


async def test_the_form_has_the_condition_tries_it_and_saves_it(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    await bot.type("/precache")
    view = await bot.window("When")
    assert "Post only if" not in str(view["blocks"])
    await bot.press(view, "compose_fold")
    view = await bot.window("Post only if …")
    wrong = await bot.submit(view, prompt="What is new?", when="every day at 9", post_if="if it is Monday")
    assert "Please put the days in the time instead" in wrong["errors"]["post_if"]
    typed = {"prompt": {"input": "What is new?"}, "post_if": {"input": "Only if something is down."}}
    await bot.do("act", user="U0ADA000001", view_id=view["id"], block_id="buttons",
                 action_id="compose_preview", values=typed)  # fmt: skip
    view = await bot.window("wouldn't be posted: Nothing is down.")
    assert await bot.submit(view, prompt="What is new?", when="every day at 9", post_if=f"if {DOWN}") == {
        "ok": True
    }
    assert f"Posts only if: “{DOWN}”" in await bot.told("Saved")
    schedule = await stored(redis)
    assert schedule.post_if == DOWN
    await bot.type(f"/precache edit {schedule.id}")
    view = await bot.window("Edit schedule")
    assert "Post only if …" in str(view["blocks"]), "where there is a condition, it is seen"
    assert await bot.submit(view, prompt="What is new?", when="every day at 9", post_if="") == {"ok": True}
    await bot.told("Saved", channel=GENERAL)
    assert (await stored(redis)).post_if is None


async def test_who_may_not_change_it_may_not_try_it(bot: Precache, voice: Voice, redis: CountedRedis) -> None:
    await bot.type("/precache every day at 9: What is new? only if something is down")
    await bot.told("Scheduled")
    await bot.type(f"/precache show {(await stored(redis)).id}", user=GRACE)
    assert "Try the condition" not in str(await bot.seen("Posts only if", user=GRACE))


async def test_refresh_of_a_post_shows_its_answer_whatever_that_says(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    voice.answer = "Redis is down."
    await bot.type("/precache every minute: What is new? only if something is down")
    await bot.told("Scheduled")
    await bot.deliver(slot_job(await stored(redis)))
    (post,) = await bot.posted()
    judged = len(voice.judged)
    voice.answer = "All is well."
    await bot.press(post, "post_refresh")
    await bot.seen("All is well.")
    assert len(voice.judged) == judged


async def test_the_posts_of_a_channel_are_judged_for_nobody_outside_it(
    bot: Precache, voice: Voice, redis: CountedRedis
) -> None:
    await bot.type("/precache every minute: What is new? only if something is down", channel=NEWS)
    await bot.told("Scheduled", channel=NEWS)
    schedule = await stored(redis)
    await bot.deliver(replace(schedule.job_by_hand, id=f"{schedule.id}-1"))
    await bot.posted(channel=NEWS)
    by_grace = Job(
        id="trial-1",
        kind="preview",
        query="What is new?",
        post_if=DOWN,
        schedule=schedule.id,
        team=TEAM,
        channel=GENERAL,
        user=GRACE,
    )
    assert (await bot.deliver(by_grace)).status == 200
    await bot.told("This answer wouldn't be posted", user=GRACE)
    assert "The post from" not in str(await bot.messages(user=GRACE))
