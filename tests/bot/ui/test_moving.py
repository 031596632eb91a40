"""Schedules that are moved or copied to other places, by a command or a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.housekeeping.watchdog import slot_job
from bot.schedules.schedule import Place, Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM, Precache
from tests.stand_ins.openai import OpenAI

ADAS = "D0ADA000001"
GRACES = "D0GRACE0001"


async def scheduled(
    bot: Precache, redis: CountedRedis, text: str = "every monday at 9 What is new?", *, user: str = ADA
) -> Schedule:
    await bot.type(f"/precache {text}", user=user)
    return await the_record(redis, await bot.made(user=user))


async def the_record(redis: CountedRedis, name: str) -> Schedule:
    (found,) = await ScheduleStore(redis=redis).read_records([(TEAM, name)])
    assert found is not None
    return found


async def test_a_schedule_moves_and_posts_there_alone_with_its_subscribers(
    bot: Precache, redis: CountedRedis
) -> None:
    made = await scheduled(bot, redis)
    await bot.type(f"/precache subscribe {made.id}", user=GRACE)
    await bot.told("I'll send you", user=GRACE)
    await bot.type(f"/precache move {made.id} to #news and me")
    told = await bot.told("has moved")
    assert f"has moved from <#{GENERAL}> to <#{NEWS}> and <@{ADA}>." in told
    moved = await the_record(redis, made.id)
    assert moved.places == (Place(channel=NEWS), Place(channel=ADAS, user=ADA))
    assert replace(moved, revision=0, message=None).timing == made.timing
    assert (await bot.deliver(slot_job(moved, now=datetime.now(UTC)))).status == 200
    await bot.seen("Well.", channel=NEWS)
    await bot.seen("Well.", channel=ADAS)
    await bot.seen("Well.", channel=GRACES, user=GRACE)
    assert await bot.posts() == []
    await bot.type(f"/precache move {made.id} to #news and me")
    assert "already posts there" in await bot.told("already posts there")


async def test_what_was_published_before_a_move_does_not_post_where_it_was(
    bot: Precache, redis: CountedRedis
) -> None:
    made = await scheduled(bot, redis)
    now = datetime.now(UTC)
    before = slot_job(made, now=now)
    await bot.type(f"/precache move {made.id} to me")
    await bot.told("has moved")
    late = await bot.deliver(before)
    assert (late.status, late.text) == (200, "nothing to do: moved")
    assert (await bot.deliver(slot_job(await the_record(redis, made.id), now=now))).status == 200
    await bot.seen("Well.", channel=ADAS)
    assert (await bot.deliver(before)).text == "nothing to do: posted"
    assert await bot.posts() == []


async def test_a_name_of_several_words_is_found_and_other_words_stay_a_prompt(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    made = await scheduled(bot, redis)
    await bot.type(f"/precache rename {made.id} Morning news")
    await bot.told("is now called")
    await bot.type("/precache please move my morning news schedule to <#C0NEWS00001|news>")
    await bot.told("has moved")
    assert (await the_record(redis, made.id)).places == (Place(channel=NEWS),)
    await bot.type("/precache copy this limerick to #news")
    await bot.posted()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("#nowhere", "I can't find #nowhere"),
        ("#random", "I'm not in <#C0RANDOM001> yet"),
        ("#news and #nowhere", "I can't post to all of these places"),
    ],
)
async def test_what_cannot_be_posted_to_moves_nothing(
    bot: Precache, redis: CountedRedis, place: str, words: str
) -> None:
    made = await scheduled(bot, redis)
    for verb in ("move", "copy"):
        await bot.type(f"/precache {verb} {made.id} to {place}", user=ADA, channel=NEWS)
        assert words in await bot.told(words, channel=NEWS)
    assert await ScheduleStore(redis=redis).list_records(TEAM) == [made]


async def test_an_archived_channel_is_named_and_one_that_the_owner_is_not_in(
    bot: Precache, redis: CountedRedis
) -> None:
    made = await scheduled(bot, redis)
    await bot.do("leave", user=ADA, channel=NEWS)
    await bot.type(f"/precache move {made.id} to <#{NEWS}|news>")
    await bot.told(f"You're not in <#{NEWS}>")
    await bot.do("archive", user=GRACE, channel=NEWS)
    await bot.type(f"/precache move {made.id} to <#{NEWS}|news>")
    await bot.told("is archived, so I can't post there")
    assert await the_record(redis, made.id) == made


async def test_only_its_owner_moves_it_and_everyone_may_copy_it(bot: Precache, redis: CountedRedis) -> None:
    made = await scheduled(bot, redis, user=GRACE)
    await bot.type(f"/precache rename {made.id} News", user=GRACE)
    await bot.type(f"/precache copy {made.id} to #news and only me")
    copied = await the_record(redis, await bot.made(f"Posts to: <#{NEWS}> and <@{ADA}>"))
    assert (copied.user, copied.name, copied.query) == (ADA, None, made.query)
    assert copied.timing.when == made.timing.when
    await bot.type(f"/precache move {copied.id} to me", user=GRACE, channel=NEWS)
    await bot.told(f"Only <@{ADA}> or an admin can change", user=GRACE, channel=NEWS)
    await bot.type(f"/precache copy {copied.id} to here", user=GRACE, channel=NEWS)
    await bot.told("Scheduled", user=GRACE, channel=NEWS)


async def test_a_private_source_is_agreed_to_where_it_moves(bot: Precache, redis: CountedRedis) -> None:
    made = await bot.do("channels", user=GRACE, name="board", is_private=True)
    board = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=board)
    await bot.type("/precache every day at 9 summarise this channel", user=GRACE, channel=board)
    name = await bot.made(user=GRACE, channel=board)
    await bot.type(f"/precache move {name} to #general", user=GRACE, channel=board)
    await bot.told("would be seen by everyone in this workspace", user=GRACE, channel=board)
    assert (await the_record(redis, name)).channel == board
    await bot.agree(user=GRACE, channel=board)
    await bot.told("has moved", user=GRACE, channel=board)
    moved = await the_record(redis, name)
    assert [(consent.place, consent.by) for consent in moved.consents] == [(GENERAL, GRACE)]


async def test_it_is_moved_from_its_card_in_a_window(bot: Precache, redis: CountedRedis) -> None:
    made = await scheduled(bot, redis)
    await bot.type(f"/precache show {made.id}")
    await bot.press(await bot.seen(f"ID: `{made.id}`"), "card_menu", option="Move to another channel")
    view = await bot.window("A channel that you and I are both in")
    refused = await bot.submit(view, channel=GENERAL)
    assert "already posts there" in refused["errors"]["channel"]
    refused = await bot.submit(view, channel=RANDOM)
    assert "I'm not in" in refused["errors"]["channel"]
    assert await bot.submit(view, channel=NEWS) == {"ok": True}
    shown = await bot.seen("has moved from")
    assert made.id in str(shown)
    assert (await the_record(redis, made.id)).places == (Place(channel=NEWS),)


async def test_it_is_moved_from_the_home(bot: Precache, redis: CountedRedis) -> None:
    made = await scheduled(bot, redis)
    await bot.press(await bot.open_home("What is new?"), "home_menu", option="Details and history")
    await bot.press(await bot.window("hasn't run yet"), "home_move")
    assert await bot.submit(await bot.window("Post in"), channel=NEWS) == {"ok": True}
    await bot.home(f"<#{NEWS}>")
    assert (await the_record(redis, made.id)).places == (Place(channel=NEWS),)


async def test_without_a_place_a_window_asks_for_it(bot: Precache, redis: CountedRedis) -> None:
    made = await scheduled(bot, redis)
    await bot.type(f"/precache move {made.id}")
    view = await bot.window("Post in")
    assert await bot.submit(view, channel=NEWS) == {"ok": True}
    await bot.told("has moved")
    await bot.type(f"/precache copy {made.id}")
    assert "What is new?" in str(await bot.window("New schedule"))


@pytest.mark.parametrize(
    "text",
    [
        "every monday at 9 to me: What is new?",
        "send me what is new every monday at 9",
        "every monday at 9, just for me: x",
    ],
)
async def test_only_me_is_a_place(bot: Precache, redis: CountedRedis, text: str) -> None:
    await bot.type(f"/precache {text}")
    made = await the_record(redis, await bot.made("Posts to: only you, in our direct messages"))
    assert made.places == (Place(channel=ADAS, user=ADA),)
    assert (await bot.deliver(slot_job(made, now=datetime.now(UTC)))).status == 200
    await bot.seen("Well.", channel=ADAS)
    assert await bot.posts() == []


async def test_nobody_else_sees_what_is_moved_to_its_owner_alone(bot: Precache, redis: CountedRedis) -> None:
    made = await scheduled(bot, redis)
    await bot.type(f"/precache move {made.id} to me")
    await bot.told("has moved")

    await bot.type("/precache list", user=GRACE)
    await bot.told("Nothing is scheduled here", user=GRACE)
