"""Events around schedules in a real workspace: channels close, people leave, and who is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

from scheduler import Job
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache, schedule_in
from tests.stand_ins.openai import OpenAI
from tests.waiting import wait_until

DIRECT = {ADA: "D0ADA000001", GRACE: "D0GRACE0001"}


async def do(bot: Precache, action: str, **body: Any) -> None:
    async with bot.http.post(f"{bot.url}/sandbox/{action}", json={"user": ADA, **body}) as response:
        result = await response.json()
    assert result["ok"], result


async def scheduled(bot: Precache, *, user: str, channel: str, prompt: str = "Hello") -> str:
    before = len(await bot.messages(channel=channel, user=user))
    await bot.type(f"/precache every day at 9 {prompt}", user=user, channel=channel)

    async def made() -> dict[str, Any] | None:
        told = (await bot.messages(channel=channel, user=user))[before:]
        return next((message for message in told if message["text"].startswith("Scheduled")), None)

    return schedule_in(await wait_until(made, "a schedule"))


async def paused(bot: Precache) -> set[str]:
    """Those that QStash has stopped calling."""
    async with bot.qstash() as qstash:
        return {schedule.schedule_id for schedule in await qstash.schedule.list() if schedule.paused}


async def become_paused(bot: Precache, *names: str) -> None:
    async def so() -> bool:
        return await paused(bot) == set(names)

    await wait_until(so, f"{names} are paused")


async def read(bot: Precache, words: str, *, channel: str, user: str = ADA, times: int = 1) -> str:
    """Wait until everyone there can read so many messages with `words`."""

    async def there() -> str | None:
        found = [
            message["text"]
            for message in await bot.messages(channel=channel, user=user)
            if words in message["text"] and not message["ephemeral"]
        ]
        assert len(found) <= times
        return found[0] if len(found) == times else None

    return await wait_until(there, words)


async def test_a_channel_that_is_archived_pauses_its_schedules_and_tells_each_owner_once(
    bot: Precache,
) -> None:
    first = await scheduled(bot, user=ADA, channel=NEWS)
    second = await scheduled(bot, user=ADA, channel=NEWS, prompt="Good night")
    hers = await scheduled(bot, user=GRACE, channel=NEWS)
    await scheduled(bot, user=GRACE, channel=GENERAL)
    await do(bot, "archive", channel=NEWS)
    await become_paused(bot, first, second, hers)
    told = await read(bot, "archived or deleted", channel=DIRECT[ADA])
    assert "`hello-daily`" in told
    assert "`good-night`" in told
    assert "hello-daily-2" not in told
    assert "`hello-daily-2`" in await read(bot, "archived or deleted", channel=DIRECT[GRACE], user=GRACE)
    for _ in range(2):
        await do(bot, "events", event={"type": "channel_archive", "channel": NEWS, "user": ADA})
    await do(bot, "events", event={"type": "channel_deleted", "channel": NEWS})
    third = await scheduled(bot, user=GRACE, channel=GENERAL, prompt="Good evening")
    assert third not in await paused(bot)
    await read(bot, "archived or deleted", channel=DIRECT[ADA])


async def test_a_channel_the_bot_is_removed_from_pauses_too_and_says_why(bot: Precache) -> None:
    name = await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "remove", channel=NEWS)
    await become_paused(bot, name)
    assert "hello-daily" in await read(bot, "removed from", channel=DIRECT[ADA])


async def test_a_channel_with_another_name_keeps_its_schedules(bot: Precache, model: OpenAI) -> None:
    name = await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "rename", channel=NEWS, name="tidings")
    await bot.type(f"/precache run {name}", channel=NEWS)
    await bot.posted(channel=NEWS)
    assert await paused(bot) == set()


async def test_who_leaves_the_workspace_leaves_paused_schedules_and_their_channels_are_told(
    bot: Precache,
) -> None:
    hers = await scheduled(bot, user=GRACE, channel=NEWS)
    await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "deactivate", target=GRACE)
    await become_paused(bot, hers)
    assert "`hello-daily`" in await read(bot, "Grace Hopper has left this workspace", channel=NEWS)
    await do(bot, "deactivate", target=GRACE, deleted=False)
    await do(bot, "deactivate", target=GRACE)
    mine = await scheduled(bot, user=ADA, channel=NEWS, prompt="Good evening")
    assert mine not in await paused(bot)
    await read(bot, "has left this workspace", channel=NEWS)


@pytest.mark.parametrize(
    "change", [{"tz": "Asia/Tokyo"}, {"deleted": False}, {"deleted": True, "is_bot": True}]
)
async def test_nothing_else_in_a_profile_pauses_anything(bot: Precache, change: dict[str, Any]) -> None:
    await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "events", event={"type": "user_change", "user": {"id": ADA, **change}})
    await scheduled(bot, user=ADA, channel=NEWS, prompt="Good evening")
    assert await paused(bot) == set()


async def test_what_was_paused_is_resumed_by_its_owner(bot: Precache) -> None:
    name = await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "archive", channel=NEWS)
    await become_paused(bot, name)
    await do(bot, "archive", channel=NEWS, archived=False)
    await bot.type(f"/precache resume {name}", channel=NEWS)
    await become_paused(bot)


async def private_channel(bot: Precache) -> str:
    """One that Ada has made, and asked Grace and the bot into."""
    body = {"user": ADA, "name": "plans", "is_private": True}
    async with bot.http.post(f"{bot.url}/sandbox/channels", json=body) as response:
        channel = str((await response.json())["channel"]["id"])
    await do(bot, "invite", channel=channel)
    return channel


async def record(redis_raw: RawRedis, name: str, field: str) -> Any:
    return await redis_raw.hget(f"precache:schedule:{TEAM}:{name}", field)


async def test_who_is_out_of_a_private_channel_posts_there_once_more_and_is_told(
    bot: Precache, redis_raw: RawRedis
) -> None:
    channel = await private_channel(bot)
    name = await scheduled(bot, user=ADA, channel=channel)
    slot = Job(
        query="Hello", team=TEAM, channel=channel, user=ADA, schedule=name, cron="* * * * *", zone="UTC"
    )
    assert (await bot.deliver(slot)).status == 200

    async def seen() -> Any:
        return await record(redis_raw, name, "checked")

    checked = await wait_until(seen, "the owner was seen in the channel")
    await do(bot, "leave", channel=channel)
    again = replace(slot, id=None, cron="*/2 * * * *", max_age=None, zone="Europe/Berlin")
    await bot.deliver(replace(again, cron="0 9 1 1 *"))
    assert await record(redis_raw, name, "checked") == checked, "within the hour nobody asks again"
    assert await paused(bot) == set()
    await redis_raw.hset(f"precache:schedule:{TEAM}:{name}", "checked", int(checked) - 3_600_000)
    await bot.deliver(replace(again, cron="0 9 2 1 *"))
    await become_paused(bot, name)
    assert "hello-daily" in await read(bot, "no longer in the channel", channel=DIRECT[ADA])
    assert (await bot.deliver(replace(again, cron="0 9 3 1 *"))).text == "nothing to do: off"


async def test_who_leaves_a_public_channel_keeps_what_they_have_scheduled_there(
    bot: Precache, redis_raw: RawRedis
) -> None:
    name = await scheduled(bot, user=ADA, channel=NEWS)
    await do(bot, "leave", channel=NEWS)
    slot = Job(query="Hello", team=TEAM, channel=NEWS, user=ADA, schedule=name, cron="* * * * *", zone="UTC")
    await bot.deliver(slot)

    async def seen() -> Any:
        return await record(redis_raw, name, "checked")

    await wait_until(seen, "it was checked")
    assert await paused(bot) == set()
