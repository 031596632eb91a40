"""Skipping a run, pausing until a day and another time, typed and pressed, through the front door."""

from __future__ import annotations

from tests.running import GENERAL, GRACE, Precache
from tests.waiting import wait_until

DAILY = "/precache every day at 18:30 Good evening"


async def made(bot: Precache, typed: str = DAILY) -> str:
    await bot.type(typed)
    return await bot.made()


async def test_a_run_is_skipped_by_command_and_undone_by_a_button(bot: Precache) -> None:
    name = await made(bot)
    await bot.type(f"/precache skip {name}")
    said = await bot.seen("I'll skip the next run of")
    assert "Its next run is on" in said["text"]
    await bot.type(f"/precache skip {name}")
    await bot.told("is skipped already")
    await bot.type("/precache list")
    assert "_Skipped_" in await bot.told("next:")
    await bot.press(said, "card_unskip")
    await bot.seen("runs at its next time after all")
    await bot.type(f"/precache show {name}")
    card = await bot.seen("Skip next run")
    await bot.press(card, "card_skip")
    assert "by <@" in str((await bot.seen("Don't skip"))["blocks"])


async def test_a_pause_until_a_day_is_shown_and_ended_early(bot: Precache) -> None:
    name = await made(bot)
    await bot.type(f"/precache snooze {name} 2 days")
    assert "Its next run is on" in await bot.told("is paused until")
    await bot.type("/precache list")
    assert "next:" in await bot.told("_Paused_ until")
    view = await bot.open_home("_Paused_ until", "Next:")
    await bot.press(view, "home_menu", option="Resume")
    await bot.home("is active again", without="_Paused_")
    for typed, words in (
        (f"snooze {name}", "Until when?"),
        (f"pause {name} until yesterday", "has passed"),
        (f"pause {name} until someday", "as a day"),
        (f"pause {name} until 30 February", "There is no 30 February"),
    ):
        await bot.type(f"/precache {typed}")
        await bot.told(words)


async def test_all_are_paused_until_a_day_after_a_look_at_their_names_and_resumed_before_it(
    bot: Precache,
) -> None:
    await made(bot)
    await bot.type("/precache pause all until 7 January")
    asked = await bot.seen("until Thu 7 Jan")
    assert "Good evening" in asked["text"]
    await bot.press(asked, "card_pauseall")
    await bot.told("Paused 1 of 1")
    await bot.type("/precache list")
    assert "_Paused_ until Thu 7 Jan" in await bot.told("next:")
    await bot.type("/precache resume all")
    await bot.press(await bot.seen("Do you want to resume this schedule?"), "card_resumeall")
    await bot.told("Resumed 1 of 1")


async def test_the_time_alone_is_changed_by_command(bot: Precache) -> None:
    name = await made(bot)
    await bot.type(f"/precache reschedule {name} every weekday at 8")
    card = await bot.seen("now runs *every weekday at 08:00*")
    assert "Good evening" in str(card)
    await bot.type(f"/precache reschedule {name} 10am")
    await bot.seen("now runs *every weekday at 10:00*")
    await bot.type(f"/precache edit {name} tomorrow at 8")
    await bot.told("that time comes only once")
    await bot.type(f"/precache reschedule {name} every blue moon")
    await bot.told("I didn't understand")
    await bot.type(f"/precache rename {name} Morning news")
    await bot.told("is now called")
    await bot.type("/precache edit morning news every day at 7")
    await bot.seen("now runs *every day at 07:00*")


async def test_the_time_alone_is_changed_in_a_window(bot: Precache) -> None:
    name = await made(bot)
    await bot.type(f"/precache show {name}")
    await bot.press(await bot.seen("Change time"), "card_retime")
    view = await bot.window("Change time")
    assert "every day at 18:30" in str(view["blocks"])
    assert "Next:" in str(view["blocks"])
    refused = await bot.submit(view, time="every blue moon")
    assert "understand" in str(refused)
    await bot.submit(view, time="every friday at 4pm")
    await bot.seen("now runs *every Friday at 16:00*")
    await bot.press(await bot.seen("Pause until…"), "card_snooze")
    await bot.submit(await bot.window("Pause until a day"), until="7 January")
    await bot.seen("is paused until Thu 7 Jan")


async def test_only_those_who_may_change_it_skip_pause_or_retime_it(bot: Precache) -> None:
    name = await made(bot)
    for typed in (f"skip {name}", f"snooze {name} 2 days", f"reschedule {name} every day at 9"):
        await bot.type(f"/precache {typed}", user=GRACE, channel=GENERAL)
    await wait_until(
        lambda: _count(bot, "can change"),
        "three refusals",
    )


async def _count(bot: Precache, words: str) -> bool:
    return sum(words in str(whisper) for whisper in await bot.whispers(user=GRACE)) >= 3
