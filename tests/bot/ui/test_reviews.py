"""Looked at first, through the front door: typed, asked, decided with buttons and a window, and posted."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from redis.asyncio import Redis as RawRedis

from bot.replies.review import spread_text
from bot.storage import asked_key
from bot.ui.review.review_buttons import fault_in_edit, read_edit
from scheduler import Job
from tests.running import ADA, GENERAL, GRACE, TEAM, Precache
from tests.stand_ins.openai import OpenAI, says

TO_GRACE = "D0GRACE0001"
TYPED = f"/precache every day at 9 Good morning, reviewed by <@{GRACE}>"


@pytest.fixture
def model(model: OpenAI) -> OpenAI:
    model.otherwise = says("All is **well**.")
    return model


async def schedule(bot: Precache, typed: str = TYPED) -> str:
    await bot.type(typed)
    return await bot.made()


async def run_by_hand(bot: Precache, typed: str = TYPED) -> dict[str, Any]:
    """Schedule, and run it now; the card with which Grace is asked."""
    name = await schedule(bot, typed)
    await bot.type(f"/precache run {name}")
    return await bot.seen("Post now", channel=TO_GRACE, user=GRACE)


async def test_a_typed_reviewer_is_told_back_and_posts_with_one_press(bot: Precache) -> None:
    card = await run_by_hand(bot)
    told = await bot.told("Scheduled")
    assert f"Reviewed by <@{GRACE}>, 1 hour before; without a decision it isn't posted" in told
    assert "“Good morning”" in told
    assert await bot.posts() == []
    await bot.press(card, "review_post", user=GRACE)
    (post,) = await bot.posted()
    assert "reviewed by Grace Hopper" in str(post["blocks"])
    decided = await bot.seen("decided to post this", channel=TO_GRACE, user=GRACE)
    assert decided["ts"] == card["ts"]


async def test_an_edit_is_posted_as_inert_as_any_answer_and_refused_where_it_cannot_be(
    bot: Precache,
) -> None:
    card = await run_by_hand(bot)
    await bot.press(card, "review_edit", user=GRACE)
    window = await bot.window("Text, in Markdown", user=GRACE)
    wrong = await bot.submit(window, by=GRACE, text="\u200b")
    assert "A post needs some text" in str(wrong["errors"])
    assert (await bot.submit(window, by=GRACE, text=f"Hello <!channel> <@{ADA}>"))["ok"]
    (post,) = await bot.posted()
    assert "reviewed by Grace Hopper, who edited it" in str(post["blocks"])
    assert "'type': 'user'" not in str(post["blocks"])
    assert "'type': 'broadcast'" not in str(post["blocks"])


async def test_a_window_that_comes_after_another_decision_says_so_and_gives_back_what_was_typed(
    bot: Precache,
) -> None:
    card = await run_by_hand(bot, f"{TYPED} and <@{ADA}>")
    await bot.press(card, "review_edit", user=GRACE)
    window = await bot.window("Text, in Markdown", user=GRACE)
    mine = await bot.seen("Post now", channel="D0ADA000001")
    await bot.press(mine, "review_skip")
    await bot.seen("skipped this", channel=TO_GRACE, user=GRACE)
    await bot.submit(window, by=GRACE, text="All my work")
    told = await bot.window("All my work", user=GRACE)
    assert f"<@{ADA}> skipped this" in str(told)
    assert await bot.posts() == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (f"/precache every 5 minutes Hi, reviewed by <@{GRACE}>", "need at least 15 minutes between them"),
        ("/precache every day at 9 Hi, reviewed by @nobody", "nobody"),
    ],
)
async def test_a_review_that_cannot_be_is_refused_and_nothing_is_scheduled(
    bot: Precache, typed: str, words: str
) -> None:
    await bot.type(typed)
    assert words in await bot.told(words)
    await bot.type("/precache list")
    assert await bot.told("Nothing is scheduled here yet")


async def test_a_prompt_for_now_that_speaks_of_a_review_is_asked_as_it_stands(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type(f"/precache List the papers reviewed by <@{GRACE}>")
    (post,) = await bot.posted()
    assert "reviewed by @Grace Hopper" in str(post["blocks"])


async def test_where_posts_are_looked_at_what_is_asked_at_once_comes_to_the_asker_alone(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache Why is the sky blue?")
    (old,) = await bot.posted()
    cast("dict[str, tuple[str, ...]]", bot.settings.policy.reviewers)[GENERAL] = (GRACE,)
    await bot.press(old, "post_refresh")
    await bot.told("Reviewers look at posts here first, so I can't refresh this one")
    await bot.type("@precache What is new?")
    await bot.told("Reviewers look at posts here first, so only you will see the answer")
    preview = await bot.seen("preview_post")
    assert preview["ephemeral"]
    assert "What is new?" not in str([*await bot.posts(), *await bot.whispers(user=GRACE)])
    await bot.press(preview, "preview_post")
    await bot.told(f"I'm asking <@{GRACE}> to look at it")
    card = await bot.seen("Post now", channel=TO_GRACE, user=GRACE)
    assert len(await bot.posts()) == 1
    await bot.press(card, "review_post", user=GRACE)
    (_, post) = await bot.posted(2)
    assert "reviewed by Grace Hopper" in str(post["blocks"])
    assert model.requests == 2, "what was previewed is what is looked at and posted"


async def test_no_road_leads_round_those_who_look_at_the_posts_of_a_channel(bot: Precache) -> None:
    cast("dict[str, tuple[str, ...]]", bot.settings.policy.reviewers)[GENERAL] = (GRACE,)
    asked = await bot.do("send", user=ADA, channel=GENERAL, text="Who knows?")
    in_thread = {"user": ADA, "channel": GENERAL, "thread_ts": asked["ts"]}
    await bot.do("send", **in_thread, text="@precache Do you?")
    await bot.told("only you will see the answer")
    answer = await bot.seen("preview_post")
    assert answer["thread_ts"] == asked["ts"]
    await bot.type("/precache in 10 minutes: Good night")
    assert f"Reviewed by <@{GRACE}>" in await bot.told("Scheduled")
    program = Job(id="x-1", query="Why?", team=TEAM, channel=GENERAL, user=ADA)
    assert (await bot.deliver(program)).status == 200
    await bot.told("reviewers look at posts in that channel first")
    assert await bot.posts() == []


@pytest.mark.parametrize("length", [0, 1, 2_499, 2_500, 2_501, 9_999])
def test_a_long_post_is_spread_over_fields_and_comes_back_as_it_was(length: int) -> None:
    text = ("Some words and a line.\n" * 500)[:length].strip()
    pieces, glue = spread_text(text)
    assert all(len(piece) <= 2_500 for piece in pieces)
    values = {
        f"text{number or ''}": {"input": {"value": piece}} for number, piece in enumerate([*pieces, ""])
    }
    metadata = json.dumps({"review": "kolu-tane/1800000000/1", "glue": glue})
    edit = read_edit({"private_metadata": metadata, "state": {"values": values}})
    assert edit is not None
    assert edit.text == text
    values[f"text{len(pieces)}"] = {"input": {"value": "And more."}}
    more = read_edit({"private_metadata": metadata, "state": {"values": values}})
    assert more is not None
    assert more.text == f"{text}\nAnd more.".strip()


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"private_metadata": "[]"},
        {"private_metadata": '{"review": 7}'},
        {"private_metadata": '{"review": "kolu-tane/../1"}'},
        {"private_metadata": "{" * 10_000},
    ],
)
def test_a_window_of_somebody_else_is_none(view: dict[str, Any]) -> None:
    assert read_edit(view) is None


def test_an_edit_longer_than_a_post_is_refused_with_its_length() -> None:
    assert fault_in_edit("x" * 20_000) is None
    assert "20,001 characters, and a post can have 20,000" in str(fault_in_edit("x" * 20_001))


async def test_the_home_lists_what_waits_for_its_reader_with_a_link_until_it_is_decided(
    bot: Precache, redis_raw: RawRedis
) -> None:
    card = await run_by_hand(bot)
    key = asked_key(TEAM, GRACE)
    ((_, due),) = cast("list[tuple[str, float]]", await redis_raw.zrange(key, 0, -1, withscores=True))
    decided = {f"gone-{number} 1 1 {TO_GRACE} {number}.0": due - 1 for number in range(6)}
    await redis_raw.zadd(key, decided)  # none of those before it hides it
    await bot.open_home("Waiting for your review (1)", "|look at it>", user=GRACE)
    assert "Waiting for your review" not in str(await bot.open_home("My schedules"))
    await bot.press(card, "review_skip", user=GRACE)
    await bot.seen("skipped this", channel=TO_GRACE, user=GRACE)
    await bot.do("home", user=GRACE, tab="home")
    await bot.home("First steps", user=GRACE, without="Waiting for your review")
