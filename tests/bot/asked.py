"""What Slack sends when a person asks for something: a command, a mention, a press, a form."""

from __future__ import annotations

import json
from typing import Any

from bot.replies.buttons import INPUT
from bot.replies.views import FIELD, callback_id
from tests.stand_ins.slack_channel import BOT_USER

Body = dict[str, Any]

PERSON: Body = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}}


def command(text: str) -> Body:
    return {"command": "/precache", "team_id": "T1", "channel_id": "C1", "user_id": "U1", "text": text}


def mention(text: str, *, event: str = "Ev1") -> Body:
    granted = [{"team_id": "T1", "user_id": BOT_USER, "is_bot": True}]
    words = f"<@{BOT_USER}> {text}"
    said = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.2", "text": words}
    told = {"type": "event_callback", "team_id": "T1", "event_id": event, "authorizations": granted}
    return told | {"event": said}


def press(action: str, value: str) -> Body:
    """A press in a message."""
    pressed = {"action_id": action, "block_id": "b", "type": "button", "value": value}
    place = {"channel": {"id": "C1"}, "container": {"type": "message", "message_ts": "1.2"}}
    return PERSON | place | {"type": "block_actions", "actions": [pressed], "message": {"ts": "1.2"}}


def press_at_home(verb: str, schedule: str) -> Body:
    """A choice of the menu beside a schedule in the App Home."""
    chosen = {"text": {"text": verb.title()}, "value": f"{verb} {schedule}:C1"}
    pressed = {"action_id": "home_menu", "block_id": "b", "type": "overflow", "selected_option": chosen}
    return PERSON | {"type": "block_actions", "actions": [pressed], "view": {"id": "V2", "type": "home"}}


def shortcut() -> Body:
    """A thread is to be summarised."""
    place = {"channel": {"id": "C1"}, "message": {"ts": "1.2", "thread_ts": "1.1"}, "message_ts": "1.2"}
    return PERSON | place | {"type": "message_action", "callback_id": "summarise_thread"}


def form(*, editing: str = "", revision: int = 0, **values: str) -> Body:
    """The composer, sent back."""
    fields: Body = {
        name: {"compose_when" if name == "when" else "input": {"value": value}}
        for name, value in values.items()
    }
    fields["channel"] = {"input": {"selected_conversation": "C1"}}
    told = {"zone": "UTC", "origin": "C1", "editing": editing, "revision": revision}
    return _window("compose", told, fields)


def rename(schedule: str, name: str) -> Body:
    """The window that asks for a new name, sent back."""
    fields = {FIELD["rename"]: {INPUT: {"value": name}}}
    return _window(callback_id("rename"), {"schedule": schedule, "channel": "C1"}, fields)


def _window(callback: str, metadata: Body, fields: Body) -> Body:
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(metadata),
        "state": {"values": fields},
    }
    return PERSON | {"type": "view_submission", "view": view}
