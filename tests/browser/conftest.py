"""A real Chromium on the real sandbox, with a small app behind it.

Everything runs in one event loop, so that one browser serves all tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox import OAuthApp, Sandbox, Shortcut, SlashCommand
from tests.browser.small_app import SECRET, TOKEN, SmallApp
from tests.stand_ins.serve import serve

CHROMIUM: Final = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
QUIET_CHROMIUM: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COMMAND: Final = SlashCommand(
    command="/precache", description="Ask, or schedule a prompt", usage_hint="[when] [prompt] | help"
)
SHORTCUTS: Final = [
    Shortcut(type="global", name="New schedule", callback_id="compose", description="Ask on a schedule"),
    Shortcut(
        type="message", name="Summarise this thread", callback_id="summarise", description="Now, or every day"
    ),
]
SUBSCRIPTIONS: Final = ["app_mention", "app_home_opened"]
in_one_loop: Final = pytest_asyncio.fixture(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        why = "no Chromium found: install it (apt-get install chromium) or name one in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM)
        yield browser
        await browser.close()


@dataclass(frozen=True, kw_only=True)
class Site:
    """The sandbox under test, where it is served, and the app behind it."""

    address: str
    sandbox: Sandbox
    app: SmallApp
    channels: dict[str, str]
    people: dict[str, str]


@in_one_loop
async def site(valkey_socket: Path) -> AsyncIterator[Site]:
    app, web = SmallApp(), Starlette()
    async with Redis(unix_socket_path=str(valkey_socket)) as redis, serve(web) as address:
        await redis.flushall()
        sandbox = Sandbox(
            redis,
            app_url=f"{address}/slack/events",
            own_url=address,
            bot_token=TOKEN,
            signing_secret=SECRET,
            commands=[COMMAND],
            shortcuts=SHORTCUTS,
            subscriptions=SUBSCRIPTIONS,
            hint="Set `OPENAI_API_KEY` first.",
            oauth=OAuthApp(client_id="1.2", client_secret=SECRET, redirect_urls=[f"{address}/back"]),
            patience=1.0,
        )
        web.router.routes.extend(
            [Route("/slack/events", app.endpoint, methods=["POST"]), *sandbox.routes],
        )
        app.slack.base_url = f"{address}/sandbox/api/"
        async with sandbox.running():
            listed = await app.slack.conversations_list(types="public_channel,private_channel", limit=200)
            users = await app.slack.users_list()
            yield Site(
                address=address,
                sandbox=sandbox,
                app=app,
                channels={channel["name"]: channel["id"] for channel in listed["channels"]},
                people={user["name"]: user["id"] for user in users["members"]},
            )


@dataclass(kw_only=True)
class Seen:
    """The browser's doings behind the page's back."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))


Visit = Callable[..., Awaitable[Page]]


@in_one_loop
async def seen() -> Seen:
    return Seen()


@in_one_loop
async def visit(browser: Browser, site: Site, seen: Seen) -> AsyncIterator[Visit]:
    """Opens the page as somebody in a browser of their own; at the end, nothing complained or left home."""
    contexts: list[BrowserContext] = []

    async def open_page(who: str = "ada", place: str = "", **options: Any) -> Page:
        context = await browser.new_context(reduced_motion="reduce", locale="en-GB", **options)
        contexts.append(context)
        page = await context.new_page()
        seen.watch(page)
        # Choosers are caught from the start: one that opens right after it is asked for would be missed.
        page.on("filechooser", lambda chooser: None)
        await page.goto(f"{site.address}/?user={site.people[who]}{place}")
        await page.locator("#app").wait_for()
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert seen.complaints == []
    assert {urlsplit(url).hostname for url in seen.requests} == {"127.0.0.1"}
