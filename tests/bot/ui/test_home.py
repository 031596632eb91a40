"""The App Home as people open it and press in it, through the front door of the whole app."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis as RawRedis

from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Ending
from bot.schedules.history.run import Run
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.sources import Thread
from bot.storage.client import CountedRedis
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache
from tests.stand_ins.openai import OpenAI
from tests.waiting import wait_until

DAILY = "/precache every day at 18:30 Good evening"


async def test_a_newcomer_finds_first_steps_and_a_button_that_opens_the_composer(bot: Precache) -> None:
    view = await bot.open_home("First steps", "/precache What is a feature flag?")
    assert "My schedules" not in str(view["blocks"])
    await bot.press(view, "home_new")

    async def composer() -> Any:
        return (await bot.state())["views"]

    (modal,) = await wait_until(composer, "the composer")
    assert modal["title"]["text"] == "New schedule"


async def test_my_schedules_and_those_of_my_channels_are_shown_and_no_others(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    await bot.type("/precache cron 0 9 1 1 * What is new?", user=GRACE, channel=NEWS)
    await bot.told("Scheduled", user=GRACE, channel=NEWS)
    view = await bot.open_home("My schedules (1)", "Good evening", "In my channels (1)", "What is new?")
    assert "First steps" not in str(view["blocks"])
    made = await bot.do("channels", user=GRACE, name="grace-only", is_private=True)
    private = made["channel"]["id"]
    await bot.do("invite", user=GRACE, channel=private)
    await bot.type("/precache every hour Only Grace reads this", user=GRACE, channel=private)
    await bot.told("Scheduled", user=GRACE, channel=private)
    assert "Only Grace" not in str(await bot.open_home("In my channels (1)"))
    await bot.open_home("Only Grace reads this", user=GRACE)


async def test_the_menu_pauses_and_resumes_and_the_home_shows_it(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await bot.open_home("Good evening", "Next:")
    await bot.press(view, "home_menu", option="Pause")
    view = await bot.home("_Paused_", "is paused")
    await bot.press(view, "home_menu", option="Resume")
    await bot.home("Next:", "is active again", without="_Paused_")


async def test_a_command_changes_the_home_that_is_open(bot: Precache) -> None:
    await bot.open_home("First steps")
    await bot.type(DAILY)
    name = await bot.made()
    await bot.home("My schedules (1)", "Good evening")
    await bot.type(f"/precache rename {name} Vespers")
    await bot.home("Vespers")
    await bot.type(f"/precache delete {name}")
    await bot.home("First steps", without="Vespers")


async def test_nobody_is_bothered_with_a_home_they_have_not_opened(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    await bot.open_home("First steps", user=GRACE)
    assert (await bot.state())["home"] is None


async def test_details_open_in_a_window_from_which_it_can_be_deleted(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await bot.open_home("Good evening")
    await bot.press(view, "home_menu", option="Details and history")

    async def window() -> Any:
        views = (await bot.state())["views"]
        return views and "hasn't run yet" in str(views) and views

    (modal,) = await wait_until(window, "the details")
    await bot.press(modal, "home_pause")
    modal = await bot.window("is paused")
    await bot.press(modal, "home_delete")
    await bot.home("First steps", "is deleted")
    await bot.press(await bot.window("is deleted"), "home_undo")
    await bot.press(await bot.window("is back, just as it was"), "home_edit")
    form = await bot.window("Edit schedule")
    assert await bot.submit(form, prompt="Good night") == {"ok": True}
    view = await bot.home("Good night", "_Paused_")
    await bot.press(view, "home_menu", option="Delete")
    view = await bot.home("“Good night” is deleted. You can undo this for a minute.")
    await bot.press(view, "home_undo")
    await bot.home("Good night", "is back")


async def test_a_schedule_is_renamed_and_given_away_from_its_details(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await bot.open_home("Good evening")
    await bot.press(view, "home_menu", option="Details and history")
    await bot.press(await bot.window("hasn't run yet"), "home_rename")
    form = await bot.window("not another schedule's name")
    assert "too long" in (await bot.submit(form, name="n" * 3_000))["errors"]["name"]
    assert await bot.submit(form, name="Vespers") == {"ok": True}
    view = await bot.home("Vespers")
    await bot.press(view, "home_menu", option="Details and history")
    await bot.press(await bot.window("hasn't run yet"), "home_transfer")
    form = await bot.window("New owner")
    assert "already belongs to them" in (await bot.submit(form, user=ADA))["errors"]["user"]
    assert await bot.submit(form, user=GRACE) == {"ok": True}
    await bot.home("In my channels (1)", "Vespers", f"Owner: <@{GRACE}>")


async def test_help_is_a_window_over_the_home(bot: Precache) -> None:
    await bot.press(await bot.open_home("First steps"), "home_help")
    shown = str(await bot.window("Ask once, read it on time"))
    assert all(words in shown for words in ("transfer", "every weekday at 9am", "Refresh"))


async def test_the_schedule_of_someone_else_can_be_run_and_not_changed(bot: Precache, model: OpenAI) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await bot.open_home("In my channels (1)", user=GRACE)
    (menu,) = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Run now",
        "Details and history",
        "Make a copy",
    ]
    await bot.press(view, "home_menu", option="Run now", user=GRACE)
    await bot.home("Running ", user=GRACE)
    await bot.posted()


async def test_a_schedule_of_a_channel_that_one_has_left_is_not_touched(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache cron 0 9 1 1 * What is new?", user=GRACE, channel=NEWS)
    await bot.told("Scheduled", user=GRACE, channel=NEWS)
    name = await bot.made(user=GRACE, channel=NEWS)
    view = await bot.open_home(name)
    await bot.type(f"/precache delete {name}", user=GRACE, channel=NEWS)
    await bot.told("is deleted", user=GRACE, channel=NEWS)
    await bot.press(view, "home_menu", option="Run now")
    await bot.home("I can't find that schedule", without="What is new?")
    assert model.requests == 0


async def test_many_schedules_are_turned_page_by_page(bot: Precache, redis: CountedRedis) -> None:
    schedule_store = ScheduleStore(redis=redis)
    for number in range(60):
        schedule = Schedule(
            id=f"many-{number:04}",
            team=TEAM,
            channel=GENERAL,
            user=ADA,
            query=f"Number {number}",
            zone="UTC",
            cron=f"{number} 9 * * *",
        )
        await schedule_store.add_record(schedule, now=datetime.now(UTC))
    view = await bot.open_home("My schedules (60)", "Page 1 of 3")
    assert len(view["blocks"]) <= 100
    await bot.press(view, "home_next")
    view = await bot.home("Page 2 of 3")
    await bot.press(view, "home_next")
    view = await bot.home("Page 3 of 3")
    await bot.press(view, "home_previous")
    await bot.home("Page 2 of 3")


async def test_what_was_used_is_told(bot: Precache, model: OpenAI) -> None:
    for channel in (GENERAL, NEWS):
        await bot.type("/precache Why?", channel=channel)
        await bot.posted(channel=channel)

    async def counted() -> bool:  # a run is counted a moment after its post is seen
        view = await bot.open_home("*1* model call")
        return all(words in str(view) for words in ("*2* posts", "answers were reused"))

    await wait_until(counted, "two answers to be counted")


async def test_a_button_opens_the_statistics(bot: Precache, model: OpenAI) -> None:
    view = await bot.open_home("Nothing has been used this month")
    await bot.press(view, "home_stats")
    view = await bot.home("ℹ️ *This workspace in")
    await bot.type("/precache Why?")
    await bot.posted()

    async def window() -> Any:  # a run is counted a moment after its post is seen
        await bot.press(view, "home_stats")
        views = (await bot.state())["views"]
        return views[-1] if views else None

    opened = await wait_until(window, "a window")
    assert opened["title"]["text"] == "Statistics"
    assert "*1* model call" in str(opened["blocks"])


async def test_what_failed_lately_is_told(bot: Precache, redis: CountedRedis) -> None:
    await bot.type(DAILY)
    name = await bot.made()
    now, ledger = datetime.now(UTC), Ledger(redis=redis)

    async def failed(at: datetime, why: str) -> None:
        line = Run(at=at, outcome="failed", detail=why)
        await ledger.record_posted(
            f"{TEAM}:{name}:{why}", ts="", ending=Ending(schedule=(TEAM, name), line=line)
        )

    await failed(now - timedelta(days=8), "no_model")
    view = await bot.open_home("no model was set up")
    assert "Recent problems" not in str(view["blocks"])
    await failed(now, "is_archived")
    await bot.open_home("Recent problems", "the channel was archived")


async def test_a_home_that_changed_meanwhile_is_read_again(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await bot.open_home("Good evening")
    await bot.fault(method="views.publish", kind="error", error="hash_conflict")
    await bot.press(view, "home_menu", option="Pause")
    await bot.home("_Paused_")


async def test_the_home_is_kept_for_a_day_and_no_longer(bot: Precache, redis_raw: RawRedis) -> None:
    await bot.open_home("First steps")
    assert 0 < await redis_raw.ttl(f"precache:home:{TEAM}:{ADA}") <= 24 * 3600


async def test_without_an_answer_about_channels_the_home_says_what_is_missing(bot: Precache) -> None:
    await bot.fault(method="users.conversations", kind="error", error="missing_scope")
    await bot.open_home("didn't tell me which channels")


async def test_a_schedule_that_reads_a_thread_is_shown_like_any_other(
    bot: Precache, redis: CountedRedis
) -> None:
    source = Thread(channel=GENERAL, ts="1.0")
    record = Schedule(
        id="kolu-tane",
        team=TEAM,
        channel=GENERAL,
        user=ADA,
        query="Summarise this thread",
        zone="Europe/Berlin",
        cron="0 9 * * *",
        sources=(source,),
    )
    assert isinstance(await ScheduleStore(redis=redis).add_record(record, now=datetime.now(UTC)), Schedule)
    await bot.open_home()
    await bot.home("kolu-tane", "Summarise this thread")


async def private(bot: Precache) -> str:
    """A channel of Grace, for which she has scheduled something."""
    made = await bot.do("channels", user=GRACE, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=channel)
    await bot.type("/precache every hour Only Grace reads this", user=GRACE, channel=channel)
    await bot.told("Scheduled", user=GRACE, channel=channel)
    return channel


async def test_a_person_who_has_left_a_private_channel_is_shown_nothing_of_it_when_something_else_changes(
    bot: Precache,
) -> None:
    channel = await private(bot)
    await bot.open_home("Only Grace reads this", user=GRACE)
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.type(DAILY, user=GRACE)
    await bot.home("Good evening", without="Only Grace", user=GRACE)


async def test_the_home_leaves_out_what_slack_does_not_tell_and_shows_the_rest(bot: Precache) -> None:
    channel = await private(bot)
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.type(DAILY, user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    await bot.fault(method="conversations.info", kind="status", times=9)
    view = await bot.open_home("Good evening", "one of your schedules is missing", user=GRACE)
    assert "Only Grace" not in str(view["blocks"])
