"""A long day of the bot: installed, asked, scheduled, misused, and let down by every service it has."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.signature import SignatureVerifier
from starlette.responses import JSONResponse, PlainTextResponse, Response

from scheduler import Job
from tests.fuzz.slack_bodies import as_sent, odd_bodies
from tests.marked.house import SECRETS, House
from tests.marked.markers import mark
from tests.running import ADA, GENERAL, GRACE, TEAM
from tests.stand_ins.openai import answers, says
from tests.test_many_workspaces import Street
from tests.waiting import wait_until

PRIVATE: Final = {
    name: mark(name)
    for name in (
        *("prompt", "link", "page", "answer", "message", "reply", "file", "file name", "schedule name"),
        *(
            "scheduled prompt",
            "prompt made ahead",
            "mention",
            "direct",
            "unread time",
            "typed name",
            "response_url",
            "trigger",
        ),
        *("forged", "oauth code", "oauth error", "failed prompt", "button value", "odd job", "later"),
    )
}
"""What people wrote and read, by its place."""
ONLY_HTTP: Final = {"oauth code", "response_url", "trigger", "button value", "odd job"}
"""The marks of what Socket Mode does not have."""
_DIRECT: Final = "D0ADA000001"
_PROMPT: Final = f'What about "{PRIVATE["prompt"]}" & <ümlauts>?'


def everything() -> str:
    """All that a service may know, said back: the worst of all errors."""
    return " ".join((*SECRETS.values(), *PRIVATE.values()))


async def live_a_day(house: House, *, is_socket: bool) -> None:
    """All of it, in order."""
    if is_socket:
        await wait_until(lambda: b"/sandbox/link" in house.slack.asked, "the WebSocket")
    else:
        await install(house)
    await knock(house)
    await ask(house)
    await schedule(house)
    await converse(house)
    if not is_socket:
        await send_oddities(house)
    await let_down(house)
    if house.redis is not None:
        await lose_redis(house)
    await knock(house)


async def install(house: House) -> None:
    """Install in vain in several ways, and then for real."""
    street = Street(bot=house.bot, town=house.town, browser=house.bot.http)
    url, code, error = house.bot.url, PRIVATE["oauth code"], PRIVATE["oauth error"]
    await house.ask_unsigned("GET", f"/slack/oauth_redirect?code={code}&state={'x' * 43}")
    access = "/sandbox/api/oauth.v2.access"
    for answer in (
        JSONResponse({"ok": False, "error": everything(), "code": everything()}),
        Response(everything(), 500),
        JSONResponse({"ok": True, "access_token": everything()}),
    ):
        page = await _read(house.bot.http, f"{url}/slack/install")
        state = re.findall(r"state=([\w-]{43})", page)[0]
        house.slack.answer_instead(access, answer)
        await house.ask_unsigned("GET", f"/slack/oauth_redirect?code={code}&state={state}")
        assert house.slack.has_given(access)
    page = await _read(house.bot.http, f"{url}/slack/install")
    state = re.findall(r"state=([\w-]{43})", page)[0]
    await house.ask_unsigned("GET", f"/slack/oauth_redirect?error={error}&state={state}")
    await street.install(TEAM)
    await street.invite(GENERAL, ADA)


async def knock(house: House) -> None:
    """Come without a signature, or with a wrong one."""
    forged = PRIVATE["forged"]
    for path in ("/healthz", "/readyz", "/metrics", f"/{forged}", f"/qstash/{forged}", "/sandbox/state", "/"):
        await house.ask_unsigned("GET", path)
    token = {"Authorization": f"Bearer {SECRETS['PRECACHE_METRICS_TOKEN']}"}
    assert await house.ask_unsigned("GET", "/metrics", headers=token) == 200
    body = json.dumps({"query": forged, "type": "event_callback", "event": {"text": forged}})
    signatures: list[dict[str, str]] = [
        {},
        {"Upstash-Signature": forged, "X-Slack-Signature": forged, "X-Slack-Request-Timestamp": "1"},
        slack_headers(body, "application/json", secret="another-secret"),
        slack_headers(body, "application/json", at=1_700_000_000),
    ]
    for path in ("/slack/events", "/api/announce", "/api/announce/failed", "/api/announce/check"):
        for headers in signatures:
            await house.ask_unsigned("POST", path, data=body, headers=headers)


async def ask(house: House) -> None:
    """Ask a prompt with a link, and press the buttons of its post."""
    house.model.otherwise = says(
        f"It is **{PRIVATE['answer']}**, see [here](https://x.example/{mark('later')})."
    )
    await house.town.type(f"/precache {_PROMPT} {house.site_url}/{PRIVATE['link']}?q={PRIVATE['link']}")
    (post,) = await house.town.posted(1)
    assert PRIVATE["answer"] in str(post)
    await house.town.press(post, "post_refresh")
    await wait_until(lambda: house.model.requests >= 2, "the refreshed answer")
    await house.town.press(post, "post_schedule")
    await house.town.window()
    for text in (
        f"/precache every fortnight at {PRIVATE['unread time']} o'clock say it",
        f"/precache show {PRIVATE['typed name']}",
        f"/precache delete {PRIVATE['typed name']}",
        f"/precache at 25:99 {PRIVATE['unread time']}",
        f"/precache preview {PRIVATE['later']}",
        "/precache help",
        "/precache list all",
        "/precache",
    ):
        await house.town.type(text)
    await house.town.told(PRIVATE["typed name"])
    await house.town.seen(PRIVATE["later"])


async def schedule(house: House) -> None:
    """Schedule, name, run, look back, edit in a window, delete, and have an answer made ahead."""
    town = house.town
    await town.type(f"/precache every day at 9am {PRIVATE['scheduled prompt']}", user=GRACE)
    name = await town.made(user=GRACE)
    await town.type(f"/precache rename {name} {PRIVATE['schedule name']}", user=GRACE)
    await town.told(PRIVATE["schedule name"], user=GRACE)
    await town.type(f"/precache run {name}", user=GRACE)
    await town.posted(2)
    for verb in ("show", "history", "edit", "pause", "resume"):
        await town.type(f"/precache {verb} {name}", user=GRACE)
    view = await town.window("every day", user=GRACE)
    await town.submit(view, by=GRACE, when=f"at {PRIVATE['unread time']}")
    await town.do("home", user=GRACE, tab="home")
    await town.home(PRIVATE["schedule name"], user=GRACE)
    await town.type(f"/precache delete {name}", user=GRACE)
    soon = datetime.now(UTC) + timedelta(minutes=10)  # within the hour in which its answer is made
    await town.type(
        f"/precache every day at {soon:%H:%M} in UTC Say {PRIVATE['prompt made ahead']}", user=GRACE
    )
    await wait_until(lambda: PRIVATE["prompt made ahead"] in str(house.model.bodies), "the answer made ahead")


async def converse(house: House) -> None:
    """Mention it in a thread with a file, summarise the thread, and write to it alone."""
    town = house.town
    root = str((await town.do("send", user=ADA, channel=GENERAL, text=f"Look: {PRIVATE['message']}"))["ts"])
    async with town.http.post(
        f"{town.url}/sandbox/upload",
        params={"user": GRACE, "name": f"{PRIVATE['file name']}.txt"},
        data=f"In the file: {PRIVATE['file']}\n".encode(),
        headers={"content-type": "application/octet-stream"},
    ) as answer:
        file = (await answer.json())["file"]
    words = f"@Precache {PRIVATE['mention']} and {PRIVATE['reply']}?"
    attached = [{"id": file, "alt": ""}]
    await town.do("send", user=GRACE, channel=GENERAL, text=words, thread_ts=root, files=attached)
    await town.posted(3)
    await town.do("shortcut", user=ADA, callback_id="summarise_thread", channel=GENERAL, message_ts=root)
    await town.seen("Schedule this summary")
    await town.type(PRIVATE["direct"], channel=_DIRECT)
    await town.seen(PRIVATE["answer"], channel=_DIRECT)


async def send_oddities(house: House) -> None:
    """Send what Slack signs and never sends, full of marks; and jobs that are none."""
    url, trigger = f"{house.town.url}/{PRIVATE['response_url']}", f"1.2.{PRIVATE['trigger']}"
    await house.town.type("/precache stats")
    named = {"response_url": url, "trigger_id": trigger, "value": PRIVATE["button value"], "text": "list"}
    for body in odd_bodies(60, seed=7):
        marked = _replace_values(body, named)
        content, kind = as_sent(marked)
        async with house.bot.http.post(
            f"{house.bot.url}/slack/events", data=content.encode(), headers=slack_headers(content, kind)
        ) as answer:
            assert answer.status < 500, (marked, await answer.text())
    odd = PRIVATE["odd job"]
    for job in (
        b"{",
        odd.encode(),
        json.dumps({"query": odd, "kind": odd}).encode(),
        json.dumps({"query": odd, "sources": [{"type": odd, "url": odd}]}).encode(),
        json.dumps({"query": odd, "channel": odd, "id": 5, "at": odd}).encode(),
        json.dumps(
            {"query": odd, "schedule": "s", "cron": odd, "zone": odd, "team": "T", "id": None}
        ).encode(),
        json.dumps({"query": odd * 400}).encode(),
        Job(query=odd, sources=({"type": "link", "url": f"http://{odd}.invalid/{odd}"},)).encode(),
        Job(query=odd, team="T9", channel="C9", user=ADA, id="gone").encode(),
    ):
        for path in ("/api/announce", "/api/announce/failed", "/api/announce/check"):
            told = await house.bot.post(path, job, key=SECRETS["QSTASH_CURRENT_SIGNING_KEY"])
            assert told.status != 500, (job, path)


async def let_down(house: House) -> None:
    """Have the model, Slack, the link's site and QStash fail, each with an error that says everything."""
    error = {"error": {"message": everything(), "type": "t", "code": everything(), "param": everything()}}
    for number, bad in enumerate(
        (
            JSONResponse(error, 400),
            JSONResponse(error, 401),
            JSONResponse({"detail": everything()}, 422),
            PlainTextResponse(everything(), 404),
            JSONResponse({"choices": [{"message": {"content": 5, "tool_calls": everything()}}]}),
            JSONResponse({"id": "c", "object": "chat.completion", "choices": everything()}),
            PlainTextResponse(everything()),
            JSONResponse({"error": {"message": "no", "code": PRIVATE["failed prompt"]}}, 400),
        )
    ):
        house.model.next.extend([answers(bad)] * 2)  # of the fallback, too
        await house.town.type(f"/precache {PRIVATE['failed prompt']} {number}")
        await wait_until(lambda: not house.model.next, "both models were asked")
    house.model.next.append(says(PRIVATE["answer"], finish_reason=everything()))
    await house.town.type(f"/precache {PRIVATE['failed prompt']} that ends oddly")
    await wait_until(lambda: not house.model.next, "the model was asked")
    echo = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [everything()]}}
    for method, bad in (
        ("chat.postMessage", JSONResponse(echo)),
        ("chat.postMessage", JSONResponse({"ok": False, "error": "fatal_error", "needed": everything()})),
        ("conversations.info", JSONResponse({"ok": False, "error": everything(), "needed": everything()})),
        ("conversations.info", JSONResponse({"ok": False, "error": PRIVATE["failed prompt"]})),
        ("conversations.info", JSONResponse({"ok": False, "error": "missing_scope", "needed": everything()})),
        ("chat.postEphemeral", PlainTextResponse(everything(), 500)),
        ("users.info", PlainTextResponse(everything(), 502)),
        ("conversations.info", JSONResponse({"ok": False, "error": "ratelimited", "why": everything()}, 429)),
        ("views.open", PlainTextResponse(everything())),
    ):
        house.slack.answer_instead(f"/sandbox/api/{method}", bad)
    house.slack.answer_instead("/sandbox/respond/", *[PlainTextResponse(everything(), 404)] * 3)
    house.site.answer_instead("/broken", Response(everything(), 500, {"Set-Cookie": f"{everything()}=x"}))
    await house.town.type(f"/precache {PRIVATE['failed prompt']} again")
    await house.town.type(f"/precache {PRIVATE['failed prompt']} {house.site_url}/broken")
    await house.town.type("/precache")
    await house.town.type("/precache list")
    await wait_until(lambda: house.slack.has_given("/sandbox/respond/"), "replies that were lost")
    await wait_until(
        lambda: house.slack.has_given("/sandbox/api/chat.postMessage"), "posts that were refused"
    )
    if house.redis is not None:  # Socket Mode has its QStash inside
        await lose_qstash(house)


async def lose_qstash(house: House) -> None:
    """Have QStash refuse what is published, and not answer as it should."""
    for number, answer in enumerate(
        (
            JSONResponse({"error": everything()}, 400),
            JSONResponse({"error": everything()}, 401),
            JSONResponse({"error": everything()}, 412),
            JSONResponse({"error": everything()}, 429),
            PlainTextResponse(everything(), 400),
            JSONResponse({"error": everything()}, 500),
            PlainTextResponse(everything()),
        )
    ):
        for text in (
            f"/precache {PRIVATE['later']} {number}",
            f"/precache every day at 7:1{number} {mark('later')}",
        ):
            house.qstash.answer_instead("/qstash/v2/", answer)
            await house.town.type(text)
            await wait_until(lambda: house.qstash.has_given("/qstash/v2/"), "QStash was asked")


async def lose_redis(house: House) -> None:
    """Have Redis refuse and fail while people type."""
    assert house.redis is not None
    unknown = f"ERR unknown command 'SET', with args beginning with: '{everything()}'"
    for answer in (
        JSONResponse({"error": unknown}, 400),
        JSONResponse({"error": everything()}, 401),
        PlainTextResponse(everything(), 500),
        PlainTextResponse(everything()),
        JSONResponse({"result": everything()}),
        JSONResponse([{"error": unknown}, {"result": everything()}]),
    ):
        house.redis.answer = answer
        await house.ask_unsigned("GET", "/readyz")
        await house.bot.post(
            "/api/announce",
            Job(query=PRIVATE["failed prompt"]).encode(),
            key=SECRETS["QSTASH_CURRENT_SIGNING_KEY"],
        )
        for text in (
            "/precache list",
            f"/precache every day at 8 {PRIVATE['later']}",
            f"/precache {mark('later')}",
        ):
            await house.town.type(text)
        await house.town.do("home", user=ADA, tab="home")
        await house.ask_unsigned("GET", "/slack/install")
    house.redis.answer = None


def slack_headers(
    body: str, kind: str, *, secret: str = SECRETS["SLACK_SIGNING_SECRET"], at: int | None = None
) -> dict[str, str]:
    now = str(at or int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body)
    assert signature is not None
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}


def _replace_values(body: Any, named: Mapping[str, str]) -> Any:
    """The body with these values where it has such names."""
    if isinstance(body, dict):
        return {name: named.get(name) or _replace_values(value, named) for name, value in body.items()}
    return [_replace_values(item, named) for item in body] if isinstance(body, list) else body


async def _read(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()
