"""Conversations in the Messages tab: each message begins one, which is answered in its thread."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from tests.running import ADA, GRACE, NEWS, TEAM, Precache
from tests.stand_ins.openai import OpenAI, says
from tests.waiting import wait_until

DIRECT = "D0ADA000001"


async def say(bot: Precache, text: str, **more: Any) -> str:
    said = await bot.do("send", user=ADA, channel=DIRECT, text=text, **more)
    return str(said["ts"])


async def answered(bot: Precache, words: str, *, root: str) -> dict[str, Any]:
    """Wait for what the app says in a thread."""

    async def there() -> dict[str, Any] | None:
        for message in await bot.messages(channel=DIRECT, user=ADA):
            if message.get("thread_ts") == root and message["ts"] != root and words in message["text"]:
                return message
        return None

    return await wait_until(there, f"{words} in the thread")


async def outside(bot: Precache) -> list[str]:
    """All that the app has said in the tab itself."""
    said = await bot.messages(channel=DIRECT, user=ADA)
    return [message["text"] for message in said if message["bot"] and not message.get("thread_ts")]


async def test_each_message_is_answered_in_its_own_thread_and_the_next_one_there_goes_on_from_it(
    bot: Precache, model: OpenAI
) -> None:
    model.otherwise = says("It scatters.")
    one, other = await say(bot, "Why is the sky blue?"), await say(bot, "Why is the sea salty?")
    for root in (one, other):
        await answered(bot, "It scatters.", root=root)
    model.otherwise = says("Short.")
    await say(bot, "shorter, please", thread_ts=one)
    await answered(bot, "Short.", root=one)
    asked = str(model.bodies[-1])
    assert "sky" in asked
    assert "salty" not in asked
    assert await outside(bot) == []


async def test_a_status_stands_there_while_it_works_and_no_message_is_left(
    bot: Precache, model: OpenAI
) -> None:
    seen: list[Any] = []

    async def working() -> bool:
        agents = (await bot.state(ADA))["agents"]
        seen[:] = next(agent["statuses"] for agent in agents if agent["channel"] == DIRECT)
        return bool(seen)

    held = asyncio.Event()

    async def wait(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        await held.wait()
        answer = says("Well.")(stand_in, body)
        return answer if isinstance(answer, Response) else await answer

    model.next.append(wait)
    root = await say(bot, "Why is the sky blue?")
    await wait_until(working, "the status")
    assert (seen[0]["thread"], seen[0]["words"]) == (root, "is thinking …")
    held.set()
    await answered(bot, "Well.", root=root)
    assert not await working()
    said = await bot.messages(channel=DIRECT, user=ADA)
    assert [message["text"] for message in said if message["bot"]] == ["Well."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What runs next?", "schedule"),
        ("show nothing", "nothing"),
        ("help", "/precache"),
        ("hi", "Hello!"),
        ("shorter", "Reply in the thread"),
    ],
)
async def test_commands_are_answered_there_too_and_stay(bot: Precache, text: str, words: str) -> None:
    root = await say(bot, text)
    assert not (await answered(bot, words, root=root))["ephemeral"]
    assert await outside(bot) == []


async def test_a_schedule_that_is_made_there_posts_to_the_tab_and_not_into_that_thread(bot: Precache) -> None:
    root = await say(bot, "every day at 9 in UTC Say hello")
    told = await answered(bot, "Scheduled", root=root)
    name = told["text"].partition("/precache show ")[2].partition("`")[0]
    await say(bot, f"run {name}")

    async def posted() -> bool:
        return "Well." in await outside(bot)

    await wait_until(posted, "the post")


async def test_this_channel_is_the_one_that_is_looked_at(bot: Precache, model: OpenAI) -> None:
    await bot.do("send", user=ADA, channel=NEWS, text="The harbour opens on Monday.")
    await bot.do("invite", user=ADA, channel=NEWS)
    await bot.do("context", user=ADA, channel=NEWS)
    root = await say(bot, "Summarise this channel since yesterday")
    await answered(bot, "Well.", root=root)
    assert "The harbour opens on Monday." in str(model.bodies[-1])


async def test_a_channel_that_is_looked_at_is_read_by_those_who_may_alone(
    bot: Precache, model: OpenAI, redis_raw: RawRedis
) -> None:
    made = await bot.do("channels", user=GRACE, name="secrets", is_private=True)
    secret = made["channel"]["id"] if isinstance(made["channel"], dict) else made["channel"]
    await bot.do("send", user=GRACE, channel=secret, text="Nobody knows.")
    await bot.do("invite", user=GRACE, channel=secret)
    team = f"precache:looking_at:{TEAM}"
    await bot.do("context", user=GRACE, channel=secret)
    await wait_until(lambda: redis_raw.exists(f"{team}:{GRACE}"), "what she looks at")
    await redis_raw.copy(f"{team}:{GRACE}", f"{team}:{ADA}")  # as if Slack had said it of another, too
    root = await say(bot, "Summarise this channel since yesterday")
    await answered(bot, "can't read", root=root)
    assert model.requests == 0
