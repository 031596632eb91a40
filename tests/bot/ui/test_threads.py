"""A post one can talk to: what the model gets of a thread, what is cached, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.replies.commands import too_many_questions
from tests.bot.fetch.site import Site, open_site
from tests.running import ADA, GENERAL, GRACE, NEWS, Precache, precache
from tests.stand_ins.openai import OpenAI, fails, says
from tests.waiting import wait_until

PARTNERS = "C0PARTNERS1"
STATUS = "EU is down since 07:40, a fuse blew. US is fine."


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        page = f"<html><title>Status</title><body><article><p>{STATUS}</p></article></body></html>"
        opened.says("/status", page, Content_Type="text/html")
        yield opened


@pytest_asyncio.fixture
async def bot(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> AsyncIterator[Precache]:
    async with precache(
        valkey=valkey_socket,
        data=tmp_path,
        model_url=model.url,
        PRECACHE_NETWORKS="127.0.0.0/8",
        PRECACHE_THREAD_QUESTIONS="4",
    ) as running:
        yield running


async def say(bot: Precache, text: str, *, user: str = ADA, channel: str = GENERAL, thread: str = "") -> str:
    said = {"user": user, "channel": channel, "text": text, **({"thread_ts": thread} if thread else {})}
    return str((await bot.do("send", **said))["ts"])


async def replies_in(
    bot: Precache, thread: str, number: int, *, channel: str = GENERAL
) -> list[dict[str, Any]]:
    """The bot's replies in a thread, once there are so many."""

    async def enough() -> list[dict[str, Any]] | None:
        found = [post for post in await bot.posts(channel=channel) if post.get("thread_ts") == thread]
        return found if len(found) >= number else None

    return await wait_until(enough, f"{number} replies")


def told(model: OpenAI, number: int = -1) -> str:
    return "\n".join(str(message["content"]) for message in model.bodies[number]["messages"])


async def status_post(bot: Precache, model: OpenAI, site: Site) -> str:
    """A post made of a page; its ts."""
    model.otherwise = says("EU is *down*, US is fine.")
    await bot.type(f"/precache Which regions are down? {site.url}/status")
    (post,) = await bot.posted()
    return str(post["ts"])


async def test_a_question_under_a_post_gets_its_prompt_its_material_and_its_moment(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    model.otherwise = says("A fuse blew.")
    await say(bot, "@precache Why is EU down?", user=GRACE, thread=root)
    (answer,) = await replies_in(bot, root, 1)
    sent = told(model)
    assert "It was asked: Which regions are down?" in sent
    assert "a fuse blew" in sent, "the material, which the answer did not tell"
    assert "EU is down, US is fine." in sent, "the answer itself"
    assert f"{site.url}/status" in sent, "so that it can show the source"
    assert "goes on from what was said" in sent
    assert sent.endswith("The question:\nWhy is EU down?")
    assert "my answer of <!date" in str(answer), "it says which run it speaks of"
    assert len([page for page in site.asked if page.path == "/status"]) == 1, "nothing is read again"
    assert "Ask about this" in str(answer)
    assert "Refresh" not in str(answer)


async def test_a_talk_goes_on_from_its_newest_answer(bot: Precache, model: OpenAI, site: Site) -> None:
    root = await status_post(bot, model, site)
    model.next += [says("Because a fuse blew in Dublin."), says("Weil eine Sicherung kaputt ging.")]
    await say(bot, "@precache Why is EU down?", thread=root)
    await replies_in(bot, root, 1)
    await say(bot, "@precache in German", user=GRACE, thread=root)
    await replies_in(bot, root, 2)
    sent = told(model)
    assert "Because a fuse blew in Dublin." in sent
    assert sent.index("Why is EU down?") < sent.index("Because a fuse blew in Dublin.")
    await say(bot, "@precache shorter", thread=root)
    await replies_in(bot, root, 3)
    assert "Weil eine Sicherung kaputt ging." in told(model)


async def test_the_same_question_about_the_same_is_paid_for_once_and_about_another_post_again(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    for number, user in enumerate((ADA, GRACE), 1):
        await say(bot, "@precache Why is EU down?", user=user, thread=root)
        await replies_in(bot, root, number)
    assert model.requests == 2, "the post, and one answer for both"
    await bot.type("/precache Which lights are on?")
    other = str((await bot.posted(4))[-1]["ts"])
    await say(bot, "@precache Why is EU down?", thread=other)
    await replies_in(bot, other, 1)
    assert model.requests == 4, "it is another question there"


async def test_two_who_ask_at_once_get_an_answer_each_and_share_it(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    await asyncio.gather(
        *(say(bot, "@precache Why is EU down?", user=user, thread=root) for user in (ADA, GRACE))
    )
    assert len(await replies_in(bot, root, 2)) == 2
    assert model.requests == 2


async def test_a_box_under_each_post_asks_in_its_thread(bot: Precache, model: OpenAI, site: Site) -> None:
    root = await status_post(bot, model, site)
    (post,) = await bot.posted()
    await bot.press(post, "post_ask", user=GRACE)
    view = await bot.window("Ask about this", user=GRACE)
    model.otherwise = says("A fuse blew.")
    await bot.submit(view, by=GRACE, question="Why is EU down?")
    (answer,) = await replies_in(bot, root, 1)
    assert "Why is EU down?" in str(answer), "its readers see what was asked"
    assert "a fuse blew" in told(model)
    await bot.press(answer, "post_ask", user=ADA)
    again = await bot.window("Ask about this", user=ADA)
    await bot.submit(again, by=ADA, question="In French, please")
    await replies_in(bot, root, 2)
    assert "A fuse blew." in told(model)


async def test_a_thread_has_so_many_questions_a_day_and_then_a_kind_word(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    for number in range(1, 5):
        await say(bot, f"@precache say number {number}", thread=root)
        await replies_in(bot, root, number)
    await say(bot, "@precache one more", thread=root)
    assert too_many_questions() in await bot.told("enough questions")
    assert model.requests == 5


async def test_a_long_answer_stays_in_the_thread(bot: Precache, model: OpenAI, site: Site) -> None:
    root = await status_post(bot, model, site)
    model.otherwise = says("\n\n".join(f"Paragraph {number}. " + "Word. " * 400 for number in range(8)))
    await say(bot, "@precache tell me everything", thread=root)
    parts = await replies_in(bot, root, 2)
    assert all(part["thread_ts"] == root for part in parts)
    assert len([post for post in await bot.posts() if not post.get("thread_ts")]) == 1


async def test_a_thread_of_people_is_a_talk_too_and_apps_in_it_are_read_but_not_answered(
    bot: Precache, model: OpenAI
) -> None:
    root = await say(bot, "Shall we paint the pier?")
    await say(bot, "Yes, in blue.", user=GRACE, thread=root)
    model.otherwise = says("In blue.")
    await say(bot, "@precache which colour?", thread=root)
    await replies_in(bot, root, 1)
    assert "Yes, in blue." in told(model)
    assert "It was asked:" not in told(model), "no post of ours is asked about"
    await say(bot, "@precache and why that one?", user=GRACE, thread=root)
    await replies_in(bot, root, 2)
    assert "It was asked: which colour?" in told(model), "the newest answer is"


async def test_a_schedule_that_is_made_in_a_thread_posts_there(bot: Precache, model: OpenAI) -> None:
    root = await say(bot, "Daily jokes go here.")
    await say(bot, "@precache every weekday at 9am tell a joke", thread=root)
    name = await bot.made()
    await bot.type(f"/precache run {name}")
    (post,) = await replies_in(bot, root, 1)
    assert "Daily jokes" not in told(model), "which it does not read each time"
    assert post["thread_ts"] == root


async def test_an_order_about_this_under_a_scheduled_post_is_about_its_schedule(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache every weekday at 9am tell a joke")
    name = await bot.made()
    await bot.type(f"/precache run {name}")
    (post,) = await bot.posted()
    root = str(post["ts"])
    for text, words in (
        ("skip the next one", "I'll skip the next run"),
        ("make it 10am", "now runs *every weekday at 10:00*"),
        ("pause this until friday", "is paused until"),
        ("post this every day at 8", f"ID: `{name}`"),
    ):
        await say(bot, f"@precache {text}", thread=root)
        await bot.told(words)
    await bot.press(post, "post_ask", user=GRACE)
    await bot.submit(await bot.window("Ask about this", user=GRACE), by=GRACE, question="pause this")
    await bot.seen("Only <@U0ADA000001> or an admin can change", user=GRACE)
    assert model.requests == 1


async def test_what_an_answer_was_asked_is_scheduled_from_its_thread_with_its_sources(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    await say(bot, "@precache post this every day at 8", user=GRACE, thread=root)
    made = await bot.told("Scheduled *every day at 8:00\N{NO-BREAK SPACE}AM*", user=GRACE)
    assert "Which regions are down?" in made
    name = made.partition("/precache show ")[2].partition("`")[0]
    await bot.type(f"/precache show {name}", user=GRACE)
    await bot.seen(f"{site.url}/status", user=GRACE)
    (post,) = await bot.posted()
    await bot.press(post, "post_ask", user=GRACE)
    question = "post this to @grace every friday"
    await bot.submit(await bot.window("Ask about this", user=GRACE), by=GRACE, question=question)
    await bot.seen("Scheduled *every Friday", user=GRACE)
    other = await say(bot, "Lunch?")
    await say(bot, "@precache post this every day at 8", thread=other)
    await bot.told("I can't tell what to ask each time")
    assert model.requests == 1


async def test_what_no_answer_is_kept_of_is_answered_from_the_thread(
    bot: Precache, model: OpenAI, site: Site, redis_raw: RawRedis
) -> None:
    root = await status_post(bot, model, site)
    for key in await redis_raw.keys("*:run:*"):
        await redis_raw.delete(key)
    model.otherwise = says("I only know that it is down.")
    await say(bot, "@precache Why is EU down?", thread=root)
    await replies_in(bot, root, 1)
    assert "EU is down, US is fine." in told(model)
    assert "It was asked" not in told(model)


async def test_a_question_just_for_me_is_about_the_thread_and_answered_to_its_writer_alone(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    root = await status_post(bot, model, site)
    model.otherwise = says("A fuse blew.")
    await say(bot, "@precache Why is EU down? Just for me", user=GRACE, thread=root)
    await bot.told("Only you will see the answer", user=GRACE)
    await bot.told("A fuse blew.", user=GRACE)
    assert "EU is down, US is fine." in told(model)
    assert "for me" not in told(model)
    assert len(await bot.posts()) == 1


async def test_a_follow_up_fails_kindly_and_once(bot: Precache, model: OpenAI, site: Site) -> None:
    root = await status_post(bot, model, site)
    model.otherwise = fails(401)
    await say(bot, "@precache Why is EU down?", thread=root)
    await bot.told("“Why is EU down?”")
    assert len(await bot.posts()) == 1


async def test_what_was_made_of_a_channel_that_turned_private_is_not_told_again_in_another(
    bot: Precache, model: OpenAI
) -> None:
    await say(bot, "The lease on the pier ends in June.", channel=NEWS)
    model.otherwise = says("There is news of the pier.")
    await bot.type("/precache summarise #news over the last day")
    (post,) = await bot.posted()
    root = str(post["ts"])
    await say(bot, "@precache when does it end?", user=GRACE, thread=root)
    await replies_in(bot, root, 1)
    assert "ends in June" in told(model)
    await bot.do("convert", user=ADA, channel=NEWS, is_private=True)
    await say(bot, "@precache and when does it begin?", user=GRACE, thread=root)
    (_, answer) = await replies_in(bot, root, 2)
    assert "ends in June" not in told(model)
    assert "not for everyone here" in told(model)
    assert "without its sources" in str(answer)


async def test_a_follow_up_counts_for_the_caps_of_the_schedule_that_it_is_about(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    async with precache(
        valkey=valkey_socket, data=tmp_path, model_url=model.url, PRECACHE_CAP_SCHEDULE="1 call/day"
    ) as bot:
        await bot.type("/precache every weekday at 9am tell a joke")
        name = await bot.made()
        await bot.type(f"/precache run {name}")
        (post,) = await bot.posted()
        await say(bot, "@precache why is it funny?", thread=str(post["ts"]))
        await bot.told("why is it funny?")
        assert model.requests == 1, "the cap was used up by the joke"
        await bot.type("/precache What is a cache?")
        await bot.posted(2)


async def test_somebody_of_another_company_gets_what_everyone_there_may_read(
    bot: Precache, model: OpenAI, site: Site
) -> None:
    model.otherwise = says("EU is down.")
    await bot.type(f"/precache Which regions are down? {site.url}/status", channel=PARTNERS)
    (post,) = await bot.posted(channel=PARTNERS)
    await say(bot, "@precache Why is EU down?", user="U0ROSALIND1", channel=PARTNERS, thread=str(post["ts"]))
    await bot.posted(2, channel=PARTNERS)
    assert "a fuse blew" in told(model)


async def test_an_order_that_names_no_schedule_is_told_so_and_not_asked(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache skip the gnus")
    await bot.told("I have no schedule called `gnus` here")
    await bot.type("/precache cancel news tomorrow at 9")
    await bot.told("I have no schedule called `news` here")
    await bot.type('/precache tomorrow at 9: "cancel news"')
    await bot.told("Scheduled")
    assert model.requests == 0
