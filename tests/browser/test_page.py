"""Places and people: channels, reloads, small screens, the keyboard; done by a browser."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.acting import composer, message, say
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.small_views import button

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


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
    for who, expected in (("ada", "01/01/2030 10:00"), ("grace", "01/01/2030 4:00 AM")):
        await expect(message(await visit(who), "Next:")).to_contain_text(expected)


async def test_who_comes_from_elsewhere_reads_and_writes_like_the_others(site: Site, visit: Visit) -> None:
    ada, rosalind = await visit("ada"), await visit("rosalind")
    await ada.get_by_role("link", name="partners").click()
    await say(ada, "Welcome")
    await expect(message(rosalind, "Welcome")).to_contain_text("Ada Lovelace")
    await rosalind.get_by_role("button", name="@precache What is a cache?").click()
    await composer(rosalind).press("Enter")
    await expect(message(ada, "What is a cache?")).to_contain_text("EXTERNAL")


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


async def test_a_lost_line_is_taken_up_again_with_what_was_missed(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    site.sandbox.hang_up()
    await expect(page.get_by_text("The line to the sandbox is down")).to_be_visible()
    await site.app.say("While you were away", site.channels["general"])
    await expect(message(page, "While you were away")).to_be_visible()
    await expect(page.get_by_text("The line to the sandbox is down")).to_be_hidden()


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
    await page.get_by_role("button", name="Channel menu").click()
    await page.get_by_role("menuitem", name="Archive this channel").click()
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
    fits = "() => [document.documentElement, scroller].every((part) => part.scrollWidth <= part.clientWidth)"
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
    assert {"Refresh", "composer", "scroller", "news"} <= {label.strip() for label in reached}


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
    assert await composer(page).evaluate("box => box.offsetHeight") >= 30
    page = await visit("ada", f"#{site.channels['attic']}")
    await expect(composer(page)).to_be_hidden()
    await page.get_by_role("link", name="general").click()
    await expect(composer(page)).to_be_focused()
    assert await composer(page).evaluate("box => box.offsetHeight") >= 30


async def test_a_channel_is_renamed_and_the_bot_taken_out(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await page.get_by_role("link", name="news").click()
    await page.get_by_role("button", name="Channel menu").click()
    await page.get_by_role("menuitem", name="Rename this channel…").click()
    await page.get_by_role("textbox", name="Name").fill("headlines")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("headlines")
    await page.get_by_role("button", name="Channel menu").click()
    await page.get_by_role("menuitem", name="Remove Precache").click()
    await expect(page.get_by_role("button", name="Add Precache")).to_be_visible()


async def test_people_are_deactivated_and_brought_back(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    grace = page.get_by_role("button", name="Grace Hopper")
    for words in ("Deactivate Grace Hopper", "Bring back Grace Hopper"):
        await page.get_by_role("button", name="People").click()
        await page.get_by_role("menuitem", name=words).click()
        await expect(grace).to_have_count(0 if words.startswith("Deactivate") else 1)


async def test_the_app_is_uninstalled_only_when_that_is_confirmed(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    for answer in ("Cancel", "Uninstall"):
        await page.get_by_role("button", name="Channel menu").click()
        await page.get_by_role("menuitem", name="Uninstall Precache…").click()
        await page.get_by_role("button", name=answer, exact=True).click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_text("is not installed in this workspace")).to_be_visible()
    await expect(page.locator("#compose").get_by_role("button", name="Shortcuts")).to_be_hidden()


async def test_a_menu_is_walked_with_arrows_and_left_with_escape(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    button = page.get_by_role("button", name="Channel menu")
    await button.press("Enter")
    items = page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowDown")
    await expect(items.nth(1)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(items).to_have_count(0)
    await expect(button).to_be_focused()


async def test_another_workspace_has_its_own_people_and_no_app_yet(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await say(page, "Only here")
    await page.get_by_role("button", name="Workspaces").click()
    await page.get_by_role("menuitem", name="Northwind").click()
    await expect(page.get_by_role("button", name="Ada Lovelace")).to_have_count(0)
    await expect(page.get_by_text("is not installed in this workspace")).to_be_visible()
    await expect(page.get_by_role("button", name="Install")).to_be_visible()
    await expect(message(page, "Only here")).to_have_count(0)
    await page.get_by_role("button", name="Workspaces").click()
    await page.get_by_role("menuitem", name="Precache Sandbox").click()
    await expect(message(page, "Only here")).to_be_visible()
