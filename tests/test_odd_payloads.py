"""Bodies that Slack signed and that cannot be: each gets an answer, and none is a fault of ours."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest_asyncio
from slack_sdk.signature import SignatureVerifier

from tests.running import ADA, GENERAL, TEAM, Precache, precache
from tests.test_announce_http import CONFIGURED

ACTIONS = (
    "post_refresh",
    "post_schedule",
    "card_pause",
    "card_menu",
    "home_new",
    "home_menu",
    "join_channel",
)
MORE_ACTIONS = ("compose_again", "post_here", "when", "fold", "sources", "preview", "somebody_elses")
EVENTS = ("app_mention", "message", "app_home_opened", "channel_archive", "group_left", "user_change")
MORE_EVENTS = ("app_uninstalled", "tokens_revoked", "team_access_revoked", "team_join")
VIEWS = ("compose", "rename", "transfer", "somebody_elses")
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, "", " ", "\0", "\ud800", "x" * 5_000, "payload", "🙂\n"),
    *([], [None], [[]], [{}], {}, {"id": 5}, {"id": []}, {"": ""}, {"value": "menu", "type": 1}),
)
PERSON: dict[str, Any] = {
    "team": {"id": TEAM, "domain": "d"},
    "user": {"id": ADA, "team_id": TEAM},
    "trigger_id": "1.2.a",
}
GONE = object()


def view(callback: str) -> dict[str, Any]:
    values: dict[str, Any] = {"prompt": {"prompt": {"type": "plain_text_input", "value": "Why?"}}}
    return {
        "id": "V1",
        "type": "modal",
        "callback_id": callback,
        "hash": "1.a",
        "private_metadata": "{}",
        "state": {"values": values},
    }


def genuine() -> Iterator[dict[str, Any]]:
    """One body of each kind that Slack sends, and that somebody listens to, and some others."""
    yield {
        "command": "/precache",
        "text": "list",
        "team_id": TEAM,
        "channel_id": GENERAL,
        "user_id": ADA,
        "response_url": "http://127.0.0.1:9/",
        "trigger_id": "1.2.a",
    }
    for action in (*ACTIONS, *MORE_ACTIONS):
        pressed = {"action_id": action, "block_id": "b", "type": "button", "value": "kolu-tane"}
        place: dict[str, Any] = {
            "channel": {"id": GENERAL},
            "container": {"type": "message", "message_ts": "1.2"},
        }
        shown: dict[str, Any] = {"view": view("compose")} if action in (*MORE_ACTIONS, "home_new") else {}
        yield PERSON | place | shown | {"type": "block_actions", "actions": [pressed]}
    for callback in VIEWS:
        yield PERSON | {"type": "view_submission", "view": view(callback)}
        yield PERSON | {"type": "view_closed", "view": view(callback), "is_cleared": False}
    message: dict[str, Any] = {"ts": "1.2", "thread_ts": "1.1", "text": "hello", "user": ADA}
    shortcut: dict[str, Any] = {"callback_id": "summarise_thread", "response_url": "http://127.0.0.1:9/"}
    spot: dict[str, Any] = {"channel": {"id": GENERAL}, "message": message, "message_ts": "1.2"}
    yield PERSON | shortcut | spot | {"type": "message_action"}
    for event in (*EVENTS, *MORE_EVENTS):
        told = {
            "type": event,
            "user": ADA,
            "channel": GENERAL,
            "text": "<@U1> list",
            "ts": "1.2",
            "tab": "home",
        }
        yield {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": f"Ev{event}",
            "api_app_id": "A1",
            "event": told,
            "authorizations": [{"team_id": TEAM, "user_id": "U1", "is_bot": True}],
        }
    yield {"type": "url_verification", "challenge": "c"}


def places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body something stands."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inner:
        yield (*way, name)
        yield from places(value, (*way, name))


def changed(body: dict[str, Any], way: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    """The body with something odd in that place, or with nothing there."""
    body = copy.deepcopy(body)
    holder: Any = body
    for name in way[:-1]:
        holder = holder[name]
    if odd is GONE:
        del holder[way[-1]]
    else:
        holder[way[-1]] = odd
    return body


def odd_bodies(number: int, *, seed: int) -> Iterator[dict[str, Any]]:
    chance, bodies = random.Random(seed), list(genuine())  # noqa: S311 - no secret
    for _ in range(number):
        body = chance.choice(bodies)
        yield changed(body, chance.choice(list(places(body))), chance.choice((*ODD, GONE)))


def as_sent(body: Mapping[str, Any]) -> tuple[str, str]:
    """The content and its type, as Slack sends such a body."""
    if "command" in body and "type" not in body:
        plain = {name: str(value) for name, value in body.items()}
        return urlencode(plain, errors="replace"), "application/x-www-form-urlencoded"
    if body.get("type") in ("event_callback", "url_verification") or "event" in body:
        return json.dumps(body), "application/json"
    return urlencode({"payload": json.dumps(body)}), "application/x-www-form-urlencoded"


def signed_by_slack(content: str, kind: str) -> dict[str, str]:
    now = str(int(time.time()))
    verifier = SignatureVerifier(CONFIGURED["SLACK_SIGNING_SECRET"])
    signature = verifier.generate_signature(timestamp=now, body=content)
    assert signature is not None
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}


@pytest_asyncio.fixture
async def bot(valkey_socket: Path, tmp_path: Path) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, **CONFIGURED) as running:
        yield running


async def test_no_signed_body_of_slacks_is_a_fault_of_ours(bot: Precache) -> None:
    async def status_of(body: Mapping[str, Any]) -> int:
        content, kind = as_sent(body)
        headers = signed_by_slack(content, kind)
        async with bot.http.post(f"{bot.url}/slack/events", data=content.encode(), headers=headers) as answer:
            return answer.status

    bodies = list(odd_bodies(300, seed=11))
    statuses = await asyncio.gather(*map(status_of, bodies))
    assert set(statuses) <= {200, 400, 404}, Counter(statuses)
    assert [
        body for body, status in zip(bodies, statuses, strict=True) if status == 404 and "type" in body
    ] == []
    assert statuses.count(200) > 100, "most of it is only odd"
