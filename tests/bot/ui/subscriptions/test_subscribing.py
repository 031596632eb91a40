"""*Send me this too*: from the button under a post to the copy in direct messages, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.housekeeping.watchdog import slot_job
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from bot.subscriptions import Subscription, SubscriptionStore
from scheduler import Cron, Job
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache
from tests.waiting import wait_until

TO_GRACE = "D0GRACE0001"


async def scheduled(bot: Precache, what: str = "How are things?", *, channel: str = GENERAL) -> str:
    await bot.type(f"/precache every day at 9 {what}", user=ADA, channel=channel)
    return await bot.made(user=ADA, channel=channel)


async def slot(redis: CountedRedis, name: str, *, days_ago: int = 0) -> Job:
    """The job that QStash brought at a slot."""
    (found,) = await ScheduleStore(redis=redis).read_records([(TEAM, name)])
    assert found is not None
    now = datetime.now(UTC)
    cron = found.when
    assert isinstance(cron, Cron)
    return replace(slot_job(found, now=now), at=cron.slot_at(now - timedelta(days=days_ago)))


async def subscribed(bot: Precache, redis: CountedRedis, name: str, **values: str) -> dict[str, Any]:
    """Grace presses the button under the first post, and fills in the window; the word to her."""
    await bot.deliver(await slot(redis, name, days_ago=1))
    (post,) = await bot.posted()
    await bot.press(post, "post_subscribe", user=GRACE)
    window = await bot.window("How are things?", user=GRACE)
    filled = {field: {"input": value} for field, value in values.items()}
    answer = await bot.do("submit", user=GRACE, view_id=window["id"], values=filled)
    assert answer == {"ok": True}
    return await bot.seen("in our direct messages", channel=TO_GRACE, user=GRACE)


async def record_of(redis: CountedRedis, name: str, user: str = GRACE) -> Subscription | None:
    return await SubscriptionStore(redis=redis).find_record((TEAM, name, user))


async def test_a_reader_is_sent_what_is_posted_and_stops_it_with_one_press(
    bot: Precache, redis: CountedRedis
) -> None:
    name = await scheduled(bot)
    welcome = await subscribed(bot, redis, name)
    assert "each time it's posted" in str(welcome)
    assert (await bot.deliver(await slot(redis, name))).status == 200
    copy = await bot.seen("Well.", channel=TO_GRACE, user=GRACE)
    assert "|Posted> in <#C0GENERAL01> just now" in str(copy)
    await bot.press(copy, "post_unsubscribe", user=GRACE)
    told = await bot.told("no longer send you", channel=TO_GRACE, user=GRACE)
    assert f"/precache subscribe {name}" in told
    assert await record_of(redis, name) is None
    await bot.press(copy, "post_unsubscribe", user=GRACE)
    await bot.told("I don't send you that.", channel=TO_GRACE, user=GRACE)


async def test_an_hour_of_ones_own_is_a_schedule_with_qstash(bot: Precache, redis: CountedRedis) -> None:
    name = await scheduled(bot)
    await subscribed(bot, redis, name, rhythm="daily", hour="07:30")
    known = await record_of(redis, name)
    assert known is not None
    assert (known.rhythm, known.cron, known.zone, known.direct) == (
        "daily",
        "30 7 * * *",
        "America/New_York",
        TO_GRACE,
    )
    assert not known.is_pending
    async with bot.qstash() as qstash:
        held = await qstash.schedule.get(known.id)
        assert (held.cron, Job.decode((held.body or "").encode())) == (
            "CRON_TZ=America/New_York 30 7 * * *",
            known.slot_job,
        )
        await bot.type(f"/precache unsubscribe {name}", user=GRACE)
        await bot.told("no longer send you", user=GRACE)
        assert known.id not in [held.schedule_id for held in await qstash.schedule.list()]


async def test_the_time_is_changed_from_a_copy(bot: Precache, redis: CountedRedis) -> None:
    name = await scheduled(bot)
    welcome = await subscribed(bot, redis, name)
    await bot.press(welcome, "post_subscribe", user=GRACE)
    window = await bot.window("How are things?", user=GRACE)
    values = {"rhythm": {"input": "weekly"}, "hour": {"input": "16:00"}, "day": {"input": "5"}}
    assert await bot.do("submit", user=GRACE, view_id=window["id"], values=values) == {"ok": True}
    await bot.told("every Friday at 4:00\N{NO-BREAK SPACE}PM", channel=TO_GRACE, user=GRACE)
    known = await record_of(redis, name)
    assert known is not None
    assert (known.rhythm, known.cron) == ("weekly", "0 16 * * 5")


@pytest.mark.parametrize(
    ("typed", "cron"),
    [
        ("", None),
        (" at 8", "0 8 * * *"),
        (" at nine", "0 9 * * *"),
        (" nine", "0 9 * * *"),
        (" every weekday at 7:30", "30 7 * * 1-5"),
        (" every friday at 4pm", "0 16 * * 5"),
    ],
)
async def test_subscribing_is_typed(bot: Precache, redis: CountedRedis, typed: str, cron: str | None) -> None:
    name = await scheduled(bot)
    await bot.type(f"/precache subscribe {name}{typed}", user=GRACE)
    await bot.told("I'll send you", user=GRACE)
    known = await record_of(redis, name)
    assert known is not None
    assert known.cron == cron


async def test_a_name_of_several_words_is_typed_as_it_is(bot: Precache, redis: CountedRedis) -> None:
    name = await scheduled(bot)
    await bot.type(f"/precache rename {name} Morning news")
    await bot.told("is now called")
    for typed in ("subscribe me to morning news at 8", "subscribe morning news every friday at 4pm"):
        await bot.type(f"/precache {typed}", user=GRACE)
    await bot.told("every Friday at 4:00\N{NO-BREAK SPACE}PM", user=GRACE)
    await bot.type("/precache unsubscribe from Morning news", user=GRACE)
    await bot.told("no longer send you “Morning news”", user=GRACE)
    assert await record_of(redis, name) is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("subscribe {name} every month on the 1st at 8", "I can't send it at that time."),
        ("subscribe {name} at half past", "Try"),
        ("subscribe kolu-tane", "I have no schedule called"),
        ("subscribe gazette at nine", "I have no schedule called `gazette`"),
        ("subscribe the-gazette at 8", "I have no schedule called `the-gazette`"),
        ("subscribe to the gazette every friday at 4pm", "I have no schedule called `gazette`"),
        ("unsubscribe {name}", "I don't send you that."),
        ("subscriptions", "I don't send you anyone's posts."),
    ],
)
async def test_what_cannot_be_is_said(bot: Precache, redis: CountedRedis, typed: str, told: str) -> None:
    name = await scheduled(bot)
    await bot.type(f"/precache {typed.format(name=name)}", user=GRACE)
    await bot.told(told, user=GRACE)
    assert await record_of(redis, name) is None


async def test_what_runs_once_has_no_subscribers(bot: Precache) -> None:
    await bot.type("/precache in 20 minutes How are things?")
    name = await bot.made()
    await bot.type(f"/precache subscribe {name}", user=GRACE)
    await bot.told("runs only once", user=GRACE)


async def test_pressing_twice_is_one_subscription(bot: Precache, redis: CountedRedis) -> None:
    name = await scheduled(bot)
    for _ in range(2):
        await bot.type(f"/precache subscribe {name}", user=GRACE)
    await bot.seen("I'll send you", channel=TO_GRACE, user=GRACE)
    store = SubscriptionStore(redis=redis)
    assert await store.count_subscribers([(TEAM, name)]) == [1]
    welcomes = [
        shown for shown in await bot.messages(channel=TO_GRACE, user=GRACE) if "I'll send" in str(shown)
    ]
    assert len(welcomes) == 1


async def test_a_person_to_whom_nobody_may_write_is_told_where_they_asked(
    bot: Precache, redis: CountedRedis
) -> None:
    name = await scheduled(bot)
    await bot.fault(method="chat.postMessage", kind="error", error="cannot_dm_bot")
    await bot.type(f"/precache subscribe {name}", user=GRACE)
    await bot.told("Slack doesn't let me write to you", user=GRACE)
    assert await record_of(redis, name) is None


async def test_a_person_whose_zone_slack_does_not_tell_reads_that_it_is_utc(
    bot: Precache, redis: CountedRedis
) -> None:
    name = await scheduled(bot)
    for _ in range(3):
        await bot.fault(method="users.info", kind="status", status=503)
    await bot.type(f"/precache subscribe {name} at 8", user=GRACE)
    await wait_until(lambda: record_or_word(bot, redis, name), "an answer")


async def record_or_word(bot: Precache, redis: CountedRedis, name: str) -> bool:
    found = await record_of(redis, name)
    said = "".join(await bot.whispers(user=GRACE))
    return (found is not None and found.zone == "UTC" and "used UTC" in said) or "didn't tell me" in said


async def test_leaving_the_channel_ends_it_and_says_so(bot: Precache, redis: CountedRedis) -> None:
    name = await scheduled(bot, channel=NEWS)
    await bot.type(f"/precache subscribe {name}", user=GRACE, channel=NEWS)
    await bot.told("I'll send you", user=GRACE, channel=NEWS)
    await bot.do("leave", user=GRACE, channel=NEWS)
    await bot.seen("You've left <#C0NEWS00001>", channel=TO_GRACE, user=GRACE)
    assert await record_of(redis, name) is None


async def test_the_owner_sees_how_many_and_a_subscriber_what_they_are_sent(
    bot: Precache, redis: CountedRedis
) -> None:
    name = await scheduled(bot)
    await subscribed(bot, redis, name, rhythm="daily", hour="07:30")
    await bot.type(f"/precache show {name}")
    await bot.told("Also sent to 1 person")
    await bot.open_home("Also sent to 1 person")
    home = await bot.open_home("Sent to me (1)", "every day at 7:30", user=GRACE)
    await bot.type("/precache subscriptions", user=GRACE)
    await bot.told(name, user=GRACE)
    await bot.press(home, "home_unsubscribe", user=GRACE)
    await bot.home("no longer send you", user=GRACE, without="Sent to me")
    assert await record_of(redis, name) is None


async def test_nobody_subscribes_to_what_a_private_channel_is_told(
    bot: Precache, redis: CountedRedis
) -> None:
    made = await bot.do("channels", user=ADA, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=ADA, channel=channel)
    name = await scheduled(bot, "What is secret?", channel=channel)
    await bot.type(f"/precache subscribe {name}", user=GRACE)
    told = await bot.told("I have no schedule called", user=GRACE)
    assert "secret" not in told
    assert await record_of(redis, name) is None


async def test_a_person_who_is_out_sees_the_title_that_they_knew_and_changes_nothing(
    bot: Precache, redis: CountedRedis
) -> None:
    """Also where Slack's event about it was lost, and the prompt has been changed since."""
    made = await bot.do("channels", user=ADA, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=ADA, channel=channel)
    name = await scheduled(bot, "What is secret?", channel=channel)
    own = Subscription(
        team=TEAM,
        schedule=name,
        user=GRACE,
        rhythm="at_once",
        channel=channel,
        direct=TO_GRACE,
        title="The old title",
        since=datetime.now(UTC),
    )
    await SubscriptionStore(redis=redis).put_record(own, now=datetime.now(UTC))
    await bot.type("/precache subscriptions", user=GRACE)
    assert "secret" not in await bot.told("The old title", user=GRACE)
    home = await bot.open_home("Sent to me (1)", "The old title", user=GRACE)
    assert "What is secret" not in str(home)
    await bot.type(f"/precache subscribe {name} at 8", user=GRACE)
    told = await bot.told("so I can't send it to you", user=GRACE)
    assert "What is secret" not in told
    await bot.type(f"/precache unsubscribe {name}", user=GRACE)
    assert "secret" not in await bot.told("I no longer send you", user=GRACE)
