"""Two workspaces add Precache by themselves and share one process: nothing of one is seen by the other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette

from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT
from bot.sandbox import OAuthApp, Sandbox, SlashCommand
from scheduler import Job
from tests.bot.fetch.site import open_site
from tests.running import ADA, GENERAL, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

NORTH, LINUS, NORTH_GENERAL = "T0NORTH0001", "U0LINUS0001", "C0NORTHGEN1"
CLIENT_ID, CLIENT_SECRET, SIGNING = "111.222", "client-secret", "town-signing-secret"
BOT_TOKEN, APP_TOKEN = "xoxb-town", "xapp-1-town"
KEY = Fernet.generate_key().decode()
COMMANDS = [SlashCommand(command=COMMAND, description=DESCRIPTION, usage_hint=USAGE_HINT)]
QUERY = "Why is the sky blue?"
DAILY = f"{COMMAND} every day at 9am {QUERY}"


@dataclass(frozen=True, kw_only=True)
class Street:
    """The app, and the Slack beside it: `town` types and reads, `bot` is called by QStash."""

    bot: Precache
    town: Precache
    browser: aiohttp.ClientSession

    async def install(self, team: str) -> str:
        """Install as someone does in a browser; the last page's heading."""
        page = await self._get(f"{self.bot.url}/slack/install")
        (link,) = re.findall(r'class="button" href="([^"]*)"', page)
        question = await self._get(unescape(link))
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', question)
        form = {unescape(name): unescape(value) for name, value in hidden}
        target = urlsplit(unescape(link))._replace(query="").geturl()
        async with self.browser.post(target, data=form | {"team": team, "decision": "allow"}) as answer:
            page = await answer.text()
            assert answer.status == 200, page
        return unescape(re.findall(r"<h1>(.*?)</h1>", page)[0])

    async def invite(self, channel: str, user: str) -> None:
        await self.do("invite", channel=channel, user=user)

    async def do(self, action: str, **body: Any) -> None:
        async with self.browser.post(f"{self.town.url}/sandbox/{action}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def _get(self, url: str) -> str:
        async with self.browser.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()


@asynccontextmanager
async def street(
    valkey: Path,
    redis: RawRedis,
    data: Path,
    model: OpenAI,
    *,
    socket: bool = False,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[Street]:
    """With `socket`, one workspace is reached over a WebSocket; else all that install, over HTTP."""
    served = Starlette()
    async with serve(served) as url:
        address = {"SLACK_API_URL": f"{url}/sandbox/api/"}
        many = {
            "SLACK_CLIENT_ID": CLIENT_ID,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_SIGNING_SECRET": SIGNING,
            "PRECACHE_KEY": KEY,
        }
        one = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}

        @asynccontextmanager
        async def slack(app_url: str) -> AsyncIterator[None]:
            oauth = OAuthApp(
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
                redirect_urls=[f"{app_url}/slack/oauth_redirect"],
            )
            sandbox = Sandbox(
                redis,
                app_url=f"{app_url}/slack/events",
                own_url=url,
                signing_secret=SIGNING,
                bot_token=BOT_TOKEN if socket else None,
                app_token=APP_TOKEN if socket else None,
                oauth=None if socket else oauth,
                commands=COMMANDS,
                subscriptions=["app_uninstalled", "tokens_revoked"],
            )
            served.router.routes.extend(sandbox.routes)
            async with sandbox.running():
                yield

        @asynccontextmanager
        async def app() -> AsyncIterator[Precache]:
            settings = address | (one if socket else many) | dict(more or {})
            async with precache(valkey=valkey, data=data, model_url=model.url, **settings) as bot:
                yield bot

        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            if socket:  # which asks Slack for an address when it starts
                async with slack("http://127.0.0.1:9"), app() as bot:
                    yield Street(bot=bot, town=replace(bot, url=url), browser=browser)
            else:
                async with app() as bot, slack(bot.url):
                    yield Street(bot=bot, town=replace(bot, url=url), browser=browser)


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Because of Rayleigh scattering.")
        yield stand_in


@pytest_asyncio.fixture
async def two(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> AsyncIterator[Street]:
    """Precache in both workspaces, and in a channel of each."""
    async with street(valkey_socket, redis_raw, tmp_path, model) as found:
        for team, channel, person in ((TEAM, GENERAL, ADA), (NORTH, NORTH_GENERAL, LINUS)):
            await found.install(team)
            await found.invite(channel, person)
        yield found


def job(team: str, channel: str, **fields: Any) -> Job:
    return Job(query=QUERY, team=team, channel=channel, **fields)


async def test_a_workspace_installs_it_and_gets_its_first_answer(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    async with street(valkey_socket, redis_raw, tmp_path, model) as found:
        assert await found.install(NORTH) == "Precache is in Northwind"
        await found.invite(NORTH_GENERAL, LINUS)
        await found.town.type(f"{COMMAND} {QUERY}", user=LINUS, channel=NORTH_GENERAL)
        await wait_until(lambda: posted(found, LINUS, NORTH_GENERAL), "an answer")
    stored = [await redis_raw.get(key) for key in await redis_raw.keys("precache:installation:*")]
    assert stored
    assert "xoxb" not in str(stored)


async def test_the_same_question_is_asked_for_each_team_and_answered_with_its_own_token(
    two: Street, model: OpenAI
) -> None:
    first = await two.bot.deliver(job(TEAM, GENERAL, id="run-1"))
    second = await two.bot.deliver(job(NORTH, NORTH_GENERAL, id="run-1"))
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "MISS")
    assert model.requests == 2, "an answer is never shared between teams"
    again = await two.bot.deliver(job(NORTH, NORTH_GENERAL, id="run-2"))
    assert again.headers["X-Cache"] == "HIT"
    assert len(await posted(two, ADA, GENERAL)) == 1
    assert len(await posted(two, LINUS, NORTH_GENERAL)) == 2


async def test_a_job_that_names_another_teams_channel_posts_nothing(two: Street) -> None:
    crossed = await two.bot.deliver(job(TEAM, NORTH_GENERAL, id="run-1", user=ADA))
    assert crossed.status == 489
    assert await posted(two, LINUS, NORTH_GENERAL) == []


async def test_a_job_of_no_team_reads_links_and_nothing_in_slack(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    more = {"PRECACHE_NETWORKS": "127.0.0.1/32"}
    async with open_site() as site, street(valkey_socket, redis_raw, tmp_path, model, more=more) as found:
        site.says("/news", "The sky was seen to be blue.", Content_Type="text/plain")
        link = {"type": "link", "url": f"{site.url}/news"}
        answered = await found.bot.deliver(Job(query=QUERY, sources=(link,)))
        assert (answered.status, answered.text) == (200, "Because of Rayleigh scattering.")
        assert "seen to be blue" in str(model.bodies[-1])
        channel = {"type": "channel", "channel": GENERAL}
        answered = await found.bot.deliver(Job(query=QUERY, sources=(channel,)))
        assert answered.status == 489


async def test_lists_and_names_are_each_teams_own(two: Street) -> None:
    await two.town.type(DAILY)
    told = await two.town.told("Scheduled")
    name = re.findall(rf"{COMMAND} (?:show|delete) (\S+?)`", told)[0]
    await two.town.type(f"{COMMAND} list", user=LINUS, channel=NORTH_GENERAL)
    await two.town.told("Nothing is scheduled", user=LINUS, channel=NORTH_GENERAL)
    for act in ("show", "run", "pause", "delete"):
        await two.town.type(f"{COMMAND} {act} {name}", user=LINUS, channel=NORTH_GENERAL)

    async def refused() -> bool:
        whispers = await two.town.whispers(user=LINUS, channel=NORTH_GENERAL)
        return sum(name in whisper for whisper in whispers) == 4

    await wait_until(refused, "four refusals")
    async with two.bot.qstash() as qstash:
        (schedule,) = await qstash.schedule.list()
    assert not schedule.paused


async def test_a_team_that_spends_its_limit_leaves_the_others_theirs(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    limits = {"PRECACHE_LIMIT": "9/30d", "PRECACHE_TEAM_LIMIT": "2/30d"}
    async with street(valkey_socket, redis_raw, tmp_path, model, more=limits) as found:
        for team in (TEAM, NORTH):
            await found.install(team)

        async def ask(team: str, query: str) -> int:
            return (await found.bot.deliver(Job(query=query, team=team))).status

        assert [await ask(TEAM, query) for query in "abc"] == [200, 200, 429]
        assert await ask(NORTH, "a") == 200
        assert await ask("T0UNKNOWN01", "a") == 489
    assert model.requests == 3


async def test_a_team_that_leaves_is_forgotten_and_the_other_stays(
    two: Street, redis_raw: RawRedis, model: OpenAI
) -> None:
    for user, channel in ((ADA, GENERAL), (LINUS, NORTH_GENERAL)):
        await two.town.type(DAILY, user=user, channel=channel)
        await two.town.told("Scheduled", user=user, channel=channel)
        await two.town.type(f"{COMMAND} in 20 minutes {QUERY}", user=user, channel=channel)
    await two.bot.deliver(job(TEAM, GENERAL, id="run-1"))
    await two.bot.deliver(job(NORTH, NORTH_GENERAL, id="run-1"))
    kept = await keys(redis_raw, TEAM)
    assert len(await keys(redis_raw, NORTH)) >= 7
    await two.do("uninstall", user=LINUS)
    await two.do("events", team=NORTH, event={"type": "app_uninstalled"})

    async def forgotten() -> bool:
        return await keys(redis_raw, NORTH) == []

    await wait_until(forgotten, "nothing that names the team")
    assert await keys(redis_raw, TEAM) == kept
    async with two.bot.qstash() as qstash:
        (schedule,) = await qstash.schedule.list()
    assert Job.decode((schedule.body or "").encode()).team == TEAM
    gone = await two.bot.deliver(job(NORTH, NORTH_GENERAL, id="run-2"))
    assert gone.status == 489
    assert await keys(redis_raw, NORTH) == [], "a delivery that was under way leaves nothing either"
    assert (await two.bot.deliver(job(TEAM, GENERAL, id="run-2"))).status == 200


async def test_a_workspace_that_is_not_known_is_told_where_to_begin(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    async with street(valkey_socket, redis_raw, tmp_path, model) as found:
        await found.install(NORTH)
        await redis_raw.delete(f"precache:installation:{NORTH}")
        await found.town.type(f"{COMMAND} {QUERY}", user=LINUS, channel=NORTH_GENERAL)
        await found.town.told("/slack/install", user=LINUS, channel=NORTH_GENERAL)
    assert model.requests == 0


async def test_over_a_websocket_the_same_is_said_and_no_address_is_open(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, model: OpenAI
) -> None:
    async with street(valkey_socket, redis_raw, tmp_path, model, socket=True) as found:

        async def is_ready() -> bool:
            async with found.browser.get(f"{found.bot.url}/readyz") as answer:
                return answer.status == 200

        await wait_until(is_ready, "the connection to Slack, which is made beside the serving")
        await found.town.type(f"{COMMAND} {QUERY} Explain the payload.")
        await wait_until(lambda: posted(found, ADA, GENERAL), "an answer")
        for path in ("/slack/events", "/slack/install", "/slack/oauth_redirect"):
            method = "POST" if path.endswith("events") else "GET"
            async with found.browser.request(method, f"{found.bot.url}{path}") as answer:
                assert answer.status == 404


async def test_bolt_takes_nothing_from_the_environment_that_we_did_not_give_it(
    valkey_socket: Path,
    redis_raw: RawRedis,
    tmp_path: Path,
    model: OpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "VERIFICATION_TOKEN"):
        monkeypatch.setenv(f"SLACK_{name}", "xoxb-from-the-environment")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    async with street(valkey_socket, redis_raw, tmp_path / "data", model) as found:
        await found.install(NORTH)
        await found.invite(NORTH_GENERAL, LINUS)
        await found.town.type(f"{COMMAND} {QUERY}", user=LINUS, channel=NORTH_GENERAL)
        await wait_until(lambda: posted(found, LINUS, NORTH_GENERAL), "an answer")
    assert not (tmp_path / "home").exists(), "Bolt keeps no installations of its own"


async def posted(street: Street, user: str, channel: str) -> list[dict[str, Any]]:
    """Answers in a channel of either workspace."""
    seen = await street.town.messages(channel=channel, user=user)
    return [
        message for message in seen if message["bot"] and not message["ephemeral"] and message.get("metadata")
    ]


async def keys(redis: RawRedis, team: str) -> list[str]:
    return sorted(str(key) for key in await redis.keys(f"precache:*{team}*"))
