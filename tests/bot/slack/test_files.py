"""Files at Slack: fetched over real HTTP, and the token safe from whatever answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.errors import SlackRefused, SlackUnavailable
from bot.sandbox import Fault
from bot.slack import SharedFile, Slack, connect_slack, download_file, files_origin
from tests.bot.sandbox.filing import share
from tests.bot.sandbox.town import RANDOM, TOKEN, Town

FILE = "F0HOSTILE01"


async def test_a_file_that_a_person_shared_is_fetched_whole(town: Town, slack: Slack) -> None:
    file = await share(town, "naïve, café\n".encode() * 20_000, "Größe.csv")
    permalink = (await town.slack.files_info(file=file))["file"]["permalink"]
    assert await download_file(slack, file) == SharedFile(
        name="Größe.csv",
        mime="text/csv",
        content="naïve, café\n".encode() * 20_000,
        permalink=permalink,
    )


async def test_a_page_that_a_person_shared_is_content_and_no_login_page(town: Town, slack: Slack) -> None:
    file = await share(town, b"<!doctype html><p>notes</p>", "notes.html")
    fetched = await download_file(slack, file)
    assert isinstance(fetched, SharedFile)
    assert (fetched.mime, fetched.content) == ("text/html", b"<!doctype html><p>notes</p>")


async def test_a_file_may_be_as_large_as_was_said_and_no_larger(town: Town, slack: Slack) -> None:
    file = await share(town, b"x" * 1_000)
    assert isinstance(await download_file(slack, file, most=1_000), SharedFile)
    assert await download_file(slack, file, most=999) == "too_large"


async def test_a_file_of_a_channel_the_bot_is_not_in_is_told_apart(town: Town, slack: Slack) -> None:
    assert await download_file(slack, await share(town, channel=RANDOM)) == "not_in_channel"


async def test_a_missing_scope_is_a_problem_of_the_file_and_an_outage_is_none(
    town: Town, slack: Slack
) -> None:
    file = await share(town)
    town.sandbox.faults.add(Fault(method="files.info", kind="error", error="missing_scope"))
    assert await download_file(slack, file) == "refused"
    town.sandbox.faults.add(Fault(method="files.info", kind="status"))
    with pytest.raises(SlackUnavailable):
        await download_file(slack, file)
    town.sandbox.faults.add(Fault(method="files.info", kind="error", error="account_inactive"))
    with pytest.raises(SlackRefused, match="account_inactive"):
        await download_file(slack, file)


# A Slack that means harm, or is not Slack at all.

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class Hostile:
    """Says of its file what `told` says, and gives for its bytes what `answer` gives."""

    url: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    answer: Answer | None = None
    tokens: list[str | None] = field(default_factory=list)
    """The Authorization that came with each request for bytes."""

    async def info(self, request: web.Request) -> web.Response:
        file = {"id": FILE, "name": "a.txt", "mimetype": "text/plain", "size": 3, "mode": "hosted"}
        file["url_private_download"] = f"{self.url}/files-pri/a.txt"
        return web.json_response({"ok": True, "file": file | self.told})

    async def ticket(self, request: web.Request) -> web.Response:
        told = {"upload_url": f"{self.url}/upload/1", "file_id": FILE}
        return web.json_response({"ok": True} | told | self.told)

    async def done(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "files": [{"id": FILE}]})

    async def bytes(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization"))
        if self.answer is None:
            return web.Response(body=b"abc")
        return await self.answer(request)


@asynccontextmanager
async def serve_hostile() -> AsyncIterator[Hostile]:
    hostile = Hostile()
    app = web.Application()
    app.router.add_get("/api/files.info", hostile.info)
    app.router.add_post("/api/files.getUploadURLExternal", hostile.ticket)
    app.router.add_post("/api/files.completeUploadExternal", hostile.done)
    app.router.add_route("*", "/{path:.*}", hostile.bytes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hostile.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hostile
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def hostile() -> AsyncIterator[Hostile]:
    async with serve_hostile() as served:
        yield served


@pytest_asyncio.fixture
async def tricked(hostile: Hostile) -> AsyncIterator[Slack]:
    async with connect_slack(token=TOKEN, api_url=f"{hostile.url}/api/") as connected:
        yield connected


def redirect(to: str, *, status: int = 302) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/there":
            return web.Response(body=b"abc")
        return web.Response(status=status, headers={"Location": to})

    return answer


def respond(**response: Any) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(**response)

    return answer


async def test_the_token_goes_with_the_request_for_the_bytes(hostile: Hostile, tricked: Slack) -> None:
    fetched = await download_file(tricked, FILE)
    assert isinstance(fetched, SharedFile)
    assert (fetched.content, hostile.tokens) == (b"abc", [f"Bearer {TOKEN}"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_does_not_get_the_token(
    hostile: Hostile, tricked: Slack, status: int
) -> None:
    async with serve_hostile() as elsewhere:
        for place in (elsewhere.url, elsewhere.url.replace("http:", "")):
            hostile.answer = redirect(f"{place}/there", status=status)
            assert await download_file(tricked, FILE) == "refused"
        assert elsewhere.tokens == []


async def test_a_redirect_on_the_same_host_is_followed_and_not_for_ever(
    hostile: Hostile, tricked: Slack
) -> None:
    hostile.answer = redirect("/there")
    assert isinstance(await download_file(tricked, FILE), SharedFile)
    hostile.answer = redirect("/files-pri/a.txt")
    assert await download_file(tricked, FILE) == "unreachable"
    assert len(hostile.tokens) < 10


@pytest.mark.parametrize(
    "address",
    [
        "http://{elsewhere}/a",
        "http://{here}@{elsewhere}/a",
        "http://{here}.evil.example/a",
        "https://{here}/a",
        "file:///etc/passwd",
        "//{elsewhere}/a",
        "http://[",
        "http://127.0.0.1:no/a",
        "",
    ],
)
async def test_an_address_elsewhere_does_not_get_the_token(
    hostile: Hostile, tricked: Slack, address: str
) -> None:
    async with serve_hostile() as elsewhere:
        here = hostile.url.removeprefix("http://")
        other = elsewhere.url.removeprefix("http://")
        hostile.told = {"url_private_download": address.format(here=here, elsewhere=other)}
        assert await download_file(tricked, FILE) == "unreachable"
        assert (hostile.tokens, elsewhere.tokens) == ([], [])


async def test_a_body_without_end_is_read_to_the_limit_and_no_further(
    hostile: Hostile, tricked: Slack
) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except (ConnectionError, asyncio.CancelledError):
            left.set()
            raise

    hostile.answer = endless
    assert await download_file(tricked, FILE, most=1_000_000) == "too_large"
    await asyncio.wait_for(left.wait(), 60)


async def test_a_size_that_was_not_true_does_not_get_past_the_limit(hostile: Hostile, tricked: Slack) -> None:
    hostile.answer = respond(body=b"x" * 1_001)
    assert await download_file(tricked, FILE, most=1_000) == "too_large"
    hostile.told = {"size": 1_001}
    hostile.answer = respond(body=b"abc")
    assert await download_file(tricked, FILE, most=1_000) == "too_large"
    assert len(hostile.tokens) == 1, "what is too large is not asked for"


async def test_a_body_that_breaks_off_is_an_outage_and_no_file(hostile: Hostile, tricked: Slack) -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    hostile.answer = short
    with pytest.raises(SlackUnavailable):
        await download_file(tricked, FILE)


async def test_a_server_that_says_nothing_is_an_outage(hostile: Hostile) -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    hostile.answer = silent
    async with connect_slack(token=TOKEN, api_url=f"{hostile.url}/api/") as connected:
        with pytest.raises(SlackUnavailable, match="Timeout"):
            await download_file(connected, FILE, within=timedelta(milliseconds=100))


async def test_a_login_page_is_a_problem_and_no_content(hostile: Hostile, tricked: Slack) -> None:
    hostile.answer = respond(text="<!DOCTYPE html><title>Sign in</title>", content_type="text/html")
    for mime in ("text/plain", "text/html"):
        hostile.told = {"mimetype": mime}
        assert await download_file(tricked, FILE) == "refused"


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"mode": "tombstone"}, "gone"),
        ({"mode": "hidden_by_limit"}, "gone"),
        ({"mode": "external"}, "refused"),
        ({"is_external": True, "external_type": "gdrive"}, "refused"),
        ({"mode": "file_access", "file_access": "check_file_info"}, "not_in_channel"),
        ({"mode": "file_access", "file_access": "access_denied"}, "not_in_channel"),
        ({"mode": "file_access", "file_access": "file_not_found"}, "gone"),
        ({"file_access": "something_new"}, "refused"),
    ],
    ids=str,
)
async def test_a_file_without_bytes_of_its_own_is_not_asked_for(
    hostile: Hostile, tricked: Slack, told: Mapping[str, Any], problem: str
) -> None:
    hostile.told = dict(told)
    assert await download_file(tricked, FILE) == problem
    assert hostile.tokens == []


@pytest.mark.parametrize(
    ("status", "problem"),
    [(401, "refused"), (403, "refused"), (404, "gone"), (410, "gone"), (418, "unreachable")],
)
async def test_a_refusal_of_the_bytes_says_which(
    hostile: Hostile, tricked: Slack, status: int, problem: str
) -> None:
    hostile.answer = respond(status=status)
    assert await download_file(tricked, FILE) == problem


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_outage_of_the_files_is_worth_another_try(
    hostile: Hostile, tricked: Slack, status: int
) -> None:
    hostile.answer = respond(status=status)
    with pytest.raises(SlackUnavailable):
        await download_file(tricked, FILE)


@pytest.mark.parametrize(
    ("api", "files"),
    [
        ("https://slack.com/api/", "https://files.slack.com"),
        ("https://www.slack.com/api/", "https://files.slack.com"),
        ("https://slack-gov.com/api/", "https://files.slack-gov.com"),
        ("http://127.0.0.1:3000/sandbox/api/", "http://127.0.0.1:3000"),
        ("https://slack.example:8443/api/", "https://slack.example:8443"),
        ("https://slack.com.evil.example/api/", "https://slack.com.evil.example"),
        ("http://slack.com/api/", "https://files.slack.com"),
    ],
)
def test_files_lie_where_the_api_belongs(api: str, files: str) -> None:
    assert files_origin(api) == files
