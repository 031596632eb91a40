"""OAuth: the question a person is asked, the code that comes of it, and workspaces apart from each other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import OAuthApp
from tests.bot.sandbox.filing import get, share
from tests.bot.sandbox.town import ADA, GENERAL, Town, error, open_town
from tests.waiting import wait_until

# The SDK sends the client's secret by a class that aiohttp 3.14 would rather see replaced.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

NORTH, LINUS, NORTH_GENERAL = "T0NORTH0001", "U0LINUS0001", "C0NORTHGEN1"
CLIENT = {"client_id": "123.456", "client_secret": "open sesame"}
BACK = "https://app.example/slack/oauth_redirect"
SCOPES = "chat:write,commands,channels:join,users:read,channels:read"


def the_app(url: str) -> OAuthApp:
    return OAuthApp(**CLIENT, redirect_urls=[BACK, f"{url}/other"])


@pytest_asyncio.fixture
async def towns(redis_raw: Redis) -> AsyncIterator[Town]:
    """Two workspaces, and the app in neither."""
    events = ["app_mention", "app_uninstalled", "member_joined_channel"]
    async with open_town(redis_raw, bot_token=None, oauth=the_app, subscriptions=events) as town:
        yield town


async def question(town: Town, **asked: str) -> tuple[int, str]:
    params = {"client_id": CLIENT["client_id"], "scope": SCOPES, "redirect_uri": BACK, "state": "s1", **asked}
    async with town.http.get(f"{town.url}/sandbox/oauth/v2/authorize", params=params) as answer:
        return answer.status, await answer.text()


async def decide(town: Town, page: str, team: str, decision: str) -> Mapping[str, list[str]]:
    """The query that the browser brings back to the app."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    form = {unescape(name): unescape(value) for name, value in found} | {"team": team, "decision": decision}
    url = f"{town.url}/sandbox/oauth/v2/authorize"
    async with town.http.post(url, data=form, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        where = answer.headers["location"]
        assert where.startswith(f"{form['redirect_uri']}?")
        return parse_qs(urlsplit(where).query)


async def code_for(town: Town, team: str = NORTH, **asked: str) -> str:
    _, page = await question(town, **asked)
    return (await decide(town, page, team, "allow"))["code"][0]


async def install(town: Town, team: str = NORTH, **asked: str) -> AsyncWebClient:
    """The app in this workspace."""
    code = await code_for(town, team, **asked)
    answer = await town.slack.oauth_v2_access(**CLIENT, code=code, redirect_uri=BACK)
    return AsyncWebClient(
        answer["access_token"], base_url=town.slack.base_url, session=town.http, retry_handlers=[]
    )


async def test_who_allows_it_gets_the_app(towns: Town) -> None:
    status, page = await question(towns)
    assert status == 200
    assert "<code>chat:write</code>" in page
    back = await decide(towns, page, NORTH, "allow")
    assert back["state"] == ["s1"]
    answer = await towns.slack.oauth_v2_access(**CLIENT, code=back["code"][0], redirect_uri=BACK)
    assert (answer["team"]["id"], answer["authed_user"]["id"]) == (NORTH, LINUS)
    assert (answer["token_type"], answer["scope"], answer["bot_user_id"]) == ("bot", SCOPES, "U0NORTHBOT1")
    teams = (await towns.state())["teams"]
    assert [(team["id"], team["installed"]) for team in teams] == [("T0PRECACHE1", False), (NORTH, True)]


async def test_who_cancels_sends_the_app_away(towns: Town) -> None:
    _, page = await question(towns)
    back = await decide(towns, page, NORTH, "cancel")
    assert (back["error"], back["state"], "code" in back) == (["access_denied"], ["s1"], False)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}.evil.example"}, "bad_redirect_uri"),
        ({"scope": "chat:write,everything"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
    ],
)
async def test_a_wrong_question_is_not_asked(towns: Town, asked: dict[str, str], refusal: str) -> None:
    status, page = await question(towns, **asked)
    assert status == 400
    assert refusal in page


async def test_what_an_app_asks_is_shown_as_text(towns: Town) -> None:
    _, page = await question(towns, state='"><script>alert(1)</script>')
    assert "<script>" not in page
    back = await decide(towns, page, NORTH, "allow")
    assert back["state"] == ['"><script>alert(1)</script>']


async def test_another_site_cannot_consent_for_a_person(towns: Town) -> None:
    _, page = await question(towns)
    forged = re.sub(r'name="seal" value="[^"]*"', 'name="seal" value="guess"', page)
    with pytest.raises(AssertionError, match="invalid_form"):
        await decide(towns, forged, NORTH, "allow")


async def test_a_code_is_good_once_for_ten_minutes_and_for_its_own_redirect(towns: Town) -> None:
    slack = towns.slack
    code = await code_for(towns)
    wrong = {**CLIENT, "client_secret": "guess"}
    assert await error(slack.oauth_v2_access(**wrong, code=code)) == "bad_client_secret"
    unknown = {**CLIENT, "client_id": "1.2"}
    assert await error(slack.oauth_v2_access(**unknown, code=code)) == "invalid_client_id"
    await slack.oauth_v2_access(**CLIENT, code=code, redirect_uri=BACK)
    used = slack.oauth_v2_access(**CLIENT, code=code, redirect_uri=BACK)
    assert await error(used) == "code_already_used"
    elsewhere = slack.oauth_v2_access(**CLIENT, code=await code_for(towns), redirect_uri=f"{towns.url}/other")
    assert await error(elsewhere) == "bad_redirect_uri"
    late = await code_for(towns)
    towns.clock.ahead = timedelta(minutes=11)
    assert await error(slack.oauth_v2_access(**CLIENT, code=late, redirect_uri=BACK)) == "invalid_code"


async def test_installing_again_adds_scopes_to_the_same_token(towns: Town) -> None:
    first = await install(towns, scope="commands")
    assert (await first.auth_test()).headers["x-oauth-scopes"] == "commands"
    refused = first.chat_postMessage(channel=LINUS, text="hi")
    assert await error(refused) == "missing_scope"
    second = await install(towns, scope="chat:write")
    assert second.token == first.token
    assert (await first.chat_postMessage(channel=LINUS, text="hi"))["ok"]


async def test_files_need_their_scopes(towns: Town) -> None:
    first = await install(towns, scope="commands")
    file = await share(towns, user=LINUS, channel="D0LINUS0001")
    url = f"{towns.url}/sandbox/files-pri/{NORTH}-{file}/table.csv"
    for call in (
        first.files_info(file=file),
        first.files_getUploadURLExternal(filename="a.txt", length=1),
        first.files_completeUploadExternal(files=[{"id": file, "title": "a"}]),
    ):
        assert await error(call) == "missing_scope"
    assert b"Sign in" in (await get(towns, url, first.token))[2]
    second = await install(towns, scope="files:read")
    assert (await second.files_info(file=file))["file"]["ims"] == ["D0LINUS0001"]
    assert (await get(towns, url, second.token))[2] == b"a,b\n1,2\n"


async def test_the_token_says_which_workspace_answers(towns: Town) -> None:
    north, south = await install(towns, NORTH), await install(towns, "T0PRECACHE1")
    assert (await north.auth_test())["team_id"] == NORTH
    assert (await south.auth_test())["team_id"] == "T0PRECACHE1"
    assert await error(north.users_info(user=ADA)) == "user_not_found"
    assert await error(north.conversations_info(channel=GENERAL)) == "channel_not_found"
    await north.conversations_join(channel=NORTH_GENERAL)
    await north.chat_postMessage(channel=NORTH_GENERAL, text="hello north")
    assert [message["text"] for message in await towns.sees(NORTH_GENERAL, LINUS)] == ["hello north"]
    assert NORTH_GENERAL not in (await towns.state())["messages"]


async def test_what_happens_is_told_with_its_workspace(towns: Town) -> None:
    north = await install(towns, NORTH)
    await towns.type("/precache hi", user=LINUS, channel=NORTH_GENERAL)
    sent = towns.app.received.pop()
    assert (sent["team_id"], sent["team_domain"], sent["user_id"]) == (NORTH, "northwind", LINUS)
    async with towns.http.post(sent["response_url"], json={"text": "for Linus"}) as answer:
        assert answer.status == 200
    assert [message["text"] for message in await towns.sees(NORTH_GENERAL, LINUS)] == ["for Linus"]
    modal: dict[str, Any] = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x"},
        "blocks": [{"type": "divider"}],
    }
    view = (await north.views_open(trigger_id=sent["trigger_id"], view=modal))["view"]
    assert (view["team_id"], view["bot_id"]) == (NORTH, "B0NORTHBOT1")
    await north.conversations_join(channel=NORTH_GENERAL)
    await wait_until(lambda: towns.app.received, "that the bot joined")
    towns.app.received.clear()
    await towns.type("@precache hi", user=LINUS, channel=NORTH_GENERAL)
    await wait_until(lambda: towns.app.received, "the mention")
    envelope = towns.app.received.pop()
    assert (envelope["team_id"], envelope["authorizations"][0]["user_id"]) == (NORTH, "U0NORTHBOT1")
    await towns.do("uninstall", user=LINUS)
    await wait_until(lambda: towns.app.received, "the last event")
    assert towns.app.received.pop()["team_id"] == NORTH
    again = await install(towns, NORTH)
    assert again.token != north.token
    assert await error(north.auth_test()) == "invalid_auth"
    await again.conversations_join(channel=NORTH_GENERAL)
    await wait_until(lambda: towns.app.received, "that the bot came back")
    assert towns.app.received[0]["event"]["type"] == "member_joined_channel"


async def test_an_installation_outlives_the_process(redis_raw: Redis) -> None:
    async with open_town(redis_raw, bot_token=None, oauth=the_app) as before:
        token = (await install(before)).token
    async with open_town(redis_raw, bot_token=None, oauth=the_app) as after:
        client = AsyncWebClient(token, base_url=after.slack.base_url, session=after.http)
        assert (await client.auth_test())["team_id"] == NORTH


async def test_without_an_oauth_app_there_is_nothing_to_install(town: Town) -> None:
    assert (await question(town))[0] == 400
    assert await error(town.slack.oauth_v2_access(**CLIENT, code="x")) == "invalid_client_id"
    assert [team["id"] for team in (await town.state())["teams"]] == ["T0PRECACHE1"]
