"""The App Home as people open it and press in it, through the front door of the whole app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.book import Book, Run, Schedule
from bot.upstash import CountedRedis
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says
from tests.waiting import wait_until

DAILY = "/precache every day at 18:30 Good evening"


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Well.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


async def do(bot: Precache, what: str, **body: Any) -> dict[str, Any]:
    async with bot.http.post(f"{bot.url}/sandbox/{what}", json=body) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def state(bot: Precache, user: str = ADA) -> dict[str, Any]:
    async with bot.http.get(f"{bot.url}/sandbox/state", params={"user": user}) as response:
        found: dict[str, Any] = await response.json()
        return found


async def home(bot: Precache, *words: str, user: str = ADA, without: str = "\0") -> dict[str, Any]:
    """Wait for a Home with all of `words` in it."""

    async def it() -> dict[str, Any] | None:
        view = (await state(bot, user))["home"]
        shown = str(view["blocks"]) if view else ""
        return dict(view) if view and all(each in shown for each in words) and without not in shown else None

    return await wait_until(it, f"a Home with {words}")


async def open_home(bot: Precache, *words: str, user: str = ADA) -> dict[str, Any]:
    await do(bot, "home", user=user, tab="home")
    return await home(bot, *words, user=user)


async def press(
    bot: Precache, view: Mapping[str, Any], action: str, *, option: str = "", near: str = "", user: str = ADA
) -> None:
    """Press a button, or choose `option` of the menu beside what says `near`."""
    for block in view["blocks"]:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            if element.get("action_id") != action or near not in str(block):
                continue
            chosen = [each["value"] for each in element.get("options", ()) if each["text"]["text"] == option]
            assert bool(chosen) == bool(option), [each["text"]["text"] for each in element["options"]]
            body = {"user": user, "view_id": view["id"], "block_id": block["block_id"], "action_id": action}
            answer = await do(bot, "act", **body, **({"selected": chosen[0]} if chosen else {}))
            assert answer == {"ok": True}
            return
    raise AssertionError(f"nothing to press: {action} near {near!r}")


async def test_a_newcomer_finds_first_steps_and_a_button_that_opens_the_composer(bot: Precache) -> None:
    view = await open_home(bot, "First steps", "/precache What is a cache?")
    assert "My schedules" not in str(view["blocks"])
    await press(bot, view, "home_new")

    async def composer() -> Any:
        return (await state(bot))["views"]

    (modal,) = await wait_until(composer, "the composer")
    assert modal["title"]["text"] == "New schedule"


async def test_my_schedules_and_those_of_my_channels_are_shown_and_no_others(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    await bot.type("/precache every hour What is new?", user=GRACE, channel=NEWS)
    await bot.told("Scheduled", user=GRACE, channel=NEWS)
    view = await open_home(bot, "My schedules (1)", "Good evening", "In my channels (1)", "What is new?")
    assert "First steps" not in str(view["blocks"])
    made = await do(bot, "channels", user=GRACE, name="grace-only", is_private=True)
    private = made["channel"]["id"]
    await do(bot, "invite", user=GRACE, channel=private)
    await bot.type("/precache every hour Only Grace reads this", user=GRACE, channel=private)
    await bot.told("Scheduled", user=GRACE, channel=private)
    assert "Only Grace" not in str(await open_home(bot, "In my channels (1)"))
    await open_home(bot, "Only Grace reads this", user=GRACE)


async def test_the_menu_pauses_and_resumes_and_the_home_shows_it(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await open_home(bot, "Good evening", "Next:")
    await press(bot, view, "home_menu", option="Pause")
    view = await home(bot, "_Paused_", "is paused")
    await press(bot, view, "home_menu", option="Resume")
    await home(bot, "Next:", "runs again", without="_Paused_")


async def test_a_command_changes_the_home_that_is_open(bot: Precache) -> None:
    await open_home(bot, "First steps")
    await bot.type(DAILY)
    name = (await bot.told("Scheduled")).partition("/precache show ")[2].partition("`")[0]
    await home(bot, "My schedules (1)", "Good evening")
    await bot.type(f"/precache rename {name} Vespers")
    await home(bot, "Vespers")
    await bot.type(f"/precache delete {name}")
    await home(bot, "First steps", without="Vespers")


async def test_nobody_is_bothered_with_a_home_they_have_not_opened(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    await open_home(bot, "First steps", user=GRACE)
    assert (await state(bot))["home"] is None


async def test_details_open_in_a_window_from_which_it_can_be_deleted(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await open_home(bot, "Good evening")
    await press(bot, view, "home_menu", option="Details and history")

    async def window() -> Any:
        views = (await state(bot))["views"]
        return views and "has not run yet" in str(views) and views

    (modal,) = await wait_until(window, "the details")
    await press(bot, modal, "home_delete")
    await home(bot, "First steps", "is deleted")

    async def told() -> bool:
        return "is deleted" in str((await state(bot))["views"])

    await wait_until(told, "the window says so")


async def test_the_schedule_of_someone_else_can_be_run_and_not_changed(bot: Precache, model: OpenAI) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await open_home(bot, "In my channels (1)", user=GRACE)
    (menu,) = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert [each["text"]["text"] for each in menu["options"]] == ["Run now", "Details and history"]
    await press(bot, view, "home_menu", option="Run now", user=GRACE)
    await home(bot, "runs now", user=GRACE)
    await bot.posted()


async def test_a_schedule_of_a_channel_that_one_has_left_is_not_touched(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache every hour What is new?", user=GRACE, channel=NEWS)
    await bot.told("Scheduled", user=GRACE, channel=NEWS)
    name = (await bot.told("Scheduled", user=GRACE, channel=NEWS)).partition("/precache show ")[2][:9]
    view = await open_home(bot, name)
    await bot.type(f"/precache delete {name}", user=GRACE, channel=NEWS)
    await bot.told("is deleted", user=GRACE, channel=NEWS)
    await press(bot, view, "home_menu", option="Run now")
    await home(bot, "is not here any more", without="What is new?")
    assert model.requests == 0


async def test_many_schedules_are_turned_page_by_page(bot: Precache, redis: CountedRedis) -> None:
    book = Book(redis=redis)
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
        await book.add(schedule, now=datetime.now(UTC))
    view = await open_home(bot, "My schedules (60)", "Page 1 of 3")
    assert len(view["blocks"]) <= 100
    await press(bot, view, "home_next")
    view = await home(bot, "Page 2 of 3")
    await press(bot, view, "home_next")
    view = await home(bot, "Page 3 of 3")
    await press(bot, view, "home_previous")
    await home(bot, "Page 2 of 3")


async def test_what_was_used_is_told(bot: Precache, model: OpenAI) -> None:
    for channel in (GENERAL, NEWS):
        await bot.type("/precache Why?", channel=channel)
        await bot.posted(channel=channel)

    async def counted() -> bool:  # a run is counted a moment after its post is seen
        view = await open_home(bot, "*1* call of the model")
        return all(words in str(view) for words in ("*2* answers posted", "of them from the cache"))

    await wait_until(counted, "two answers to be counted")


async def test_what_failed_lately_is_told(bot: Precache, redis: CountedRedis) -> None:
    await bot.type(DAILY)
    name = (await bot.told("Scheduled")).partition("/precache show ")[2].partition("`")[0]
    now, book = datetime.now(UTC), Book(redis=redis)
    await book.note(TEAM, name, Run(at=now - timedelta(days=8), outcome="failed", detail="no_model"))
    view = await open_home(bot, "no model is set up")
    assert "What failed lately" not in str(view["blocks"])
    await book.note(TEAM, name, Run(at=now, outcome="failed", detail="is_archived"))
    await open_home(bot, "What failed lately", "the channel was archived")


async def test_a_home_that_changed_meanwhile_is_read_again(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    view = await open_home(bot, "Good evening")
    await bot.fault(method="views.publish", kind="error", error="hash_conflict")
    await press(bot, view, "home_menu", option="Pause")
    await home(bot, "_Paused_")


async def test_the_home_is_kept_for_a_day_and_no_longer(bot: Precache, redis_raw: RawRedis) -> None:
    await open_home(bot, "First steps")
    assert 0 < await redis_raw.ttl(f"precache:home:{TEAM}:{ADA}") <= 24 * 3600


async def test_without_an_answer_about_channels_the_home_says_what_is_missing(bot: Precache) -> None:
    await bot.fault(method="users.conversations", kind="error", error="missing_scope")
    await open_home(bot, "does not tell me which channels")
