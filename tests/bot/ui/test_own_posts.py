"""Posts that the people whose they are delete again."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.housekeeping.watchdog import slot_job
from bot.replies.buttons.button_ids import Press
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from tests.bot.composing import desk
from tests.bot.ui.test_tampering import pressed
from tests.running import ADA, GENERAL, GRACE, TEAM, Precache
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

DELETE = "Delete this post"


async def none_left(bot: Precache) -> None:
    async def is_empty() -> bool:
        return await bot.posts() == []

    await wait_until(is_empty, "the post is gone")


async def test_who_has_asked_deletes_their_post_and_is_told_so_once(bot: Precache) -> None:
    await bot.type("/precache What is new?", user=GRACE)
    (post,) = await bot.posted()
    await bot.press(post, "post_menu", option=DELETE, user=GRACE)
    await bot.told("I deleted that post", user=GRACE)
    await none_left(bot)


async def test_a_post_of_somebody_else_stays_and_an_admin_deletes_it(bot: Precache) -> None:
    await bot.type("/precache What is new?", user=ADA)
    (post,) = await bot.posted()
    await bot.press(post, "post_menu", option=DELETE, user=GRACE)
    assert f"Only <@{ADA}> or an admin can delete that post." in await bot.told("can delete", user=GRACE)
    assert len(await bot.posts()) == 1
    await bot.type("/precache Is it raining?", user=GRACE)
    _, hers = await bot.posted(2)
    await bot.press(hers, "post_menu", option=DELETE, user=ADA)  # an admin
    await bot.told("I deleted that post")
    assert [kept["ts"] for kept in await bot.posts()] == [post["ts"]]


async def test_a_scheduled_post_is_deleted_not_made_again_and_its_history_says_so(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    await bot.type("/precache every monday at 9 What is new?", user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    store = ScheduleStore(redis=redis)
    (made,) = await store.list_records(TEAM)
    job = slot_job(made, now=datetime.now(UTC))
    await bot.deliver(job)
    (post,) = await bot.posted()
    await bot.press(post, "post_menu", option=DELETE, user=GRACE)
    assert "Its next run posts as usual." in await bot.told("I deleted that post of", user=GRACE)
    await none_left(bot)
    assert (await bot.deliver(job)).status == 200
    assert await bot.posts() == []

    async def is_marked() -> bool:
        (run,) = await store.read_history(TEAM, made.id)
        return (run.outcome, run.deleted_by) == ("posted", GRACE)

    await wait_until(is_marked, "the history says who has deleted it")
    await bot.type(f"/precache history {made.id}")
    await bot.told(f"deleted by <@{GRACE}>")


async def test_all_parts_of_a_long_answer_go_and_what_others_wrote_stays(
    bot: Precache, model: OpenAI
) -> None:
    model.otherwise = says("\n\n".join(f"Paragraph {number}. " + "word " * 600 for number in range(12)))
    await bot.type("/precache Tell me all", user=GRACE)

    async def last_part() -> dict[str, object] | None:
        posts = await bot.posts()
        return next((post for post in posts if DELETE in str(post["blocks"])), None)

    last = await wait_until(last_part, "the whole answer")
    assert len(await bot.posts()) > 1
    await bot.do("send", user=ADA, channel=GENERAL, text="Thanks!", thread=last["thread_ts"])
    await bot.press(last, "post_menu", option=DELETE, user=GRACE)
    await bot.told("I deleted that post", user=GRACE)
    await none_left(bot)


async def test_a_double_press_and_a_post_that_is_gone_do_no_harm(bot: Precache) -> None:
    await bot.type("/precache What is new?", user=GRACE)
    (post,) = await bot.posted()
    await bot.fault(method="chat.delete", kind="error", error="message_not_found")
    await bot.press(post, "post_menu", option=DELETE, user=GRACE)
    await bot.told("I deleted that post", user=GRACE)
    await bot.press(post, "post_menu", option=DELETE, user=GRACE)
    await none_left(bot)


async def test_what_only_one_person_sees_or_is_no_answer_is_not_deleted(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    replies: list[str] = []

    async def keep_reply(request: Request) -> Response:
        replies.append((await request.body()).decode())
        return Response("ok")

    def is_told(words: str) -> bool:
        return words in "".join(replies[-1:])

    async with (
        desk(valkey=valkey_socket, data=tmp_path, model_url=model.url) as at,
        serve(Starlette(routes=[Route("/", keep_reply, methods=["POST"])])) as url,
    ):
        for container, words in (
            ({"message_ts": "1.2", "is_ephemeral": True}, "Only you can see that message"),
            ({"message_ts": "1.2"}, "already gone"),
            ({}, "Only you can see that message"),
        ):
            body = pressed(GRACE, GENERAL, "post", Press(verb="unpost"), reply_to=url)
            await at.deliver({**body, "container": {"type": "message", "channel_id": GENERAL, **container}})
            await wait_until(partial(is_told, words), words)
