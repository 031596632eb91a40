"""A workspace installs Precache in its browser: real pages over HTTP, a real Redis, a Slack that counts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
import yaml
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.routing import Route

from bot.replies.views import install_pages
from bot.storage.client import CountedRedis, socket_redis
from bot.workspaces import ManyWorkspaces
from bot.workspaces.install import INSTALL, REDIRECT, SCOPES, Install, OAuthApp
from bot.workspaces.installations import Installations
from tests.bot.installed import NOON, installation, vault
from tests.stand_ins.serve import serve
from tests.stand_ins.slack import CLIENT_ID, CLIENT_SECRET, Slack, slack

GRANTED = {
    "ok": True,
    "access_token": "xoxb-T1",
    "token_type": "bot",
    "scope": "commands,chat:write",
    "bot_user_id": "UBOT",
    "app_id": "A1",
    "team": {"id": "T1", "name": "Analytical Engines"},
    "enterprise": None,
    "is_enterprise_install": False,
    "authed_user": {"id": "U1"},
}
ORGANISATION = GRANTED | {
    "access_token": "xoxb-E1",
    "team": None,
    "enterprise": {"id": "E1", "name": "Analytical Engines"},
    "is_enterprise_install": True,
}


@dataclass(frozen=True, kw_only=True)
class Page:
    status: int
    text: str
    headers: Any

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found, self.text
        return unescape(found[1])

    @property
    def links(self) -> list[str]:
        return [unescape(link) for link in re.findall(r'href="([^"]*)"', self.text)]


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Keeps cookies, and follows nobody."""

    http: aiohttp.ClientSession
    url: str

    async def get(self, path: str, **query: str) -> Page:
        async with self.http.get(f"{self.url}{path}", params=query, allow_redirects=False) as response:
            return Page(status=response.status, text=await response.text(), headers=response.headers)

    async def begin(self) -> str:
        """Open the first page; the state with which Slack would send us back."""
        (link,) = (await self.get(INSTALL)).links
        return parse_qs(urlsplit(link).query)["state"][0]


@pytest_asyncio.fixture
async def stand_in() -> AsyncIterator[Slack]:
    async with slack() as running:
        running.codes = {"code-1": dict(GRANTED), "code-2": dict(ORGANISATION)}
        yield running


@pytest_asyncio.fixture
async def installations(redis: CountedRedis) -> Installations:
    return Installations(redis, vault())


@pytest_asyncio.fixture
async def url(stand_in: Slack, installations: Installations) -> AsyncIterator[str]:
    async with aiohttp.ClientSession() as session, serve_install(stand_in, installations, session) as url:
        yield url


def serve_install(
    stand_in: Slack,
    installations: Installations,
    session: aiohttp.ClientSession,
    *,
    public_url: str = "http://bot.test",
    secret: str = CLIENT_SECRET,
) -> Any:
    app = OAuthApp(client_id=CLIENT_ID, client_secret=secret, api_url=stand_in.api_url, public_url=public_url)
    install = Install(
        app,
        installations=installations,
        workspaces=ManyWorkspaces(installations, session, api_url=stand_in.api_url),
        pages=install_pages,
        session=session,
        now=lambda: NOON,
    )
    routes = [Route(INSTALL, install.install), Route(REDIRECT, install.redirect)]
    return serve(Starlette(routes=routes))


@pytest_asyncio.fixture
async def browser(url: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(http=http, url=url)


@pytest_asyncio.fixture
async def other_browser(url: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(http=http, url=url)


async def test_the_first_page_leads_to_slack_with_everything_it_needs(
    browser: Browser, stand_in: Slack
) -> None:
    page = await browser.get(INSTALL)
    assert (page.status, page.title) == (200, "Add Precache to your workspace")
    (link,) = page.links
    target, query = link.split("?")
    assert target == f"{stand_in.url}/oauth/v2/authorize"
    asked = parse_qs(query)
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["redirect_uri"] == ["http://bot.test/slack/oauth_redirect"]
    assert asked["scope"] == [",".join(SCOPES)]
    assert len(asked["state"][0]) == 43
    assert CLIENT_SECRET not in page.text


async def test_who_allows_it_is_told_what_to_type_and_is_remembered(
    browser: Browser, installations: Installations, stand_in: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    state = await browser.begin()
    page = await browser.get(REDIRECT, code="code-1", state=state)
    assert (page.status, page.title) == (200, "Precache is in Analytical Engines")
    assert "/invite @Precache" in page.text
    assert (
        "install.lacks_scopes owner=T1: app_mentions:read, assistant:write, channels:history" in caplog.text
    )
    assert "/precache every weekday at 9am" in page.text
    assert page.links == [f"{stand_in.url}/app_redirect?app=A1&team=T1"]
    assert "xoxb" not in page.text
    assert await installations.find_installation("T1") == installation("T1")
    (exchange,) = [call for call in stand_in.calls if call.method == "oauth.v2.access"]
    assert exchange.params == {"code": "code-1", "redirect_uri": "http://bot.test/slack/oauth_redirect"}


async def test_a_whole_organisation_is_kept_under_its_own_id(
    browser: Browser, installations: Installations, stand_in: Slack
) -> None:
    page = await browser.get(REDIRECT, code="code-2", state=await browser.begin())
    assert page.status == 200
    assert page.links == [f"{stand_in.url}/app_redirect?app=A1"]
    assert await installations.find_installation("E1") == installation(None, enterprise="E1")


async def test_installing_again_replaces_the_token(
    browser: Browser, installations: Installations, stand_in: Slack
) -> None:
    await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    stand_in.codes["code-3"] = GRANTED | {"access_token": "xoxb-new"}
    await browser.get(REDIRECT, code="code-3", state=await browser.begin())
    assert await installations.find_installation("T1") == installation("T1", token="xoxb-new")


async def test_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    first, _ = await browser.begin(), await browser.begin()
    assert (await browser.get(REDIRECT, code="code-1", state=first)).status == 200


# Refusals


async def refused(page: Page, stand_in: Slack, redis_raw: RawRedis) -> None:
    assert (page.status, page.title) == (400, "This link no longer works")
    assert page.links == [INSTALL]
    assert await redis_raw.keys("*installation*") == []


async def test_a_state_counts_once(browser: Browser, stand_in: Slack, redis_raw: RawRedis) -> None:
    state = await browser.begin()
    await browser.get(REDIRECT, error="access_denied", state=state)
    stand_in.codes.clear()
    await browser.get(REDIRECT, code="code-1", state=state)
    stand_in.codes["code-1"] = dict(GRANTED)
    await refused(await browser.get(REDIRECT, code="code-1", state=state), stand_in, redis_raw)


async def test_nobody_finishes_what_another_browser_began(
    browser: Browser, other_browser: Browser, stand_in: Slack, redis_raw: RawRedis
) -> None:
    state = await browser.begin()
    await refused(await other_browser.get(REDIRECT, code="code-1", state=state), stand_in, redis_raw)
    state = await browser.begin()
    await other_browser.begin()
    await refused(await other_browser.get(REDIRECT, code="code-1", state=state), stand_in, redis_raw)
    assert stand_in.tokens("oauth.v2.access") == [], "the code is not even tried"


async def test_a_state_that_has_ended_does_not_count(
    browser: Browser, stand_in: Slack, redis_raw: RawRedis
) -> None:
    state = await browser.begin()
    (key,) = await redis_raw.keys("precache:install:*")
    assert 0 < await redis_raw.ttl(key) <= 600
    await redis_raw.delete(key)
    await refused(await browser.get(REDIRECT, code="code-1", state=state), stand_in, redis_raw)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "code-1"},
        {"code": "code-1", "state": ""},
        {"code": "code-1", "state": "x" * 43},
        {"code": "code-1", "state": "é*?" * 9},
        {"state": "x" * 43},
    ],
)
async def test_whatever_else_comes_is_refused(
    browser: Browser, stand_in: Slack, redis_raw: RawRedis, query: dict[str, str]
) -> None:
    await browser.begin()
    await refused(await browser.get(REDIRECT, **query), stand_in, redis_raw)
    assert stand_in.calls == []


async def test_a_spent_code_means_to_start_again(
    browser: Browser, stand_in: Slack, redis_raw: RawRedis
) -> None:
    page = await browser.get(REDIRECT, code="spent", state=await browser.begin())
    await refused(page, stand_in, redis_raw)


async def test_who_says_no_is_told_kindly(browser: Browser) -> None:
    page = await browser.get(REDIRECT, error="access_denied", state=await browser.begin())
    assert (page.status, page.title) == (200, "Precache wasn't installed")
    assert page.links == [INSTALL]


@pytest.mark.parametrize("error", ["access_denied", "invalid_scope", "x" * 5_000, "\ninstall.done"])
async def test_a_refusal_counts_only_with_a_state_of_ours_and_else_leaves_no_line(
    browser: Browser,
    other_browser: Browser,
    stand_in: Slack,
    redis_raw: RawRedis,
    caplog: pytest.LogCaptureFixture,
    error: str,
) -> None:
    state = await browser.begin()
    await other_browser.begin()
    for page in (
        await browser.get(REDIRECT, error=error),
        await browser.get(REDIRECT, error=error, state=""),
        await browser.get(REDIRECT, error=error, state=state[::-1]),
        await other_browser.get(REDIRECT, error=error, state=state),
    ):
        await refused(page, stand_in, redis_raw)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("granted", "code"),
    [
        ({"ok": False, "error": "bad_redirect_uri"}, "bad_redirect_uri"),
        (GRANTED | {"refresh_token": "xoxe-1-r", "expires_in": 43200}, "token_rotation_enabled"),
        (GRANTED | {"access_token": "xoxp-user"}, "unexpected_answer"),
        (GRANTED | {"team": None}, "unexpected_answer"),
        ({"ok": True}, "unexpected_answer"),
    ],
)
async def test_what_slack_will_not_do_is_told_with_its_code_and_nothing_is_kept(
    browser: Browser,
    stand_in: Slack,
    redis_raw: RawRedis,
    caplog: pytest.LogCaptureFixture,
    granted: dict[str, Any],
    code: str,
) -> None:
    stand_in.codes["code-1"] = granted
    page = await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    assert (page.status, page.title) == (502, "Slack didn't allow the installation")
    assert code in page.text
    assert f"install.refused code={code}" in caplog.text
    assert not re.search("xox|code-1", caplog.text)
    assert await redis_raw.keys("*installation*") == []


async def test_a_wrong_secret_is_the_operators_to_mend(
    stand_in: Slack, installations: Installations, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        serve_install(stand_in, installations, http, secret="wrong") as url,
    ):
        browser = Browser(http=http, url=url)
        page = await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    assert page.status == 502
    assert "install.refused code=bad_client_secret" in caplog.text


async def test_a_slack_that_does_not_answer_is_told(
    stand_in: Slack, installations: Installations, redis_raw: RawRedis
) -> None:
    stand_in.url = "http://127.0.0.1:9"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        serve_install(stand_in, installations, http) as url,
    ):
        browser = Browser(http=http, url=url)
        page = await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    assert (page.status, page.title) == (502, "Slack isn't responding")
    assert await redis_raw.keys("*installation*") == []


@pytest.mark.parametrize("answer", [{"ok": False}, {"ok": False, "error": {"code": 502}}, {"error": None}])
async def test_an_error_that_is_none_of_slacks_is_one_of_a_proxy_on_the_way(
    browser: Browser, stand_in: Slack, redis_raw: RawRedis, answer: dict[str, Any]
) -> None:
    stand_in.codes["code-1"] = answer
    page = await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    assert (page.status, page.title) == (502, "Slack isn't responding")
    assert await redis_raw.keys("precache:installation:*") == []


async def test_without_redis_both_pages_say_so(stand_in: Slack, tmp_path: Path) -> None:
    async with (
        socket_redis(f"unix://{tmp_path}/nothing.sock") as redis,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        serve_install(stand_in, Installations(redis, vault()), http) as url,
    ):
        page = await Browser(http=http, url=url).get(INSTALL)
        assert (page.status, page.title) == (503, "Precache can't reach its database")
        cookie = {"Cookie": f"precache-install={'b' * 43}"}
        query = {"code": "code-1", "state": "s" * 43}
        async with http.get(f"{url}{REDIRECT}", params=query, headers=cookie) as response:
            assert response.status == 503
    assert stand_in.calls == []


# Safety


HOSTILE = '"><script>alert(1)</script>`&amp;'


async def test_no_name_or_code_becomes_markup(browser: Browser, stand_in: Slack) -> None:
    stand_in.codes["code-1"] = GRANTED | {"team": {"id": "T1", "name": HOSTILE}}
    page = await browser.get(REDIRECT, code="code-1", state=await browser.begin())
    assert page.status == 200
    assert HOSTILE in page.title
    assert "<script" not in page.text
    refused = await browser.get(REDIRECT, error=HOSTILE, state=await browser.begin())
    assert refused.title == "Slack didn't allow the installation"
    assert "<script" not in refused.text
    assert "alert" not in refused.text


async def test_pages_load_nothing_are_framed_by_nobody_and_tell_nobody_their_address(
    browser: Browser,
) -> None:
    pages = [await browser.get(path) for path in (INSTALL, REDIRECT, f"{REDIRECT}?error=x")]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script|<img|<link|url\(|@import|\sstyle=", page.text)
        assert "prefers-color-scheme: dark" in page.text


@pytest.mark.parametrize(
    ("public_url", "start", "secure"),
    [
        ("https://bot.test", "__Host-precache-install=", True),
        ("http://bot.test", "precache-install=", False),
    ],
)
async def test_the_cookie_stays_with_this_site(
    stand_in: Slack, installations: Installations, public_url: str, start: str, secure: bool
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        serve_install(stand_in, installations, http, public_url=public_url) as url,
    ):
        page = await Browser(http=http, url=url).get(INSTALL)
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith(start)
    assert ("; Secure" in cookie) is secure
    assert all(part in cookie for part in ("; HttpOnly", "; SameSite=lax", "; Path=/", "; Max-Age=600"))


def test_slack_is_asked_for_what_the_manifest_says() -> None:
    manifest = yaml.safe_load((Path(__file__).parents[3] / "manifest.yml").read_text())
    assert set(SCOPES) == set(manifest["oauth_config"]["scopes"]["bot"])
