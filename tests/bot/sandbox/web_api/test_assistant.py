"""What an agent shows beside its words: a status while it works, and what one may ask it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from tests.bot.sandbox.town import ADA, ADAS_DM, GENERAL, GRACE, NEWS, Town, error, open_town
from tests.waiting import wait_until

PROMPTS = [{"title": "What runs next?", "message": "list"}]


async def agent_in(town: Town, channel: str, user: str = ADA) -> dict[str, Any]:
    """What a person's page shows of the app in a channel."""
    state = await town.state(user)
    return next((agent for agent in state["agents"] if agent["channel"] == channel), {})


async def test_a_status_is_shown_until_the_app_answers_in_its_thread(town: Town) -> None:
    root = str((await town.type("@precache hi"))["ts"])
    set_status = town.slack.assistant_threads_setStatus
    await set_status(channel_id=GENERAL, thread_ts=root, status="is thinking", loading_messages=["reads …"])
    (status,) = (await agent_in(town, GENERAL))["statuses"]
    assert (status["thread"], status["words"], status["loading"]) == (root, "is thinking", ["reads …"])
    assert 0 < status["left"] <= 120
    await town.slack.chat_postMessage(channel=GENERAL, text="elsewhere")
    assert (await agent_in(town, GENERAL))["statuses"]
    await town.slack.chat_postMessage(channel=GENERAL, text="here", thread_ts=root)
    assert (await agent_in(town, GENERAL))["statuses"] == []


async def test_a_status_is_cleared_with_no_words_and_ends_after_two_minutes(town: Town) -> None:
    root = str((await town.type("@precache hi"))["ts"])
    for ending in ("cleared", "over"):
        await town.slack.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=root, status="works")
        assert (await agent_in(town, GENERAL))["statuses"]
        if ending == "cleared":
            await town.slack.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=root, status="")
        else:
            town.clock.ahead = timedelta(seconds=121)
        assert (await agent_in(town, GENERAL))["statuses"] == []


async def test_suggestions_are_those_of_the_tab(town: Town) -> None:
    suggest = town.slack.assistant_threads_setSuggestedPrompts
    await suggest(channel_id=ADAS_DM, prompts=PROMPTS, title="Ask")
    assert (await agent_in(town, ADAS_DM))["suggested"] == {"title": "Ask", "prompts": PROMPTS}
    assert await agent_in(town, ADAS_DM, user=GRACE) == {}
    await suggest(channel_id=ADAS_DM, prompts=[{"title": "a", "message": "b"}], thread_ts="1.5")
    assert (await agent_in(town, ADAS_DM))["suggested"]["prompts"] == PROMPTS


async def test_what_is_out_of_the_form_is_refused(town: Town) -> None:
    suggest, set_status = (
        town.slack.assistant_threads_setSuggestedPrompts,
        town.slack.assistant_threads_setStatus,
    )
    assert await error(suggest(channel_id=ADAS_DM, prompts=PROMPTS * 5)) == "invalid_arguments"
    assert await error(suggest(channel_id=ADAS_DM, prompts=[{"title": "a"}])) == "invalid_arguments"
    assert await error(suggest(channel_id=GENERAL, prompts=PROMPTS)) == "channel_not_supported"
    assert await error(suggest(channel_id="C0NOWHERE01", prompts=PROMPTS)) == "channel_not_found"
    wrong = set_status(channel_id=GENERAL, thread_ts="1.5", status="works")
    assert await error(wrong) == "thread_not_found"
    root = str((await town.type("hi"))["ts"])
    many = set_status(channel_id=GENERAL, thread_ts=root, status="works", loading_messages=["x"] * 11)
    assert await error(many) == "invalid_arguments"


async def test_the_app_hears_what_a_person_looks_at(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=["app_context_changed"]) as town:
        await town.do("context", user=ADA, channel=NEWS)
        await wait_until(lambda: town.app.received, "the event")
        event = town.app.received[0]["event"]
        assert (event["type"], event["user"], event["channel"]) == ("app_context_changed", ADA, ADAS_DM)
        team = town.app.received[0]["team_id"]
        assert event["context"] == {
            "entities": [{"type": "slack#/types/channel_id", "value": NEWS, "team_id": team}]
        }
        await town.do("context", user=ADA)
        await wait_until(lambda: len(town.app.received) == 2, "the next event")
        assert town.app.received[1]["event"]["context"] == {}


async def test_nobody_looks_at_what_they_cannot_see(town: Town) -> None:
    made = await town.do("channels", user=ADA, name="secrets", is_private=True)
    secret = str(made["channel"]["id"] if isinstance(made["channel"], dict) else made["channel"])
    assert (await town.do("context", user=ADA, channel=secret))["status"] == 200
    for channel in (secret, "C0NOWHERE01"):
        told = await town.do("context", user=GRACE, channel=channel)
        assert (told["status"], told["error"]) == (400, "channel_not_found")
