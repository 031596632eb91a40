"""A click on a button or a choice in a menu, as the signed `block_actions` the app receives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from bot.sandbox.block_kit.blocks import interactive
from bot.sandbox.block_kit.elements import offered
from bot.sandbox.deliver import FORM, Answered, Deliver, Failed, trigger_id
from bot.sandbox.live import Live
from bot.sandbox.respond import Respond
from bot.sandbox.shapes import message_json
from bot.sandbox.typed import channel_name
from bot.sandbox.web_api.arguments import ApiError, refused
from bot.sandbox.workspace import APP, DOMAIN, TEAM, Message

_ONE_OPTION: Final = frozenset({"static_select", "radio_buttons", "overflow", "external_select"})
_MANY_OPTIONS: Final = frozenset({"multi_static_select", "checkboxes"})
_NAMED: Final = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}


def chosen(element: Mapping[str, Any], selected: Any) -> dict[str, Any]:
    """What an action says beyond its ids: only what the message offered can be chosen."""
    kind = element["type"]
    if kind == "button":
        return {"text": element["text"], **({"value": element["value"]} if "value" in element else {})}
    options = {option["value"]: option for option in offered(element)}
    if kind in _ONE_OPTION:
        if not isinstance(selected, str) or selected not in options:
            raise refused("invalid_arguments", "selected: expected the value of one of the options")
        return {"selected_option": options[selected]}
    if kind in _MANY_OPTIONS:
        if not isinstance(selected, list) or not all(each in options for each in selected):
            raise refused("invalid_arguments", "selected: expected values of the options")
        return {"selected_options": [options[each] for each in selected]}
    if selected is None:
        raise refused("invalid_arguments", "missing required field: selected")
    return {_NAMED[kind]: selected}


class Clicks:
    """Sends what was clicked to the app."""

    def __init__(self, live: Live, deliver: Deliver, respond: Respond) -> None:
        self._live = live
        self._deliver = deliver
        self._respond = respond

    async def click(
        self, *, user: str, channel: str, ts: str, block_id: str, action_id: str, selected: Any = None
    ) -> Answered | Failed:
        message = self._live.workspace.message(channel, ts)
        if user not in {human.id for human in self._live.workspace.humans()}:
            raise ApiError("user_not_found")
        if message is None or not message.visible_to(user):
            raise ApiError("message_not_found")
        for block, element in interactive(message.blocks):
            if (block, element["action_id"]) == (block_id, action_id):
                action = {
                    "type": element["type"],
                    "action_id": action_id,
                    "block_id": block_id,
                    "action_ts": self._live.next_ts(),
                    **chosen(element, selected),
                }
                url = await self._respond.make_url(self._respond.context(user, channel, ts))
                payload = self._payload(user, message, action, url)
                return await self._deliver.send(
                    urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode(), FORM
                )
        raise refused("invalid_arguments", "the message has no such element")

    def _payload(
        self, user: str, message: Message, action: Mapping[str, Any], response_url: str
    ) -> dict[str, Any]:
        name = self._live.workspace.users[user].name
        ephemeral = message.only_for is not None
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": ephemeral,
        }
        if message.is_reply:
            container["thread_ts"] = message.thread_ts
        payload: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": APP,
            "token": "deprecated",
            "container": container,
            "trigger_id": trigger_id(),
            "team": {"id": TEAM, "domain": DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {
                "id": message.channel,
                "name": channel_name(self._live.workspace.channels[message.channel]),
            },
            "state": {"values": _state(action)},
            "response_url": response_url,
            "actions": [action],
        }
        if not ephemeral:
            payload["message"] = message_json(message, self._live.workspace, metadata=True)
        return payload


def _state(action: Mapping[str, Any]) -> dict[str, Any]:
    """The element's new state; buttons and overflow menus have none."""
    if action["type"] in ("button", "overflow"):
        return {}
    kept = {name: value for name, value in action.items() if name == "type" or name.startswith("selected")}
    return {action["block_id"]: {action["action_id"]: kept}}
