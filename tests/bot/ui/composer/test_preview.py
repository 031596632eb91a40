"""Previews: an answer for one person's eyes, and what they can make of it."""

from __future__ import annotations

import functools
from datetime import UTC, datetime

from hypothesis import given, settings
from redis.asyncio import Redis as RawRedis

from bot.sandbox.block_kit import blocks as slack_blocks
from bot.slack.caller import Caller
from bot.storage.keys import schedule_key
from bot.ui.composer.form import Form
from bot.ui.composer.previews import preview_foot
from scheduler import Closures
from tests.bot.composing import Desk
from tests.bot.ui.composer.test_modal import FORMS
from tests.running import ADA, GENERAL, GRACE, RANDOM, TEAM
from tests.stand_ins.openai import OpenAI, fails, says
from tests.waiting import wait_until

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUERY = "Why is the sky blue?"
CALLER = Caller(team=TEAM, user=ADA, channel=GENERAL)


async def test_a_preview_is_seen_by_its_reader_alone_as_it_would_be_posted(bot: Desk, model: OpenAI) -> None:
    await bot.do("send", user=ADA, channel=GENERAL, text=f"/precache preview {QUERY}")
    answer = await bot.told("Rayleigh")
    foot = await bot.told("Only you can see this preview")
    assert answer["ephemeral"]
    assert answer["blocks"][1]["type"] != "section" or "**" not in str(answer["blocks"])
    assert "Made <!date^" in str(answer["blocks"])
    assert "Made <!date^" not in str(foot)
    grace = (await bot.state(GRACE))["messages"].get(GENERAL, [])
    assert "Rayleigh" not in str(grace)
    assert model.requests == 1


async def feet(bot: Desk, number: int) -> list[str] | None:
    """The words under each preview, if there are so many."""
    messages = (await bot.state())["messages"][GENERAL]
    found = [message["text"] for message in messages if "Only you can see this preview" in message["text"]]
    return found if len(found) >= number else None


async def test_where_the_bot_is_not_a_preview_comes_as_a_direct_message(bot: Desk) -> None:
    await bot.do("send", user=ADA, channel=RANDOM, text=f"/precache preview {QUERY}")
    await bot.told("Rayleigh", channel="D0ADA000001")


async def test_a_preview_becomes_a_schedule_whose_first_run_has_its_answer(
    bot: Desk, redis_raw: RawRedis
) -> None:
    view = await bot.open()
    values = {"prompt": {"input": QUERY}, "when": {"compose_when": "every weekday at 9am"}}
    await bot.act(view, "buttons", "compose_preview", values=values)
    await bot.view(has="Working on your preview. Only you will see it.")
    foot = await bot.told("Only you can see this preview")
    assert "every weekday at 09:00" in foot["text"]
    assert "Next: " in foot["text"]
    await bot.press(foot, "compose_again")
    again = await bot.view()
    assert again["initial"]["when"]["compose_when"] == "every weekday at 9am"
    assert await bot.submit(again) == {"ok": True}
    await bot.told("will be the answer you just saw")
    (schedule,) = await bot.all()
    keep = await redis_raw.hget(schedule_key(TEAM, schedule.id), "keep")
    assert keep is not None


async def test_saving_from_the_open_composer_keeps_the_previewed_answer_too(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_preview", values={"prompt": {"input": QUERY}})
    await bot.told("Only you can see this preview")
    view = await bot.view(has="Working on your preview")
    assert await bot.submit(view, prompt=f" {QUERY} ", when="every day at 9") == {"ok": True}
    await bot.told("will be the answer you just saw")


async def test_another_prompt_than_the_previewed_one_is_asked_again(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_preview", values={"prompt": {"input": QUERY}})
    await bot.told("Only you can see this preview")
    view = await bot.view(has="Working on your preview")
    assert await bot.submit(view, prompt="Something else?", when="every day at 9") == {"ok": True}
    assert "you just saw" not in (await bot.told("Saved "))["text"]


async def test_a_preview_is_posted_once_however_often_it_is_clicked(bot: Desk) -> None:
    await bot.do("send", user=ADA, channel=GENERAL, text=f"/precache preview {QUERY}")
    foot = await bot.told("Only you can see this preview")
    for _ in range(3):
        await bot.press(foot, "preview_post")
    await bot.told("Working on it")
    (job,) = await wait_until(bot.posting, "a job to post")
    assert (job.query, job.channel) == (QUERY, GENERAL)
    assert len(await bot.all()) == 1


async def test_a_preview_without_a_prompt_is_refused_in_the_composer(bot: Desk, model: OpenAI) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_preview", values={"when": {"compose_when": "every day at 9"}})
    await bot.view(has="Please type a prompt.")
    assert model.requests == 0


async def test_a_preview_that_is_too_old_says_so(bot: Desk, redis_raw: RawRedis) -> None:
    await bot.do("send", user=ADA, channel=GENERAL, text=f"/precache preview {QUERY}")
    foot = await bot.told("Only you can see this preview")
    await redis_raw.delete(*[key async for key in redis_raw.scan_iter("precache:form:*")])
    await bot.press(foot, "preview_post")
    await bot.told("more than a day old")
    assert await bot.all() == []


async def test_a_double_click_is_one_preview(bot: Desk, model: OpenAI) -> None:
    view = await bot.open()
    for _ in range(2):
        await bot.act(view, "buttons", "compose_preview", values={"prompt": {"input": QUERY}})
    await bot.told("Only you can see this preview")
    await bot.composer.preview_prompt(CALLER, "Something else?")
    await wait_until(functools.partial(feet, bot, 2), "the other preview")
    assert len(await feet(bot, 0) or ()) == 2


async def test_a_model_that_refuses_is_said_to_the_reader(bot: Desk, model: OpenAI) -> None:
    model.otherwise = fails(401)
    await bot.composer.preview_prompt(CALLER, QUERY)
    told = await bot.told("couldn't answer")
    assert told["ephemeral"]


async def test_a_long_preview_is_whole(bot: Desk, model: OpenAI) -> None:
    words = [f"word{number}" for number in range(1_500)]
    model.otherwise = says(" ".join(words))
    await bot.composer.preview_prompt(CALLER, QUERY)
    await bot.told("Only you can see this preview")
    seen = str([m["text"] for m in (await bot.state())["messages"][GENERAL] if m["ephemeral"]])
    assert all(word in seen for word in words)


@settings(max_examples=100, deadline=None)
@given(FORMS)
def test_slack_takes_what_stands_under_a_preview(form: Form) -> None:
    part = preview_foot(form, name="0123456789abcdef", now=NOW, closures=Closures())
    assert slack_blocks.block_problems(list(part.blocks)) == []
    assert "<!" not in part.text
