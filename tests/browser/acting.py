"""Acts of tests on the page, and things that they look for again and again."""

from __future__ import annotations

from playwright.async_api import FilePayload, Locator, Page


def composer(page: Page) -> Locator:
    return page.locator("#composer")


def message(page: Page, text: str) -> Locator:
    """Messages of the channel that contain `text`."""
    return page.locator("#list .message", has_text=text)


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def run_shortcut(page: Page, name: str = "New schedule") -> None:
    """A global shortcut, from the menu beside the box."""
    await page.locator("#compose").get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name=name).click()


async def open_menu(row: Locator) -> None:
    """The menu of a message: its buttons show under the pointer."""
    await row.hover()
    await row.get_by_role("button", name="More message actions").click()


async def choose(page: Page, label: str, typed: str, option: str) -> None:
    """Finds an option of a select by typing."""
    box = page.get_by_role("combobox", name=label, exact=True)
    await box.click()
    await box.type(typed)
    await page.get_by_role("option", name=option).click()


async def attach(page: Page, *files: FilePayload) -> None:
    """Chooses files behind the paper-clip."""
    async with page.expect_file_chooser() as choosing:
        await page.locator("#compose").get_by_role("button", name="Attach files").click()
    await (await choosing.value).set_files(list(files))
