"""Thumbs under answers, and answers that are never to be shown again, through the front door."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.asyncio import Redis as RawRedis

from bot.feedback import Target
from bot.replies.feedback import VotePress, read_vote_press
from bot.ui.intents.asks import is_believed_done
from scheduler import Job
from tests.bot.asked import press as pressed
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, says
from tests.waiting import wait_until

ADAS = "D0ADA000001"
ROSALIND, PARTNERS = "U0ROSALIND1", "C0PARTNERS1"
QUERY = "Why is the sky blue?"


def thumbs(post: Mapping[str, Any]) -> dict[str, Any]:
    """The block of votes, which is the last of a post."""
    block: dict[str, Any] = post["blocks"][-1]
    assert block["type"] == "context_actions"
    return block


async def vote(bot: Precache, post: Mapping[str, Any], thumb: str, *, user: str = GRACE) -> None:
    block = thumbs(post)
    value = block["elements"][0][f"{'positive' if thumb == 'up' else 'negative'}_button"]["value"]
    await press(bot, post, "vote", user=user, selected=value)


async def press(bot: Precache, post: Mapping[str, Any], action: str, *, user: str, **body: str) -> None:
    where = {"channel": post["channel"], "message_ts": post["ts"], "block_id": thumbs(post)["block_id"]}
    answer = await bot.do("act", user=user, action_id=action, **where, **body)
    assert answer == {"ok": True}


async def scheduled_post(bot: Precache) -> tuple[str, dict[str, Any]]:
    """A schedule of Ada's, and a post of it."""
    await bot.type(f"/precache every day at 18:30 {QUERY}")
    name = await bot.made()
    await bot.type(f"/precache run {name}")
    (post,) = await bot.posted()
    return name, post


async def card(bot: Precache, name: str, *, user: str = ADA) -> str:
    await bot.type(f"/precache show {name}", user=user)
    return str(await bot.seen("Run now", user=user))


async def replaced(bot: Precache, post: Mapping[str, Any]) -> dict[str, Any]:
    """The post, once it says that it was withdrawn."""

    async def it() -> dict[str, Any] | None:
        found = await bot.posts()
        return next((one for one in found if one["ts"] == post["ts"] and "withdrew" in one["text"]), None)

    return await wait_until(it, "the post says that it was withdrawn")


async def test_each_persons_last_vote_counts_once_and_the_owner_reads_it(
    bot: Precache, redis_raw: RawRedis
) -> None:
    name, post = await scheduled_post(bot)
    await asyncio.gather(*(vote(bot, post, "up") for _ in range(2)))
    await bot.told("Your vote counts", user=GRACE)
    await bot.told("your vote counts already", user=GRACE)
    await vote(bot, post, "up", user=ADA)
    await bot.told("Your vote counts")
    await vote(bot, post, "down")
    window = await bot.window("What's wrong with it?", user=GRACE)
    assert "Never show" not in str(window)
    assert await bot.submit(window, by=GRACE, reason="Too long,\nand <!channel> old") == {"ok": True}
    await bot.told("without your name", user=GRACE)
    shown = await card(bot, name)
    assert "1 up, 1 down" in shown
    assert "“Too long, and &lt;!channel&gt; old”" in shown
    assert "Votes" not in await card(bot, name, user=GRACE)
    await bot.type("/precache stats")
    assert "Votes on answers: *1* up, *1* down" in await bot.told("Votes on answers")
    assert 0 < await redis_raw.ttl(f"precache:votes:{TEAM}:{name}") <= 90 * 86_400
    async with bot.http.get(f"{bot.url}/metrics") as response:
        counted = await response.text()
    assert 'precache_votes_total{vote="up"} 2.0' in counted
    assert 'precache_votes_total{vote="down"} 1.0' in counted


async def test_a_vote_on_an_answer_that_was_asked_for_at_once_counts_for_that_answer(
    bot: Precache, redis_raw: RawRedis
) -> None:
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    await vote(bot, post, "up")
    await bot.told("Your vote counts", user=GRACE)
    await vote(bot, post, "down")
    window = await bot.window("The person who asked reads it", user=GRACE)
    assert await bot.submit(window, by=GRACE, reason="Too long") == {"ok": True}
    await bot.told(f"I pass on to <@{ADA}> what you wrote", user=GRACE)
    told = await bot.seen("voted <", channel=ADAS)
    assert (GRACE in str(told), "the answer you asked for> down: “Too long”" in told["text"]) == (False, True)
    assert len(await redis_raw.keys(f"precache:votes:{TEAM}:@*")) == 1


async def test_a_vote_on_a_deleted_schedules_post_gets_a_sentence_and_keeps_nothing(
    bot: Precache, redis_raw: RawRedis
) -> None:
    name, post = await scheduled_post(bot)
    await bot.type(f"/precache delete {name}")
    await bot.told("is deleted")
    await vote(bot, post, "down")
    await bot.told("nobody to read your vote", user=GRACE)
    assert await redis_raw.keys("precache:votes:*") == []


async def test_the_owner_withdraws_an_answer_once_and_a_new_one_takes_its_place(
    bot: Precache, model: OpenAI
) -> None:
    _, post = await scheduled_post(bot)
    assert "Well." in str(post["blocks"])
    model.otherwise = says("Much better.")
    await asyncio.gather(*(press(bot, post, "vote_withdraw", user=ADA) for _ in range(2)))
    marked = await replaced(bot, post)
    assert "Well." not in str(marked)
    assert marked["metadata"] == post["metadata"]
    assert marked["blocks"][0] == post["blocks"][0], "the question stays"
    _, anew = await bot.posted(2)
    assert (anew["thread_ts"], "Much better." in anew["text"]) == (post["ts"], True)
    assert model.requests == 2
    await bot.told("I've withdrawn this answer")
    await bot.told("was already withdrawn")
    assert len(await bot.posts()) == 2


async def test_a_schedules_card_withdraws_its_latest_answer_for_who_may(bot: Precache, model: OpenAI) -> None:
    name, post = await scheduled_post(bot)
    await bot.type(f"/precache show {name}", user=GRACE)
    assert "latest answer" not in str(await bot.seen("Run now", user=GRACE))
    model.otherwise = says("Much better.")
    await bot.type(f"/precache show {name}")
    shown = await bot.seen("Never show the latest answer again")
    await bot.press(shown, "vote_latest")
    assert "Ask about this" in str(post)
    assert "Ask about this" not in str(await replaced(bot, post))
    _, anew = await bot.posted(2)
    assert (anew["thread_ts"], "Much better." in anew["text"]) == (post["ts"], True)
    await bot.press(shown, "vote_latest")
    await bot.told("I can't find its latest answer")


async def test_only_owner_and_admins_withdraw_and_a_thumb_down_offers_it_to_them(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    await press(bot, post, "vote_withdraw", user=GRACE)
    assert f"Only <@{ADA}> or an admin" in await bot.told("can withdraw this answer", user=GRACE)
    assert "Well." in str((await bot.posts())[0])
    model.otherwise = says("Much better.")
    await vote(bot, post, "down", user=ADA)
    window = await bot.window("Never show this answer again")
    answer = await bot.do(
        "submit", user=ADA, view_id=window["id"], values={"withdraw": {"input": ["withdraw"]}}
    )
    assert answer == {"ok": True}
    await replaced(bot, post)
    _, anew = await bot.posted(2)
    assert "Much better." in anew["text"]


async def test_what_is_withdrawn_is_not_found_by_the_next_to_ask(bot: Precache, model: OpenAI) -> None:
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    await press(bot, post, "vote_withdraw", user=ADA)
    await bot.told("I've withdrawn")
    await bot.posted(2)
    model.otherwise = says("Never.")
    verdict = await bot.deliver(Job(query=QUERY, team=TEAM, channel=GENERAL, user=ADA, id="again"))
    assert verdict.headers["X-Cache"] == "HIT"
    assert model.requests == 2


async def test_a_stranger_in_a_shared_channel_has_a_vote_and_withdraws_nothing(bot: Precache) -> None:
    await bot.type(f"/precache {QUERY}", channel=PARTNERS)
    (post,) = await bot.posted(channel=PARTNERS)
    await vote(bot, post, "up", user=ROSALIND)
    await bot.told("Your vote counts", channel=PARTNERS, user=ROSALIND)
    await press(bot, post, "vote_withdraw", user=ROSALIND)
    await bot.told("or an admin can withdraw", channel=PARTNERS, user=ROSALIND)
    assert "Well." in str(await bot.posts(channel=PARTNERS))


async def test_where_slack_refuses_thumbs_the_post_keeps_its_form_and_has_plain_buttons(
    bot: Precache,
) -> None:
    await bot.fault(method="chat.postMessage", kind="error", error="invalid_blocks")
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    assert [block["type"] for block in post["blocks"]].count("actions") == 2
    await bot.press(post, "vote_positive", user=GRACE)
    await bot.told("Your vote counts", user=GRACE)
    await bot.type("/precache Why is grass green?")
    _, later = await bot.posted(2)
    assert "context_actions" not in [block["type"] for block in later["blocks"]], "they are not tried again"


async def test_every_message_of_a_long_answer_is_replaced_though_slack_loses_its_replies(
    bot: Precache, model: OpenAI
) -> None:
    model.otherwise = says("\n\n".join(f"Paragraph {number}. " + "word " * 150 for number in range(12)))
    await bot.type(f"/precache every day at 9 to #general and #news: {QUERY}")
    await bot.type(f"/precache run {await bot.made()}")

    async def are_whole(channel: str) -> list[dict[str, Any]] | None:
        posts = await bot.posts(channel=channel)
        return posts if posts and posts[-1]["blocks"][-1]["type"] == "context_actions" else None

    await wait_until(lambda: are_whole(NEWS), "the whole answer in the other place")
    first, *rest = await wait_until(lambda: are_whole(GENERAL), "the whole answer")
    model.otherwise = says("Short.")
    await bot.fault(method="chat.update", kind="lost_response")
    await press(bot, rest[-1], "vote_withdraw", user=ADA)
    await bot.told("I've withdrawn")

    async def are_replaced() -> list[dict[str, Any]] | None:
        posts, others = await bot.posts(), await bot.posts(channel=NEWS)
        return None if "Paragraph" in str([posts, others]) else posts

    posts = await wait_until(are_replaced, "all of it is replaced")
    assert [post["ts"] for post in posts[: 1 + len(rest)]] == [first["ts"], *(post["ts"] for post in rest)]
    anew = await bot.seen("Short.")
    assert anew["thread_ts"] == first["ts"]
    assert len(await bot.posts()) == len(rest) + 2
    assert "A new one comes" not in str(await bot.posts(channel=NEWS))


async def test_a_vote_is_a_look_at_its_schedule(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    renewing = {"PRECACHE_RENEWAL_DAYS": "90"}
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url, **renewing) as bot:
        name, post = await scheduled_post(bot)
    record = f"precache:schedule:{TEAM}:{name}"
    await redis_raw.hdel(record, "looked")
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url, **renewing) as bot:
        await vote(bot, post, "up")
        await bot.told("Your vote counts", user=GRACE)
        await wait_until(lambda: redis_raw.hexists(record, "looked"), "the vote is a look")


def test_a_vote_is_noted_before_slack_is_told_that_it_came() -> None:
    assert is_believed_done(pressed("vote", f"up {Target(answer='abcdef123456').value}"))
    assert is_believed_done(pressed("vote_latest", "latest kolu-tane C0GENERAL01 1.000200"))
    assert not is_believed_done(pressed("vote", "up"))


def test_a_value_that_is_not_ours_means_nothing() -> None:
    own = Target(answer="abcdef123456", schedule="kolu-tane", asker=ADA)
    action = {"action_id": "vote", "value": f"up {own.value}"}
    assert read_vote_press(action) == VotePress(verb="up", target=own)
    for forged in ("up", f"sideways {own.value}", f"up {own.value} more", "up 1 :* - - 0", 7, None):
        assert read_vote_press({"action_id": "vote", "value": forged}) is None
