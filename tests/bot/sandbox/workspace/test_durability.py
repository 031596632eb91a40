"""All that was acknowledged is there after the process is gone, however it went."""

from __future__ import annotations

from datetime import timedelta

from redis.asyncio import Redis

from bot.sandbox.workspace import FIRST, Journal, Live, Message, Workspace
from tests.bot.sandbox.town import ADA, GENERAL, GRACE, METADATA, NEWS, RANDOM, open_town


async def test_a_second_process_finds_all_that_the_first_acknowledged(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as before:
        slack = before.slack
        ts = (await slack.chat_postMessage(channel=GENERAL, text="keep", metadata=METADATA))["ts"]
        await slack.chat_postMessage(channel=GENERAL, text="reply", thread_ts=ts)
        await slack.chat_postEphemeral(channel=GENERAL, user=ADA, text="for Ada")
        await slack.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
        await slack.chat_update(
            channel=GENERAL, ts=ts, text="kept", blocks=[{"type": "divider", "block_id": "d"}]
        )
        gone = (await slack.chat_postMessage(channel=GENERAL, text="gone"))["ts"]
        await slack.chat_delete(channel=GENERAL, ts=gone)
        made = (await before.do("channels", user=GRACE, name="plot", is_private=True))["channel"]["id"]
        await slack.conversations_join(channel=RANDOM)
        await slack.conversations_archive(channel=NEWS)
        # The first is still open: the second sees what a process would that came after a kill -9.
        async with open_town(redis_raw) as after:
            for user in (ADA, GRACE):
                was, is_now = await before.state(user), await after.state(user)
                assert is_now["channels"] == was["channels"]
                assert is_now["messages"] == was["messages"]
            assert [message["text"] for message in await after.sees(user=GRACE)] == ["kept", "reply"]
            assert made in (await after.state(GRACE))["messages"]
            later = (await after.slack.chat_postMessage(channel=GENERAL, text="later"))["ts"]
            assert later > gone


async def test_time_stamps_go_on_even_if_the_clock_went_back(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        first = (await town.type("now"))["ts"]
        town.clock.ahead = timedelta(hours=-1)
        assert (await town.type("an hour ago?"))["ts"] > first


async def test_the_oldest_messages_make_room(redis_raw: Redis) -> None:
    live = Live(journal=Journal(redis_raw, most_messages=3), workspace=Workspace(team=FIRST))
    await live.load_workspace()
    for number in range(5):
        await live.post_message(Message(ts=live.next_ts(), channel=GENERAL, user=ADA, text=str(number)))
    assert [message.text for message in live.workspace.all_messages(GENERAL)] == ["2", "3", "4"]
    again = Live(journal=Journal(redis_raw, most_messages=3), workspace=Workspace(team=FIRST))
    await again.load_workspace()
    assert again.workspace.all_messages(GENERAL) == live.workspace.all_messages(GENERAL)
    assert await redis_raw.zcard("sandbox:order") == 3


async def test_every_key_is_the_sandboxs_own_and_urls_expire(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        await town.type("hi")
        await town.type("/precache hi")
    keys = [key.decode() async for key in redis_raw.scan_iter()]
    assert all(key.startswith("sandbox:") for key in keys)
    (url,) = [key for key in keys if key.startswith("sandbox:respond:")]
    assert 0 < await redis_raw.pttl(url) <= 31 * 60 * 1000


async def test_what_could_not_be_stored_did_not_happen(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        await redis_raw.config_set("maxmemory", "1")  # from now on, Redis refuses to write
        try:
            status, _, answer = await town.raw("chat.postMessage", channel=GENERAL, text="hi")
        finally:
            await redis_raw.config_set("maxmemory", "0")
        assert (status, answer) == (500, {"ok": False, "error": "internal_error"})
        assert await town.sees() == []
        assert (await town.slack.chat_postMessage(channel=GENERAL, text="hi"))["ok"]
