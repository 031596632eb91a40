"""Bodies as Slack sends them, one of each kind, and how they are sent."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from tests.fuzz.odd import GONE, ODD, find_places, with_odd
from tests.running import ADA, GENERAL, TEAM

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
PERSON: dict[str, Any] = {
    "team": {"id": TEAM, "domain": "d"},
    "user": {"id": ADA, "team_id": TEAM},
    "trigger_id": "1.2.a",
}


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


def odd_bodies(number: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """So many of them, each with something odd in one place."""
    chance, bodies = random.Random(seed), list(genuine())  # noqa: S311 - no secret
    for _ in range(number):
        body = chance.choice(bodies)
        yield with_odd(body, chance.choice(list(find_places(body))), chance.choice((*ODD, GONE)))


def as_sent(body: Mapping[str, Any]) -> tuple[str, str]:
    """The content and its type, as Slack sends such a body."""
    if "command" in body and "type" not in body:
        plain = {name: str(value) for name, value in body.items()}
        return urlencode(plain, errors="replace"), "application/x-www-form-urlencoded"
    if body.get("type") in ("event_callback", "url_verification") or "event" in body:
        return json.dumps(body), "application/json"
    return urlencode({"payload": json.dumps(body)}), "application/x-www-form-urlencoded"


def signed_by_slack(content: str, kind: str, *, secret: str) -> dict[str, str]:
    """The headers of it."""
    now = str(int(time.time()))
    verifier = SignatureVerifier(secret)
    signature = verifier.generate_signature(timestamp=now, body=content)
    assert signature is not None
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
