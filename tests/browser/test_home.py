"""The app's Home, and its shortcuts, used by a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.acting import dialog, message, open_menu, run_shortcut
from tests.browser.conftest import Site, Visit
from tests.browser.small_views import home, section
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def panel(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name="Home")


async def at_home(visit: Visit) -> Page:
    page = await visit("ada")
    await page.get_by_role("link", name="Precache").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(panel(page)).to_contain_text("News")
    return page


async def test_opening_the_home_shows_what_the_app_publishes_for_it(site: Site, visit: Visit) -> None:
    page = await at_home(visit)
    assert [event["tab"] for event in site.app.events] == ["messages", "home"]
    await expect(page.get_by_role("tab", name="Home")).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#composer")).to_be_hidden()
    await page.reload()
    await expect(panel(page)).to_contain_text("Weather")
    await page.get_by_role("tab", name="Home").press("ArrowRight")
    await expect(page.locator("#composer")).to_be_visible()
    await expect(page.get_by_role("tab", name="Messages")).to_be_focused()


async def test_the_home_acts_and_follows_what_the_app_makes_of_it(site: Site, visit: Visit) -> None:
    page = await at_home(visit)
    await panel(page).get_by_role("combobox").click()
    await page.get_by_role("option", name="All").click()
    await wait_until(lambda: len(site.app.clicks) == 1, "the choice")
    menu = page.locator("[data-block=Weather]").get_by_role("button", name="More actions")
    await menu.click()
    await page.get_by_role("menuitem", name="Delete").click()
    await wait_until(lambda: len(site.app.clicks) == 2, "the menu")
    assert [click["selected_option"]["value"] for click in site.app.clicks] == ["all", "delete"]
    await expect(menu).to_be_focused()
    await site.app.publish(site.people["ada"], home("Sports", "Weather"))
    await expect(panel(page)).to_contain_text("Sports")
    await expect(panel(page).get_by_text("News")).to_have_count(0)
    await expect(menu).to_be_focused()
    await expect(panel(page).get_by_role("combobox")).to_have_value("All")
    await panel(page).get_by_role("button", name="New schedule").click()
    await expect(dialog(page)).to_have_accessible_name("New schedule")


async def test_a_hundred_blocks_keep_their_place_when_one_changes(site: Site, visit: Visit) -> None:
    page = await at_home(visit)
    names = [f"Number {n}" for n in range(99)]
    await site.app.publish(site.people["ada"], home(*names))
    await expect(panel(page).locator(".block")).to_have_count(100)
    await panel(page).get_by_text("Number 60").scroll_into_view_if_needed()
    before = await panel(page).evaluate("node => node.scrollTop")
    changed = home(*names)
    changed["blocks"][61] = section("*Number 60* ran", block_id="Number 60")
    await site.app.publish(site.people["ada"], changed)
    await expect(panel(page).get_by_text("ran")).to_be_in_viewport()
    assert before > 0
    assert abs(await panel(page).evaluate("node => node.scrollTop") - before) < 60


async def test_a_message_shortcut_says_which_message_it_is_about(site: Site, visit: Visit) -> None:
    ts = await site.app.say("A long discussion", site.channels["general"])
    page = await visit("ada")
    await open_menu(message(page, "A long discussion"))
    await page.get_by_role("menuitem", name="Summarise this thread").click()
    await expect(dialog(page)).to_be_visible()
    (payload,) = site.app.shortcuts
    assert (payload["callback_id"], payload["message"]["ts"]) == ("summarise", ts)
    assert payload["channel"]["id"] == site.channels["general"]


async def test_the_keyboard_reaches_a_messages_menu_and_returns(site: Site, visit: Visit) -> None:
    await site.app.say("A long discussion", site.channels["general"])
    page = await visit("ada")
    button = message(page, "A long discussion").get_by_role("button", name="More message actions")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Summarise this thread")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()


async def test_a_shortcut_that_the_app_does_not_take_says_so(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    site.app.refuses_clicks = True
    await run_shortcut(page)
    await expect(page.get_by_role("alert").filter(has_text="did not take this")).to_be_visible()
    await expect(dialog(page)).to_have_count(0)
