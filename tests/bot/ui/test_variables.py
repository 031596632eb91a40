"""Variables in prompts that are typed in Slack: filled in answers, previews and schedules."""

from __future__ import annotations

import re

from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from tests.running import NEWS, TEAM, Precache
from tests.stand_ins.openai import OpenAI

_A_DATE = re.compile(r"What is due on \d{1,2} [A-Z][a-z]+ \d{4} in #([a-z]+)\?")


def asked(model: OpenAI) -> str:
    return str(model.bodies[-1]["messages"][-1]["content"])


async def test_a_question_and_its_post_show_them_filled(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache What is due on {date} in {channel}?", channel=NEWS)
    (post,) = await bot.posted(channel=NEWS)
    found = _A_DATE.search(asked(model))
    assert found is not None
    assert found[1] == "news"
    assert _A_DATE.search(str(post["blocks"])), "the head of the post says what was asked"


async def test_a_preview_shows_them_filled(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache preview What is due on {date} in {channel}?")
    told = await bot.seen("What is due on")
    assert _A_DATE.search(str(told["blocks"]))


async def test_what_is_scheduled_from_now_on_is_filled_at_each_run(
    bot: Precache, model: OpenAI, redis: CountedRedis
) -> None:
    await bot.type("/precache every weekday at 9am What is due on {date} in {channel}?")
    name = await bot.made()
    stored = await ScheduleStore(redis=redis).find_record(TEAM, name)
    assert stored is not None
    assert stored.fills_variables
    await bot.type(f"/precache run {name}")
    await bot.posted()
    assert _A_DATE.search(asked(model))
