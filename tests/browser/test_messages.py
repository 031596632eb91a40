"""Commands, messages, their buttons and threads, done by a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.acting import composer, message, say
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.small_views import button, options, section
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


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


async def test_a_command_shows_that_it_waits_for_the_app(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    site.app.may_acknowledge.clear()
    await say(page, "/precache What is a cache?")
    await expect(composer(page)).to_have_value("")
    pending = page.locator("#compose").get_by_text("/precache What is a cache? waits for the app")
    await expect(pending).to_be_visible()
    site.app.may_acknowledge.set()
    await expect(pending).to_have_count(0)


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


async def test_menus_send_what_was_chosen(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    often = {"type": "static_select", "action_id": "often", "options": options("Daily", "Weekly")}
    several = {"type": "multi_static_select", "action_id": "days", "options": options("Mon", "Tue")}
    more = {"type": "overflow", "action_id": "more", "options": options("Daily", "Weekly")}
    moment = {"type": "datetimepicker", "action_id": "moment"}
    blocks = [
        {"type": "actions", "elements": [often, more, moment]},
        section("Which days?", accessory=several),
    ]
    await site.app.post(site.channels["general"], text="Choose", blocks=blocks)
    row = message(page, "Which days?")
    await row.get_by_role("combobox", name="Choose…").type("week")
    await page.keyboard.press("Enter")
    await wait_until(lambda: len(site.app.clicks) == 1, "the choice")
    await row.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Daily").click()
    await wait_until(lambda: len(site.app.clicks) == 2, "the other choice")
    await row.get_by_role("combobox", name="Choose some…").click()
    await page.get_by_role("option", name="Tue").click()
    await wait_until(lambda: len(site.app.clicks) == 3, "the choice of several")
    await page.keyboard.press("Escape")
    await row.get_by_label("Choose a date and time").fill("2030-01-01T10:00")
    await wait_until(lambda: len(site.app.clicks) == 4, "the moment")
    one, another, few, at = site.app.clicks
    assert [one["selected_option"]["value"], another["selected_option"]["value"]] == ["weekly", "daily"]
    assert [option["value"] for option in few["selected_options"]] == ["tue"]
    assert at["selected_date_time"] == 1893488400, "a clock on a wall in Berlin"


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
    await expect(thread).to_contain_text("1 reply")  # that notice is none
    await ada.locator("#thread-composer").fill("Thanks!")
    await ada.locator("#thread-composer").press("Enter")
    await expect(thread).to_contain_text("Thanks!")
    await expect(message(grace, "A long answer")).to_contain_text("2 replies")
    await ada.locator("#thread-composer").fill("@precache and you?")
    await ada.locator("#thread-composer").press("Enter")
    await expect(message(grace, "A long answer")).to_contain_text("3 replies")
    await wait_until(lambda: site.app.events, "the mention")
    mention = site.app.events[-1]
    assert (mention["type"], mention["thread_ts"]) == ("app_mention", parent)
    await expect(message(grace, "Thanks!")).to_have_count(0)
    await ada.reload()
    await expect(thread).to_contain_text("Thanks!")
    await ada.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


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


async def test_an_empty_channel_offers_commands_to_begin_with(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await expect(page.get_by_text("lives on this machine only")).to_be_visible()
    await expect(page.locator(".welcome:visible .hint")).to_have_text("Set OPENAI_API_KEY first.")
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


ALERT = {
    "pretext": "Deploy of *shop*",
    "color": "danger",
    "author_name": "Builder",
    "title": "Build 12 failed",
    "title_link": "https://ci.example/12",
    "text": "2 tests of `tests/unit`",
    "fields": [{"title": "Zone", "value": "eu-7", "short": True}],
    "footer": "ci.example",
    "fallback": "Build 12",
}


async def test_what_an_alert_app_attaches_is_seen_with_its_colour_and_link(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    nested = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Latency *over 2 s*"}}]}
    bad = {"title": "Odd", "title_link": "javascript:alert(1)", "color": "red;x"}
    posted = await page.request.post(
        f"{site.address}/sandbox/messages",
        data={"app": "Alerts", "channel": site.channels["general"], "attachments": [ALERT, nested, bad]},
    )
    assert (await posted.json())["ok"]
    row = message(page, "Build 12 failed")
    for words in ("Deploy of shop", "Builder", "2 tests of tests/unit", "Zone", "eu-7", "ci.example"):
        await expect(row).to_contain_text(words)
    await expect(row).not_to_contain_text("fallback")
    await expect(row.get_by_role("link", name="Build 12 failed")).to_have_attribute(
        "href", "https://ci.example/12"
    )
    bars = row.locator(".attached")
    await expect(bars).to_have_count(3)
    await expect(bars.nth(0)).to_have_css("border-left-color", "rgb(224, 30, 90)")
    await expect(bars.nth(1)).to_have_text("Latency over 2 s")
    await expect(bars.nth(2).locator("a")).to_have_count(0)
