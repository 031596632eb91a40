"""What people do on the page, done by a browser."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Seen, Site, Visit
from tests.browser.small_app import button
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def composer(page: Page) -> Any:
    return page.locator("#composer")


def message(page: Page, text: str) -> Any:
    return page.locator("#list .message", has_text=text)


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def test_a_slash_completes_to_a_command_and_its_private_answer(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await composer(page).type("/")
    option = page.get_by_role("option")
    await expect(option).to_contain_text("[when] [prompt] | help")
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("/precache ")
    await expect(page.locator("#compose .usage")).to_contain_text("[when] [prompt]")
    await composer(page).type("help")
    await composer(page).press("Enter")
    await expect(composer(page)).to_have_value("")
    answer = message(page, "Try /precache and a question, @Ada Lovelace.")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("APP")
    assert site.app.commands == ["help"]


async def test_enter_takes_a_half_typed_command_and_sends_a_whole_one(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await composer(page).type("/pre")
    await composer(page).press("Enter")
    await expect(composer(page)).to_have_value("/precache ")
    await composer(page).fill("/precache")
    await composer(page).press("Enter")
    await wait_until(lambda: site.app.commands == [""], "the command without text")


async def test_an_answer_appears_at_once_for_everybody_and_a_private_reply_for_one(
    site: Site, visit: Visit
) -> None:
    ada, grace = await visit("ada"), await visit("grace")
    await say(ada, "/precache What is a cache?")
    await expect(message(grace, "You asked: What is a cache?")).to_be_visible()
    await expect(message(ada, "You asked: What is a cache?")).to_be_visible()
    await expect(message(ada, "On it…")).to_be_visible()
    await expect(message(grace, "On it…")).to_have_count(0)
    await expect(grace.locator("#live")).to_contain_text("Precache: You asked: What is a cache?")


async def test_a_click_rests_its_button_until_the_app_took_it(site: Site, visit: Visit) -> None:
    ada, grace = await visit("ada"), await visit("grace")
    await site.app.say("An old answer", site.channels["general"], button("refresh", "Refresh"))
    refresh = message(ada, "An old answer").get_by_role("button", name="Refresh")
    site.app.may_acknowledge.clear()
    await refresh.click()
    await expect(refresh).to_be_disabled()
    site.app.may_acknowledge.set()
    await expect(message(ada, "Fresh again.")).to_be_visible()
    await expect(message(grace, "Fresh again.")).to_be_visible()
    await expect(message(ada, "An old answer")).to_have_count(0)
    assert [click["value"] for click in site.app.clicks] == ["refresh"]


async def test_a_click_that_the_app_refuses_says_so_at_the_button(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await site.app.say("Broken", site.channels["general"], button("stop", "Stop"))
    site.app.refuses_clicks = True
    stop = message(page, "Broken").get_by_role("button", name="Stop")
    await stop.click()
    await expect(message(page, "Broken").get_by_role("alert")).to_contain_text("did not take this")
    await expect(stop).to_be_enabled()


async def test_a_button_with_a_confirmation_acts_only_when_confirmed(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    sure = {
        "title": {"type": "plain_text", "text": "Delete it?"},
        "text": {"type": "plain_text", "text": "It is gone for good."},
        "confirm": {"type": "plain_text", "text": "Delete"},
        "deny": {"type": "plain_text", "text": "Keep"},
    }
    await site.app.say("A schedule", site.channels["general"], button("delete", "Delete…", confirm=sure))
    delete, dialog = (
        message(page, "A schedule").get_by_role("button", name="Delete…"),
        page.get_by_role("dialog"),
    )
    await delete.click()
    await expect(dialog).to_contain_text("It is gone for good.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await delete.click()
    await dialog.get_by_role("button", name="Keep").click()
    await expect(dialog).to_have_count(0)
    assert site.app.clicks == []
    await delete.click()
    await dialog.get_by_role("button", name="Delete").click()
    await wait_until(lambda: len(site.app.clicks) == 1, "the confirmed click")


async def test_a_menu_sends_the_option_that_was_chosen(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    options = [
        {"text": {"type": "plain_text", "text": text}, "value": text.lower()} for text in ("Daily", "Weekly")
    ]
    often = {"type": "static_select", "action_id": "often", "options": options}
    await site.app.say(
        "Choose", site.channels["general"], often, {**often, "type": "overflow", "action_id": "more"}
    )
    await message(page, "Choose").get_by_role("combobox").select_option(label="Weekly")
    await wait_until(lambda: len(site.app.clicks) == 1, "the choice")
    await message(page, "Choose").get_by_label("More actions").click()
    await message(page, "Choose").get_by_role("button", name="Daily").click()
    await wait_until(lambda: len(site.app.clicks) == 2, "the other choice")
    assert [click["selected_option"]["value"] for click in site.app.clicks] == ["weekly", "daily"]


async def test_a_thread_opens_beside_the_channel_and_counts_its_replies(site: Site, visit: Visit) -> None:
    ada, grace = await visit("ada"), await visit("grace")
    parent = await site.app.say("A long answer", site.channels["general"])
    await site.app.say("Its second part", site.channels["general"], thread_ts=parent)
    await message(ada, "A long answer").get_by_role("button", name="1 reply").click()
    thread = ada.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("Its second part")
    await ada.locator("#thread-composer").fill("/precache help")
    await ada.locator("#thread-composer").press("Enter")
    await expect(thread).to_contain_text("not supported in threads")
    await ada.locator("#thread-composer").fill("Thanks!")
    await ada.locator("#thread-composer").press("Enter")
    await expect(thread).to_contain_text("Thanks!")
    await expect(message(grace, "A long answer")).to_contain_text("2 replies")
    await expect(message(grace, "Thanks!")).to_have_count(0)
    await ada.reload()
    await expect(thread).to_contain_text("Thanks!")
    await ada.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


async def test_a_reload_keeps_messages_place_and_person(site: Site, visit: Visit) -> None:
    page = await visit("grace")
    await page.get_by_role("link", name="news").click()
    await say(page, "/precache help")
    await expect(message(page, "@Grace Hopper")).to_be_visible()
    await say(page, "Good *morning* <all>")
    await expect(message(page, "Good morning <all>")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await expect(message(page, "Good morning <all>")).to_contain_text("Grace Hopper")
    await expect(message(page, "@Grace Hopper")).to_contain_text("Only visible to you")
    await expect(page.get_by_role("button", name="Grace Hopper")).to_have_attribute("aria-pressed", "true")


async def test_switching_people_shows_what_the_other_one_sees(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await page.get_by_role("link", name="Precache").click()
    await say(page, "Just between us")
    await expect(message(page, "Just between us")).to_be_visible()
    await page.get_by_role("button", name="Grace Hopper").click()
    await expect(page.get_by_role("button", name="Grace Hopper")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Precache")
    await expect(message(page, "Just between us")).to_have_count(0)
    await say(page, "This is Grace")
    await expect(message(page, "This is Grace")).to_contain_text("Grace Hopper")


async def test_times_are_in_the_zone_of_the_one_who_looks(site: Site, visit: Visit) -> None:
    await site.app.post(site.channels["general"], text="Next: <!date^1893488400^{date_num} {time}|soon>")
    for who, expected in (("ada", "01/01/2030 10:00"), ("grace", "01/01/2030 04:00")):
        await expect(message(await visit(who), "Next:")).to_contain_text(expected)


async def test_a_channel_shows_a_dot_until_it_is_read(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await site.app.say("Fresh news", site.channels["news"])
    news = page.get_by_role("link", name="news")
    await expect(news).to_have_accessible_name("news (unread)")
    await news.click()
    await expect(news).to_have_accessible_name("news")
    await page.get_by_role("link", name="general").click()
    await page.reload()
    await expect(news).to_have_accessible_name("news")


async def test_the_list_follows_new_messages_only_from_its_end(site: Site, visit: Visit) -> None:
    page = await visit("ada", viewport={"width": 900, "height": 420})
    for text in ("One", "Two", "Three"):
        await say(page, "\n".join([text] * 12))
    await expect(message(page, "Three")).to_be_in_viewport()
    scroller = page.locator("#scroller")
    await scroller.evaluate("node => node.scrollTop = 0")
    await expect(message(page, "Three")).not_to_be_in_viewport()
    await site.app.say("Far below", site.channels["general"])
    await expect(message(page, "Far below")).to_have_count(1)
    assert await scroller.evaluate("node => node.scrollTop") == 0
    await page.get_by_role("button", name="New messages").click()
    await expect(message(page, "Far below")).to_be_in_viewport()
    await site.app.say("Even further", site.channels["general"])
    await expect(message(page, "Even further")).to_be_in_viewport()


async def test_a_lost_line_is_taken_up_again_with_what_was_missed(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    site.sandbox.hang_up()
    await expect(page.get_by_text("The line to the sandbox is down")).to_be_visible()
    await site.app.say("While you were away", site.channels["general"])
    await expect(message(page, "While you were away")).to_be_visible()
    await expect(page.get_by_text("The line to the sandbox is down")).to_be_hidden()


async def test_an_empty_channel_offers_commands_to_begin_with(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await expect(page.get_by_text("lives on this machine only")).to_be_visible()
    await page.get_by_role("button", name="/precache What is a cache?").click()
    await expect(composer(page)).to_have_value("/precache What is a cache?")
    await composer(page).press("Enter")
    await expect(message(page, "You asked: What is a cache?")).to_be_visible()


async def test_up_recalls_what_was_sent_and_a_draft_waits_in_its_channel(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    for text in ("first", "second"):
        await say(page, text)
        await expect(message(page, text)).to_be_visible()
    for key, expected in (
        ("ArrowUp", "second"),
        ("ArrowUp", "first"),
        ("ArrowDown", "second"),
        ("ArrowDown", ""),
    ):
        await composer(page).press(key)
        await expect(composer(page)).to_have_value(expected)
    await composer(page).type("half")
    await composer(page).press("Shift+Enter")
    await composer(page).type("done")
    await page.get_by_role("link", name="news").click()
    await expect(composer(page)).to_have_value("")
    await page.get_by_role("link", name="general").click()
    await expect(composer(page)).to_have_value("half\ndone")


async def test_what_the_sandbox_refuses_is_said_and_not_lost(site: Site, visit: Visit, seen: Seen) -> None:
    page = await visit("ada")
    await say(page, "x" * 12_001)
    await expect(page.get_by_role("alert").filter(has_text="12,000")).to_be_visible()
    await expect(composer(page)).to_have_value("x" * 12_001)
    assert all("400" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


async def test_a_channel_is_made_and_the_bot_is_added(site: Site, visit: Visit, seen: Seen) -> None:
    page = await visit("ada")
    for name, outcome in (("general", "exists already"), ("Daily Digest", "")):
        if not await page.get_by_role("dialog").count():
            await page.get_by_role("button", name="New channel").click()
        await page.get_by_role("textbox", name="Name").fill(name)
        await page.get_by_role("button", name="Create").click()
        if outcome:
            await expect(page.get_by_role("dialog")).to_contain_text(outcome)
    await expect(page.get_by_role("heading", level=1)).to_have_text("daily-digest")
    await page.get_by_role("button", name="Add Precache").click()
    await expect(page.get_by_role("button", name="Add Precache")).to_have_count(0)
    assert all("400" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


async def test_an_archived_channel_takes_nothing_until_it_is_taken_back(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await page.get_by_role("link", name="news").click()
    await page.get_by_label("Channel menu").click()
    await page.get_by_role("button", name="Archive this channel").click()
    await expect(composer(page)).to_be_hidden()
    await expect(page.get_by_role("link", name="news")).to_have_accessible_name(re.compile("archived"))
    await page.get_by_role("button", name="Unarchive", exact=True).click()
    await expect(composer(page)).to_be_visible()


async def test_a_permalink_opens_at_its_message(site: Site, visit: Visit) -> None:
    ts = await site.app.say("Look at this", site.channels["news"])
    link = (await site.app.slack.chat_getPermalink(channel=site.channels["news"], message_ts=ts))["permalink"]
    page = await visit("ada")
    await page.goto(link)
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await expect(message(page, "Look at this")).to_be_focused()


async def test_a_telephone_shows_everything_without_scrolling_sideways(site: Site, visit: Visit) -> None:
    wide = "| a | b |\n|---|---|\n| " + "wide " * 60 + "| " + "w" * 200 + " |"
    blocks = [{"type": "markdown", "text": f"{wide}\n\n{'long' * 100}\n\n`{'code' * 80}`"}]
    parent = await site.app.post(site.channels["general"], text="wide", blocks=blocks)
    await site.app.say("y" * 400, site.channels["general"], thread_ts=parent)
    page = await visit("ada", viewport={"width": 380, "height": 700}, has_touch=True, is_mobile=True)
    fits = "() => [document.documentElement, scroller].every((each) => each.scrollWidth <= each.clientWidth)"
    await expect(message(page, "wide").first).to_be_visible()
    assert await page.evaluate(fits)
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("yyyy")
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Close thread").click()
    await page.get_by_role("button", name="Channels", exact=True).click()
    await page.get_by_role("link", name="news").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await expect(page.get_by_role("link", name="news")).to_be_hidden()
    assert await page.evaluate(fits)


async def test_every_control_has_a_name_and_can_be_reached_by_keyboard(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await site.app.say("Named", site.channels["general"], button("refresh", "Refresh"))
    await expect(message(page, "Named")).to_be_visible()
    tree = await page.locator("body").aria_snapshot()
    assert not re.search(r"- (button|link|textbox|combobox)(?!.*\")", tree), tree
    await page.get_by_role("link", name="news").click()
    await page.get_by_role("link", name="Skip to the message box").press("Enter")
    await expect(composer(page)).to_be_focused()
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await page.get_by_role("link", name="general").click()
    reached: set[str] = set()
    for _ in range(60):
        await page.keyboard.press("Tab")
        reached.add(
            await page.evaluate("() => document.activeElement.id || document.activeElement.innerText")
        )
    assert {"Refresh", "composer", "scroller", "news"} <= {each.strip() for each in reached}


async def test_two_windows_of_one_person_agree(site: Site, visit: Visit) -> None:
    one, other = await visit("ada"), await visit("ada")
    await asyncio.gather(say(one, "from one"), say(other, "from the other"))
    for page in (one, other):
        await expect(page.locator("#list .message")).to_have_count(2)


async def test_the_box_is_there_after_a_thread_or_an_archived_channel_was_first(
    site: Site, visit: Visit
) -> None:
    parent = await site.app.say("Parent", site.channels["general"])
    narrow = {"width": 400, "height": 700}
    page = await visit("ada", f"#{site.channels['general']}/{parent}/thread", viewport=narrow)
    await page.get_by_role("button", name="Close thread").click()
    box = await composer(page).bounding_box()
    assert box["height"] >= 30
    page = await visit("ada", f"#{site.channels['attic']}")
    await expect(composer(page)).to_be_hidden()
    await page.get_by_role("link", name="general").click()
    await expect(composer(page)).to_be_focused()
    assert (await composer(page).bounding_box())["height"] >= 30
