"""Makes the pictures that the README shows: `python -m tests.browser.pictures`.

All is real but for what a picture cannot wait for: the model's words, the site that a prompt reads, and the
days that a month of statistics takes.
"""

from __future__ import annotations

import asyncio
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect
from redis.asyncio import Redis
from starlette.responses import Response

from bot.server import Connect, Services, connect_services, create_app, open_listener
from bot.settings import Settings
from bot.storage.keys import tally_key
from scheduler.embedded import run_valkey
from tests.bot.fetch.site import fetching, open_site
from tests.browser.acting import choose, dialog, message, say
from tests.browser.conftest import CHROMIUM, QUIET_CHROMIUM
from tests.browser.pictures import team
from tests.running import ADA, GENERAL, GRACE, NEWS, TEAM, Precache, serving
from tests.stand_ins.openai import OpenAI, openai, says

DOCS: Final = Path(__file__).parents[3] / "docs"
SITE: Final = "http://status.harbour.example"
LARGEST: Final = 250_000  # bytes
"""Of a picture."""
PEOPLE: Final = {"ada": ADA, "grace": GRACE}
CHANNELS: Final = {"general": GENERAL, "news": NEWS}
COST: Final = 6_490_000
"""Of a call that reads a good deal, in billionths of a dollar."""


async def main() -> None:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pictures-")))
        valkey, model, site = await enter(run_valkey(folder)), await enter(openai()), await enter(open_site())
        site.says("/", f"<html>{team.STATUS}</html>", content_type="text/html")
        model.otherwise = answer
        listener, settings = open_listener(
            Settings.from_environ(
                {
                    "PORT": "0",
                    "REDIS_URL": f"unix://{valkey}",
                    "PRECACHE_DATA": str(folder),
                    "OPENAI_BASE_URL": model.url,
                    "PRECACHE_MODEL": "openai:gpt-5.4-mini",
                    "PRECACHE_MODELS": "openai:gpt-5.4",
                    "PRECACHE_PRICES": "openai:gpt-5.4-mini=0.25/2,openai:gpt-5.4=1.25/10",
                }
            )
        )
        app = create_app(settings, beside(urlsplit(site.url).port or 0))
        bot = await enter(serving(app, listener, settings))
        redis = await enter(Redis(unix_socket_path=str(valkey)))
        playwright = await enter(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM)
        for picture in (sandbox, refusal, composer, long_post, home):
            await picture(bot, browser)
        await stats(bot, browser, redis)
        await browser.close()


def answer(stand_in: OpenAI, body: dict[str, Any]) -> Response | Awaitable[Response]:
    """The model's answers to the prompts of the pictures."""
    asked = body["messages"][-1]["content"]
    said = next((words for part, words in team.ANSWERS.items() if part in asked), team.PREVIEW)
    return says(said)(stand_in, body)


async def sandbox(bot: Precache, browser: Browser) -> None:
    """A question answered, and a prompt scheduled."""
    for who, channel, words in team.CHAT:
        await bot.type(words, user=PEOPLE[who], channel=CHANNELS[channel])
    page = await visit(bot, browser, height=765)
    await say(page, "/precache What is a cache, and does it help before search?")
    await bot.posted()
    await say(page, "/precache every weekday at 9am Summarise what changed in Python")
    await expect(message(page, "Scheduled")).to_be_visible()
    await take(page, "sandbox")


async def composer(bot: Precache, browser: Browser) -> None:
    """Everything but the advanced fields filled in; saved afterwards, for the next picture."""
    page = await visit(bot, browser, height=1190)
    await say(page, "/precache")
    form = dialog(page)
    await form.get_by_role("textbox", name="Prompt").fill(team.BRIEFING)
    await form.get_by_role("button", name="Add sources").click()
    await form.get_by_role("textbox", name="Links").fill(SITE)
    await choose(page, "Channels to read (optional)", "news", "news")
    await form.get_by_role("textbox", name="Name").fill("Stand-up brief")
    await form.get_by_role("textbox", name="When").fill("every weekday at 8:45")
    await expect(form).to_contain_text("Next:")
    await take(page, "composer", keep=True)
    await form.get_by_role("button", name="Save").click()
    await expect(message(page, "Saved ")).to_be_visible()
    await page.close()


async def long_post(bot: Precache, browser: Browser) -> None:
    """A long answer with what it was made from, and its thread open."""
    page = await visit(bot, browser, width=1500, height=1000)
    await say(page, '/precache run "Stand-up brief"')
    row = message(page, team.BRIEFING)
    await row.locator(".thread-line").click()
    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("Made today")
    for at_top in (row, page.locator("#thread-list .day")):
        await at_top.evaluate("(node) => node.scrollIntoView({ block: 'start' })")
    await take(page, "long-post")


async def refusal(bot: Precache, browser: Browser) -> None:
    """A time that cannot be kept."""
    page = await visit(bot, browser, height=420, who=GRACE, where=f"#{NEWS}")
    await say(page, "/precache every 45 minutes Is the queue longer than usual?")
    await expect(message(page, "every 30 minutes")).to_be_visible()
    await say(page, "/precache every second monday at 9 Plan the month")
    await expect(message(page, "every other monday")).to_be_visible()
    await take(page, "refusal")


async def home(bot: Precache, browser: Browser) -> None:
    """Several schedules, most of which have run."""
    for who, name, when, prompt in team.SCHEDULES:
        user = PEOPLE[who]
        await bot.type(f"/precache {when} {prompt}", user=user)
        schedule = await bot.made(prompt, user=user)
        await bot.type(f"/precache rename {schedule} {name}", user=user)
        await bot.told(f"now called *{name}*", user=user)
        if name not in team.NOT_RUN:
            await bot.type(f'/precache run "{name}"', user=user)
            await bot.seen(f"{name}* · Made")
    page = await visit(bot, browser, height=1080)
    await page.get_by_role("link", name="Precache").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Stand-up brief")
    await take(page, "home")


async def stats(bot: Precache, browser: Browser, redis: Redis) -> None:
    """The month so far as a busy team would have it."""
    now = datetime.now(UTC)
    spenders = re.findall(r"\b[a-z]{4}-[a-z]{4}\b", str(await bot.posts()))  # as the buttons carry them
    for day, (calls, cached) in enumerate(team.DAYS[: now.day], start=1):
        key = tally_key(TEAM, now.date().replace(day=day))
        counts: dict[str, int] = {"calls": calls, "MISS": calls, "HIT": cached, "posted": calls + cached}
        counts |= {"tokens_in": 21_000 * calls, "tokens_out": 620 * calls, "cost": COST * calls}
        counts |= {"saved": COST * cached, "saved_tokens": 21_620 * cached}
        for place, schedule in enumerate(dict.fromkeys(spenders)):
            share = calls // (2 + place)
            counts |= {f"calls:{schedule}": share, f"cost:{schedule}": COST * share}
        await redis.delete(key)
        await redis.hset(key, items=[part for pair in counts.items() for part in pair])
        await redis.expire(key, timedelta(hours=1))
    page = await visit(bot, browser, height=1180, where=f"#{NEWS}")
    await say(page, "/precache stats")
    await page.locator("#list .block-data_visualization").last.wait_for()
    await take(page, "stats")


def beside(port: int) -> Connect:
    """The usual services, but that any site's name leads to the one on this `port`."""

    @asynccontextmanager
    async def connect_beside(settings: Settings) -> AsyncIterator[Services]:
        async with connect_services(settings) as services, fetching(resolver=Here(port)) as fetcher:
            yield replace(services, fetcher=fetcher)

    return connect_beside


class Here(AbstractResolver):
    """Every host is this machine, and serves on one port."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


async def visit(
    bot: Precache, browser: Browser, *, height: int, width: int = 1200, who: str = ADA, where: str = ""
) -> Page:
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        locale="en-GB",
        reduced_motion="reduce",
    )
    await page.goto(f"{bot.url}/?user={who}{where}")
    await page.locator("#app").wait_for()
    return page


async def take(page: Page, name: str, *, keep: bool = False) -> None:
    """In all its colours if they leave it small; `keep` to go on with the page."""
    await page.mouse.move(0, 0)
    shot = await page.screenshot()
    if len(shot) > LARGEST:
        palette = BytesIO()
        Image.open(BytesIO(shot)).convert("RGB").quantize(256).save(palette, "PNG", optimize=True)
        shot = palette.getvalue()
    (DOCS / f"{name}.png").write_bytes(shot)
    if not keep:
        await page.close()


if __name__ == "__main__":
    asyncio.run(main())
