"""A modal filled in by a browser: every field, every refusal, and that nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.acting import choose, composer, dialog, message, open_menu, run_shortcut
from tests.browser.conftest import Site, Visit
from tests.browser.small_views import everything, field, modal, options, plain, section
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def prompt(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def when(page: Page) -> Locator:
    return page.get_by_role("textbox", name="When")


def save(page: Page) -> Locator:
    return dialog(page).get_by_role("button", name="Save")


async def opened(visit: Visit, **options: Any) -> Page:
    page = await visit("ada", **options)
    await run_shortcut(page)
    await expect(dialog(page)).to_be_visible()
    return page


async def test_a_modal_opens_with_the_focus_in_its_first_field_and_sends_what_was_typed(
    site: Site, visit: Visit
) -> None:
    page = await opened(visit)
    await expect(dialog(page)).to_have_accessible_name("New schedule")
    await expect(prompt(page)).to_be_focused()
    await page.keyboard.type("What is new?")
    await expect(page.get_by_text("12 / 20")).to_be_visible()
    await when(page).fill("daily")
    await page.keyboard.press("Control+Enter")
    await expect(dialog(page)).to_have_count(0)
    (values,) = site.app.submissions
    assert (values["prompt"]["it"]["value"], values["when"]["it"]["value"]) == ("What is new?", "daily")
    await expect(page.locator("#compose").get_by_role("button", name="Shortcuts")).to_be_focused()


async def test_every_kind_of_field_arrives_as_it_was_filled_in(site: Site, visit: Visit) -> None:
    site.app.form = everything()
    await site.app.say("About this", site.channels["general"])
    page = await visit("ada")
    await open_menu(message(page, "About this"))
    await page.get_by_role("menuitem", name="Summarise this thread").click()
    await expect(page.get_by_role("combobox", name="Channel", exact=True)).to_have_value("#general")
    await choose(page, "Rhythm", "week", "Weekly")
    for day in ("Mon", "Wed"):
        await choose(page, "Days", day.lower(), day)
    await page.get_by_role("combobox", name="Days").type("tue")
    await page.get_by_role("option", name="Tue").click()
    await expect(page.get_by_text("No more than 2 can be chosen.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_be_visible()
    await page.get_by_role("combobox", name="Topic").type("c")
    await expect(page.get_by_text("Type 2 or more characters…")).to_be_visible()
    await page.keyboard.type("ach")
    await page.get_by_role("option", name="Caching").click()
    await choose(page, "People", "gra", "Grace Hopper")
    await choose(page, "People", "ada", "Ada Lovelace")
    await page.get_by_role("button", name="Remove Ada Lovelace").click()
    await page.get_by_label("Time").fill("09:30")
    await page.get_by_label("Moment").fill("2030-01-01T10:00")
    await page.get_by_role("radio", name="Only me").check()
    await page.get_by_role("checkbox", name="Cost").check()
    await page.get_by_role("textbox", name="Words").fill("250")
    await page.get_by_role("textbox", name="Source").fill("https://a.example/feed")
    await save(page).click()
    await expect(dialog(page)).to_have_count(0)
    (values,) = site.app.submissions
    found = {
        block: next(value for name, value in fields["it"].items() if name != "type")
        for block, fields in values.items()
    }
    assert found == {
        "static": options("Weekly")[0] | {"text": found["static"]["text"]},
        "several": [
            option | {"text": had["text"]}
            for option, had in zip(options("Mon", "Wed"), found["several"], strict=True)
        ],
        "topic": options("Caching")[0] | {"text": found["topic"]["text"]},
        "channel": site.channels["general"],
        "public": None,
        "people": [site.people["grace"]],
        "day": "2027-01-15",
        "time": "09:30",
        "moment": 1893488400,
        "policy": options("Only me")[0] | {"text": found["policy"]["text"]},
        "flags": [options("Cost")[0] | {"text": found["flags"][0]["text"]}],
        "words": "250",
        "source": "https://a.example/feed",
        "mail": None,
        "note": "as before",
    }


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(site: Site, visit: Visit) -> None:
    page = await opened(visit)
    await save(page).click()
    await expect(prompt(page)).to_be_focused()
    await expect(prompt(page)).to_have_accessible_description("Please complete this required field.")
    await expect(prompt(page)).to_have_attribute("aria-invalid", "true")
    await prompt(page).fill("x" * 21)
    await expect(page.get_by_text("21 / 20")).to_be_visible()
    await expect(prompt(page)).not_to_have_attribute("aria-invalid", "true")
    await when(page).fill("whenever")
    await save(page).click()
    await expect(dialog(page)).to_contain_text("no more than 20 characters")
    await prompt(page).fill("What is new?")
    site.app.verdict = {"response_action": "errors", "errors": {"when": "I know no “whenever”."}}
    await save(page).click()
    await expect(when(page)).to_be_focused()
    await expect(when(page)).to_have_accessible_description("I know no “whenever”. Read as whenever")
    await expect(prompt(page)).to_have_value("What is new?")
    await expect(when(page)).to_have_value("whenever")
    assert len(site.app.submissions) == 1, "what Slack refuses itself never reaches the app"


async def test_an_app_that_does_not_answer_leaves_everything_as_it_was(site: Site, visit: Visit) -> None:
    page = await opened(visit)
    await prompt(page).fill("What is new?")
    await when(page).fill("daily")
    await expect(dialog(page)).to_contain_text("Next runs: daily")
    site.app.may_acknowledge.clear()
    await save(page).click()
    await expect(save(page)).to_be_disabled()
    await expect(save(page)).to_have_attribute("aria-busy", "true")
    await expect(page.get_by_role("alert").filter(has_text="We had some trouble connecting.")).to_be_visible()
    await expect(save(page)).to_be_focused()
    site.app.may_acknowledge.set()
    await expect(prompt(page)).to_have_value("What is new?")
    await save(page).click()
    await expect(dialog(page)).to_have_count(0)


async def test_a_preview_follows_the_typing_without_taking_caret_or_focus(site: Site, visit: Visit) -> None:
    page = await opened(visit)
    await prompt(page).fill("What is new?")
    await when(page).type("every  monday")
    for _ in "monday ":
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.type("second")
    await expect(dialog(page)).to_contain_text("Next runs: every second monday")
    await expect(dialog(page)).to_contain_text("Read as every second monday")
    await expect(when(page)).to_be_focused()
    await page.keyboard.type("!")
    await expect(when(page)).to_have_value("every second! monday")
    await expect(dialog(page)).to_contain_text("Next runs: every second! monday")
    await expect(prompt(page)).to_have_value("What is new?")


async def test_a_view_on_top_gives_back_the_one_below_as_it_was_left(site: Site, visit: Visit) -> None:
    page = await opened(visit)
    await prompt(page).fill("What is new?")
    advanced = page.get_by_role("button", name="Advanced…")
    await advanced.click()
    await expect(dialog(page)).to_have_accessible_name("Advanced")
    await expect(prompt(page)).to_be_hidden()
    await expect(save(page)).to_be_hidden()
    await dialog(page).get_by_role("button", name="Cancel").click()
    await expect(dialog(page)).to_have_accessible_name("New schedule")
    await expect(prompt(page)).to_have_value("What is new?")
    await expect(advanced).to_be_focused()
    await wait_until(lambda: site.app.closed == ["Advanced"], "the app's word that a view was closed")
    await advanced.click()
    await expect(dialog(page)).to_have_accessible_name("Advanced")
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        ({"response_action": "update", "view": modal("Saved", section("Done."), submit=None)}, "Saved"),
        ({"response_action": "push", "view": modal("And now", section("Done."), submit=None)}, "And now"),
        ({"response_action": "clear"}, None),
    ],
    ids=["update", "push", "clear"],
)
async def test_the_app_decides_what_comes_after_saving(
    site: Site, visit: Visit, verdict: dict[str, Any], title: str | None
) -> None:
    site.app.form = modal("Note", field("note", "Note", "plain_text_input", optional=True))
    site.app.verdict = verdict
    page = await opened(visit)
    await page.get_by_role("textbox", name="Note (optional)").press("Enter")
    if title is None:
        await expect(dialog(page)).to_have_count(0)
    else:
        await expect(dialog(page)).to_have_accessible_name(title)


async def test_a_modal_survives_a_reload_and_holds_the_focus(site: Site, visit: Visit) -> None:
    page = await opened(visit)
    await page.reload()
    await expect(prompt(page)).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("() => document.activeElement.matches('body, dialog *')")
    await dialog(page).get_by_role("button", name="Close this dialog").click()
    await expect(dialog(page)).to_have_count(0)
    await expect(composer(page)).to_be_enabled()


async def test_a_long_form_fits_a_telephone(site: Site, visit: Visit) -> None:
    site.app.form = everything() | {"title": plain("w" * 24)}
    page = await opened(visit, viewport={"width": 380, "height": 640})
    await expect(save(page)).to_be_in_viewport()
    assert await page.evaluate(
        "() => [document.documentElement, document.querySelector('.modal-scroller')]"
        ".every((part) => part.scrollWidth <= part.clientWidth)"
    )
    tree = await dialog(page).aria_snapshot()
    assert all(
        f'"{name}' in tree
        for name in ("Rhythm", "Days", "Day", "Time", "Moment", "Mentions", "Words", "Mail")
    ), tree
