"""Previews: an answer for one person's eyes, and what they can make of it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from bot.sandbox.block_kit import blocks as slack_blocks
from bot.slack.caller import Caller
from bot.storage.keys import schedule_key
from bot.ui.composer.form import Form
from bot.ui.composer.preview_screen import preview_foot
from scheduler import Closures
from tests.bot.composing import Desk
from tests.bot.ui.composer.test_modal import FORMS
from tests.examples import examples
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


async def test_where_the_bot_is_not_a_preview_comes_as_a_direct_message(bot: Desk) -> None:
    await bot.do("send", user=ADA, channel=RANDOM, text=f"/precache preview {QUERY}")
    await bot.told("Rayleigh", channel="D0ADA000001")


async def test_a_preview_becomes_a_schedule_whose_first_run_has_its_answer(
    bot: Desk, redis_raw: RawRedis
) -> None:
    await bot.do("send", user=ADA, channel=GENERAL, text=f"/precache preview {QUERY}")
    await bot.press(await bot.told("Only you can see this preview"), "compose_again")
    again = await bot.view(title="New schedule")
    assert list((await bot.submit(again))["errors"]) == ["when"], "or it would be posted again at once"
    assert await bot.submit(again, when="every minute") == {"ok": True}
    await bot.told("will be the answer you just saw")
    (schedule,) = await bot.all()
    keep = await redis_raw.hget(schedule_key(TEAM, schedule.id), "keep")
    assert keep is not None


async def preview_in_form(bot: Desk, **values: str) -> dict[str, Any]:
    """Press Preview in the composer; the modal with the answer in it."""
    typed = {"prompt": {"input": QUERY}, **{name: {"compose_when": text} for name, text in values.items()}}
    view = await bot.open()
    await bot.act(view, "buttons", "compose_preview", values=typed)
    return await bot.view(has="Rayleigh")


async def test_a_preview_is_shown_in_its_form_can_be_made_again_and_is_posted_first(
    bot: Desk, model: OpenAI
) -> None:
    view = await preview_in_form(bot, when="every minute")
    assert "*Preview* – only you can see it." in str(view["blocks"])
    assert view["initial"]["when"]["compose_when"] == "every minute"
    await bot.act(view, "buttons", "compose_fold", values={})
    folded = await bot.view(has="Until")
    assert "Rayleigh" in str(folded["blocks"]), "it stays when the form changes"
    model.otherwise = says("Because of the air.")
    await bot.act(folded, "buttons", "compose_preview", values={})
    again = await bot.view(has="Because of the air.")
    assert "Until" in str(again["blocks"]), "as the form looks by now"
    assert model.requests == 2
    assert await bot.submit(again, prompt=f" {QUERY} ") == {"ok": True}
    await bot.told("will be the answer you just saw")
    seen = (await bot.state())["messages"][GENERAL]
    assert "Only you can see this preview" not in str(seen), "nothing comes beside the form"


async def test_a_preview_that_is_too_old_for_the_first_run_says_so_and_is_not_kept(
    bot: Desk, redis_raw: RawRedis
) -> None:
    view = await preview_in_form(bot)
    assert await bot.submit(view, when="in 20 minutes") == {"ok": True}
    told = (await bot.told("Saved "))["text"]
    assert "so the first post will be a fresh one" in told
    (schedule,) = await bot.all()
    assert await redis_raw.hget(schedule_key(TEAM, schedule.id), "keep") is None


async def test_a_preview_whose_form_is_closed_comes_as_a_message(bot: Desk, model: OpenAI) -> None:
    view = await bot.open()
    released = asyncio.Event()

    async def answer_later(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        await released.wait()
        response = says("Rayleigh scattering.")(stand_in, body)
        assert isinstance(response, Response)
        return response

    model.otherwise = answer_later
    await bot.act(view, "buttons", "compose_preview", values={"prompt": {"input": QUERY}})
    await bot.view(has="Working on your preview. It will show here.")
    await bot.do("close", user=ADA, view_id=view["id"])
    released.set()
    await bot.told("Only you can see this preview")


async def test_another_prompt_than_the_previewed_one_is_asked_again(bot: Desk) -> None:
    view = await preview_in_form(bot)
    assert await bot.submit(view, prompt="Something else?", when="every minute") == {"ok": True}
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
    await bot.view(has="Rayleigh")
    assert (model.requests, len(await bot.showing())) == (1, 1)


async def test_a_model_that_refuses_is_said_to_the_reader(bot: Desk, model: OpenAI) -> None:
    model.otherwise = fails(401)
    await bot.composer.preview_prompt(CALLER, QUERY)
    told = await bot.told("couldn't answer")
    assert told["ephemeral"]
    view = await bot.open()
    await bot.act(view, "buttons", "compose_preview", values={"prompt": {"input": QUERY}})
    await bot.view(has=":warning: I couldn't answer")


async def test_a_long_preview_is_whole(bot: Desk, model: OpenAI) -> None:
    words = [f"word{number}" for number in range(1_500)]
    model.otherwise = says(" ".join(words))
    await bot.composer.preview_prompt(CALLER, QUERY)
    await bot.told("Only you can see this preview")
    seen = str([m["text"] for m in (await bot.state())["messages"][GENERAL] if m["ephemeral"]])
    assert all(word in seen for word in words)


@settings(max_examples=examples(40), deadline=None)
@given(FORMS)
def test_slack_takes_what_stands_under_a_preview(form: Form) -> None:
    part = preview_foot(form, name="0123456789abcdef", now=NOW, closures=Closures())
    assert slack_blocks.block_problems(list(part.blocks)) == []
    assert "<!" not in part.text


async def test_a_preview_shows_variables_filled_and_names_those_that_are_none(
    bot: Desk, model: OpenAI
) -> None:
    view = await bot.open()
    asked = {"prompt": {"input": "Due on {date} or {tomorrow}?"}, "when": {"compose_when": "every day at 9"}}
    await bot.act(view, "buttons", "compose_preview", values=asked)
    shown = str((await bot.view(has="Asked with today"))["blocks"])
    assert re.search(r"Due on \d{1,2} [A-Z][a-z]+ \d{4} or {tomorrow}\?", shown)
    assert "I left {tomorrow} as it is." in shown
    assert "{date}" not in model.bodies[-1]["messages"][-1]["content"]
