"""Files on the page: attached by button, drop and keyboard, and seen by everyone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import FilePayload, Locator, expect

from bot.slack import SharedFile, connect_slack, download_file
from tests.bot.documents.sounds import wav
from tests.bot.sandbox.filing import picture, png
from tests.browser.acting import attach, composer, message, say
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.small_app import TOKEN
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHART: FilePayload = {"name": "chart.png", "mimeType": "image/png", "buffer": png(240)}
TABLE: FilePayload = {"name": "table.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
DRAWN = "image => image.complete && image.naturalWidth"
DROP = """
([target, name, kind, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: kind }));
  const at = document.querySelector(target);
  for (const event of ["dragover", "drop"])
    at.dispatchEvent(new DragEvent(event, { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""


async def is_drawn(image: Locator) -> None:
    async def drawn() -> bool:
        return bool(await image.evaluate(DRAWN))

    await wait_until(drawn, "the picture")


async def test_a_picture_is_attached_described_and_seen_by_everyone(site: Site, visit: Visit) -> None:
    ada, grace = await visit("ada"), await visit("grace")
    await attach(ada, CHART, TABLE)
    waiting = ada.get_by_role("list", name="Files to send")
    await expect(waiting).to_contain_text("chart.png")
    await ada.get_by_label("Description of chart.png").fill("A rising line")
    await composer(ada).fill("@precache what does this say?")
    await composer(ada).press("Enter")
    await expect(waiting).to_be_hidden()
    for page in (ada, grace):
        row = message(page, "what does this say?")
        await is_drawn(row.get_by_role("img", name="A rising line"))
        await expect(row).to_contain_text("chart.png")
        link = row.get_by_role("link", name="table.csv")
        await expect(link).to_contain_text("8 bytes")
        async with page.expect_download() as downloading:
            await link.click()
        assert (await downloading.value).suggested_filename == "table.csv"
    await wait_until(lambda: site.app.events, "the mention")
    (chart, table) = site.app.events[-1]["files"]
    assert (chart["mimetype"], chart["alt_txt"], table["mimetype"]) == (
        "image/png",
        "A rising line",
        "text/csv",
    )
    async with connect_slack(token=TOKEN, api_url=site.app.slack.base_url) as slack:
        fetched = await download_file(slack, table["id"])
    assert isinstance(fetched, SharedFile)
    assert fetched.content == b"a,b\n1,2\n"


async def test_a_file_is_dropped_and_sent_without_words(visit: Visit) -> None:
    page = await visit("ada")
    send = page.locator("#compose").get_by_role("button", name="Send")
    await expect(send).to_be_disabled()
    await page.evaluate(DROP, ["#composer", "notes.txt", "text/plain", "remember"])
    await expect(page.get_by_role("list", name="Files to send")).to_contain_text("notes.txt")
    await expect(send).to_be_enabled()
    await send.click()
    await expect(message(page, "notes.txt")).to_contain_text("8 bytes")
    await expect(send).to_be_disabled()


async def test_files_are_attached_and_removed_by_keyboard_alone(visit: Visit) -> None:
    page = await visit("ada")
    await composer(page).focus()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#compose").get_by_role("button", name="Attach files")).to_be_focused()
    async with page.expect_file_chooser() as choosing:
        await page.keyboard.press("Enter")
    await (await choosing.value).set_files([CHART, TABLE])
    await expect(composer(page)).to_be_focused()
    await page.get_by_role("button", name="Remove chart.png").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Remove table.csv")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Files to send")).to_be_hidden()
    await expect(page.locator("#compose").get_by_role("button", name="Attach files")).to_be_focused()


async def test_a_file_waits_in_its_channel_with_the_draft(visit: Visit) -> None:
    page = await visit("ada")
    await attach(page, CHART)
    await page.get_by_label("Description of chart.png").fill("half")
    await page.get_by_role("link", name="news").click()
    await expect(page.get_by_role("button", name="Remove chart.png")).to_have_count(0)
    await page.get_by_role("link", name="general").click()
    await expect(page.get_by_label("Description of chart.png")).to_have_value("half")


async def test_a_file_that_could_not_be_sent_is_not_lost(site: Site, visit: Visit, seen: Seen) -> None:
    page = await visit("ada")
    await attach(page, TABLE)
    await page.route("**/sandbox/upload?*", lambda route: route.abort())
    await say(page, "look")
    await expect(page.get_by_role("alert").filter(has_text="does not answer")).to_be_visible()
    await expect(composer(page)).to_have_value("look")
    await page.unroute("**/sandbox/upload?*")
    await composer(page).press("Enter")
    await expect(message(page, "look")).to_contain_text("table.csv")
    assert all("ERR_FAILED" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


async def test_what_is_too_much_is_said_before_it_is_sent(visit: Visit) -> None:
    page = await visit("ada")
    await attach(page, {"name": "film.mov", "mimeType": "video/quicktime", "buffer": bytes(10_000_001)})
    await expect(page.get_by_role("alert").filter(has_text="film.mov is too large")).to_be_visible()
    await attach(page, *[TABLE] * 11)
    await expect(page.get_by_role("alert").filter(has_text="at most 10 files")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="table.csv")).to_have_count(10)


async def test_a_picture_in_a_block_is_drawn_and_the_list_stays_at_its_end(site: Site, visit: Visit) -> None:
    page = await visit("ada", viewport={"width": 900, "height": 640})
    async with connect_slack(token=TOKEN, api_url=site.app.slack.base_url) as slack:
        sent = await slack.client.files_upload_v2(filename="chart.png", content=png(600), title="May")
        file = str(sent["file"]["id"])

        async def processed() -> bool:
            return bool((await slack.client.files_info(file=file))["file"].get("mimetype"))

        await wait_until(processed, "the file to be ready")
    title = {"type": "plain_text", "text": "Sales in May"}
    block = {**picture(file), "title": title, "alt_text": "Sales rise"}
    await say(page, "\n".join(["before"] * 12))
    await site.app.post(site.channels["general"], text="A chart", blocks=[block])
    image = message(page, "Sales in May").get_by_role("img", name="Sales rise")
    await is_drawn(image)
    await expect(image).to_be_in_viewport(ratio=0.9)


async def test_what_the_app_changes_and_deletes_changes_and_goes_on_every_page(
    site: Site, visit: Visit
) -> None:
    ada, grace = await visit("ada"), await visit("grace")
    general = site.channels["general"]
    ts = await site.app.say("Thinking…", general)
    pages = (ada, grace)
    await asyncio.gather(*(expect(message(page, "Thinking…")).to_be_visible() for page in pages))
    await site.app.slack.chat_update(channel=general, ts=ts, text="Forty-two", blocks=[])
    for page in pages:
        await expect(message(page, "Forty-two")).to_contain_text("(edited)")
        await expect(message(page, "Thinking…")).to_have_count(0)
    await site.app.slack.chat_delete(channel=general, ts=ts)
    for page in pages:
        await expect(message(page, "Forty-two")).to_have_count(0)


async def test_a_recording_is_attached_and_played_where_it_stands(site: Site, visit: Visit) -> None:
    ada = await visit("ada")
    talk: FilePayload = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": wav((400, 0.3))}
    await attach(ada, talk)
    await composer(ada).fill("@precache what was said?")
    await composer(ada).press("Enter")
    player = message(ada, "what was said?").get_by_label("talk.wav")
    await player.evaluate("sound => { sound.muted = true; sound.play(); }")

    async def over() -> bool:
        return bool(await player.evaluate("sound => sound.ended"))

    await wait_until(over, "the end of the recording")
    await wait_until(lambda: site.app.events, "the mention")
    assert site.app.events[-1]["files"][0]["mimetype"] == "audio/wav"
