"""Several places for one schedule, as people type, see and change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.housekeeping.watchdog import slot_job
from bot.schedules.schedule import Place, Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM, Precache
from tests.stand_ins.openai import OpenAI
from tests.waiting import wait_until

GRACES = "D0GRACE0001"
ADAS = "D0ADA000001"


async def scheduled(bot: Precache, redis: CountedRedis, text: str, *, says: str = "Scheduled") -> Schedule:
    await bot.type(f"/precache {text}")
    name = await bot.made(says)
    (found,) = await ScheduleStore(redis=redis).read_records([(TEAM, name)])
    assert found is not None
    return found


async def posted_in(bot: Precache, *channels: str) -> None:
    for channel in channels:
        await bot.seen("Well.", channel=channel, user=GRACE if channel == GRACES else ADA)


async def test_channels_and_a_person_are_typed_and_each_gets_the_one_answer(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    made = await scheduled(bot, redis, "every monday at 9 to #general, #news and @grace, #news: What is new?")
    assert made.query == "What is new?"
    assert made.places == (
        Place(channel=GENERAL),
        Place(channel=NEWS),
        Place(channel=GRACES, user=GRACE),
    )
    assert f"Posts to: <#{GENERAL}>, <#{NEWS}> and <@{GRACE}>" in await bot.told("Posts to")
    assert (await bot.deliver(slot_job(made, now=datetime.now(UTC)))).status == 200
    await posted_in(bot, GENERAL, NEWS, GRACES)
    assert model.requests == 1

    async def are_written_down() -> bool:
        return len(await ScheduleStore(redis=redis).read_history(TEAM, made.id)) == 3

    await wait_until(are_written_down, "a line of history for each place")
    await bot.type(f"/precache history {made.id}", channel=RANDOM)
    told = await bot.told("Last runs", channel=RANDOM)
    (line,) = [line for line in told.splitlines() if "posted" in line]
    assert all(place in line for place in (f"<#{GENERAL}>", f"<#{NEWS}>", f"<@{GRACE}>"))
    await bot.type(f"/precache show {made.id}", channel=RANDOM)
    shown = await bot.told("Last run:", channel=RANDOM)
    (line,) = [line for line in shown.splitlines() if line.startswith("Last run:")]
    assert "– posted" in line


async def test_it_is_listed_in_each_of_its_channels_and_in_no_other(
    bot: Precache, redis: CountedRedis
) -> None:
    await scheduled(bot, redis, "every monday at 9 to #general and #news: What is new?")
    for channel in (GENERAL, NEWS):
        await bot.type("/precache list", user=GRACE, channel=channel)
        assert "`new-mondays`" in await bot.told("every Monday", user=GRACE, channel=channel)
    await bot.type("/precache list", user=GRACE, channel=RANDOM)
    assert "new-mondays" not in await bot.told("Nothing is scheduled here", user=GRACE, channel=RANDOM)


async def test_what_does_not_fit_is_named_and_the_others_are_offered(bot: Precache) -> None:
    await bot.type("/precache every monday at 9 to #general, #nowhere and @nobody: What is new?")
    told = await bot.told("I can't post to all of these places")
    assert "I can't find #nowhere" in told
    assert "I can't find @nobody" in told
    assert "`/precache every monday at 9 to #general: What is new?`" in told


async def test_more_places_than_twenty_are_refused(bot: Precache) -> None:
    channels = []
    for number in range(21):
        made = await bot.do("channels", user=ADA, name=f"room-{number}", is_private=False)
        channel: dict[str, Any] = made["channel"]
        await bot.do("invite", user=ADA, channel=channel["id"])
        channels.append(f"#room-{number}")
    await bot.type(f"/precache every monday at 9 to {', '.join(channels)}: What is new?")
    assert "That's 21 places, and the limit is 20." in await bot.told("21 places")


async def test_a_closed_place_is_told_to_the_owner_who_takes_it_away_with_a_button(
    bot: Precache, redis: CountedRedis
) -> None:
    made = await scheduled(bot, redis, "every monday at 9 to #general and #news: What is new?")
    await bot.do("archive", user=ADA, channel=NEWS)
    await bot.deliver(slot_job(made, now=datetime.now(UTC)))
    told = await bot.seen("it is archived", user=ADA, channel=ADAS)
    await bot.press(told, "card_unplace")

    async def is_removed() -> bool:
        (found,) = await ScheduleStore(redis=redis).read_records([(TEAM, made.id)])
        return found is not None and found.places == (Place(channel=GENERAL),)

    await wait_until(is_removed, "the place is gone")


@pytest.mark.parametrize("user", [ADA, GRACE])
async def test_only_its_owner_has_it_run_in_all_places(bot: Precache, redis: CountedRedis, user: str) -> None:
    made = await scheduled(bot, redis, "every monday at 9 to #general and #news: What is new?")
    await bot.type(f"/precache run {made.id}", user=user, channel=NEWS)
    await posted_in(bot, NEWS)
    if user == ADA:
        await posted_in(bot, GENERAL)
    else:
        assert await bot.posts(channel=GENERAL) == []
