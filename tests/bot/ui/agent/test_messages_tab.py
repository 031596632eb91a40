"""The Messages tab in the sandbox's workspace: a welcome once, and suggestions that fit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ui.agent.looking_at import channel_in
from tests.running import ADA, GENERAL, GRACE, NEWS, Precache
from tests.stand_ins.openai import OpenAI, fails
from tests.waiting import wait_until

DIRECT = {ADA: "D0ADA000001", GRACE: "D0GRACE0001"}


async def open_tab(bot: Precache, *, user: str = ADA) -> None:
    await bot.do("home", user=user, tab="messages")


async def suggested(bot: Precache, *titles: str, user: str = ADA) -> dict[str, str]:
    """Wait until these are suggested to them, by their titles."""

    async def there() -> dict[str, str] | None:
        agents = (await bot.state(user))["agents"]
        agent = next((agent for agent in agents if agent["channel"] == DIRECT[user]), None)
        if agent is None or agent["suggested"] is None:
            return None
        found = {prompt["title"]: prompt["message"] for prompt in agent["suggested"]["prompts"]}
        return found if set(titles) <= set(found) else None

    return await wait_until(there, f"{titles} are suggested")


async def welcomes(bot: Precache, *, user: str = ADA) -> int:
    said = await bot.messages(channel=DIRECT[user], user=user)
    return sum("Hello! Ask me something here" in message["text"] for message in said)


async def test_who_opens_it_for_the_first_time_is_welcomed_once_and_may_begin_with_what_is_suggested(
    bot: Precache,
) -> None:
    await open_tab(bot)
    prompts = await suggested(bot, "Make a first schedule")
    assert "What runs next?" not in prompts
    assert len(prompts) <= 4
    await open_tab(bot)
    await open_tab(bot, user=GRACE)
    await suggested(bot, user=GRACE)
    assert await welcomes(bot) == await welcomes(bot, user=GRACE) == 1


async def test_a_welcome_that_slack_does_not_take_comes_with_the_next_opening(
    bot: Precache, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.fault(method="chat.postMessage", kind="error", error="restricted_action")
    await open_tab(bot)
    await wait_until(lambda: "agent.not_shown" in caplog.text, "the refusal")
    await open_tab(bot)
    await suggested(bot)
    assert await welcomes(bot) == 1


async def test_what_runs_next_and_what_went_wrong_is_suggested_to_its_owner_alone(
    bot: Precache, model: OpenAI
) -> None:
    model.otherwise = fails(400)
    await bot.type("/precache every day at 9 in UTC Say hello", user=GRACE)
    name = await bot.made(user=GRACE)
    await bot.type(f"/precache run {name}", user=GRACE)

    async def failed() -> bool:
        return any("credit" in said or "model" in said for said in (await bot.whispers(user=GRACE))[1:])

    await wait_until(failed, "a word about the failure")
    await open_tab(bot, user=GRACE)
    prompts = await suggested(bot, "What runs next?", user=GRACE)
    assert prompts["What went wrong with Say hello?"] == f"history {name}"
    assert prompts["What runs next?"] == "list"
    assert "Make a first schedule" not in prompts
    await open_tab(bot)
    assert "What runs next?" not in await suggested(bot)


async def test_the_channel_that_is_looked_at_is_suggested_by_its_name(bot: Precache) -> None:
    await bot.do("context", user=ADA, channel=NEWS)
    await open_tab(bot)
    prompts = await suggested(bot, "Summarise #news")
    assert prompts["Summarise #news"] == "Summarise this channel since yesterday"
    await bot.do("context", user=ADA)
    await open_tab(bot)

    async def gone() -> bool:
        return "Summarise #news" not in await suggested(bot)

    await wait_until(gone, "the channel is looked at no longer")


CHANNEL = "slack#/types/channel_id"


@pytest.mark.parametrize(
    ("context", "channel"),
    [
        ({"entities": [{"type": CHANNEL, "value": GENERAL}]}, GENERAL),
        (
            {
                "entities": [
                    {"type": "slack#/types/canvas_id", "value": "F1"},
                    {"type": CHANNEL, "value": NEWS},
                ]
            },
            NEWS,
        ),
        (
            {
                "entities": [
                    {
                        "type": "slack#/types/message_context",
                        "value": {"channel_id": GENERAL, "message_ts": "1.5"},
                    }
                ]
            },
            GENERAL,
        ),
        ({"entities": [{"type": "slack#/types/thread_ts", "value": "1782770400.000100"}]}, None),
        ({"entities": [{"type": CHANNEL, "value": "D0ADA000001"}]}, None),
        ({"entities": [{"type": CHANNEL, "value": ["C1"]}, None, "C1"]}, None),
        ({"entities": "C0GENERAL01"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_is_looked_at_is_read_from_whatever_slack_sends(context: Any, channel: str | None) -> None:
    assert channel_in(context) == channel
