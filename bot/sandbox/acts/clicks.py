"""A click or a choice, on a message or in a view, as the `block_actions` the app receives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.acts.interactions import Interactions
from bot.sandbox.block_kit import interactive_elements
from bot.sandbox.calls import ApiError, api_error
from bot.sandbox.deliveries import Answered, Failed, channel_of
from bot.sandbox.views import (
    STATELESS,
    Stacks,
    Suggestions,
    View,
    action_of,
    home_of,
    read_values,
    view_json,
)
from bot.sandbox.workspace import Live, Message, Workspace, message_json


@dataclass(frozen=True, kw_only=True)
class Click:
    """One use of an element: the person, the element, and its new value."""

    user: str
    block_id: str
    action_id: str
    selected: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Clicks:
    """Sends what was clicked to the app."""

    live: Live
    workspace: Workspace
    interactions: Interactions
    stacks: Stacks
    suggestions: Suggestions

    async def click_message(self, click: Click, channel: str, ts: str) -> Answered | Failed:
        message, element = self._find_in_message(click, channel, ts)
        action = self._describe_action(click, element, message.ts)
        about = {
            **self._describe_place(message),
            "trigger_id": self.interactions.make_trigger(click.user, channel=channel),
            "state": {"values": _new_state(action)},
            "response_url": await self.interactions.make_response_url(click.user, channel, ts),
            "actions": [action],
        }
        return await self.interactions.send_act("block_actions", click.user, about)

    async def click_view(self, click: Click, view_id: str, filled: Any) -> Answered | Failed:
        view, element = self._find_in_view(click, view_id)
        for block in view.content["blocks"]:
            is_input = block["type"] == "input" and block["block_id"] == click.block_id
            if is_input and not block.get("dispatch_action"):
                raise api_error("invalid_arguments", "this input does not dispatch its actions")
        action = self._describe_action(click, element, view.id)
        mine = {}
        if element["type"] not in STATELESS:
            mine = {click.block_id: {click.action_id: click.selected}}
        values = read_values(view, _merge_choice(filled, mine), self.suggestions.options_in(view.id))
        about = {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self.interactions.make_trigger(click.user, channel=view.channel, view=view.id),
            "view": view_json(view, self.workspace.team, values),
            "actions": [action],
        }
        return await self.interactions.send_act("block_actions", click.user, about)

    async def ask_suggestions(
        self, click: Click, query: str, *, view_id: str | None, channel: str, ts: str
    ) -> Mapping[str, Any] | Failed:
        """Asks the app for options that match the text typed into an external select."""
        about: dict[str, Any] = {"block_id": click.block_id, "action_id": click.action_id, "value": query}
        if view_id:
            view, element = self._find_in_view(click, view_id)
            about |= {
                "container": {"type": "view", "view_id": view.id},
                "view": view_json(view, self.workspace.team),
            }
        else:
            message, element = self._find_in_message(click, channel, ts)
            about |= self._describe_place(message)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise api_error("invalid_arguments", "only external selects ask for suggestions")
        outcome = await self.interactions.send_act("block_suggestion", click.user, about)
        if isinstance(outcome, Failed):
            return outcome
        try:
            return self.suggestions.take_options(
                view_id or ts, click.block_id, click.action_id, outcome.read_object()
            )
        except ApiError:
            return Failed(error="invalid_response", reason="invalid_response")

    def _find_in_message(self, click: Click, channel: str, ts: str) -> tuple[Message, Mapping[str, Any]]:
        workspace = self.workspace
        message = workspace.find_message(channel, ts)
        if message is None or not message.visible_to(click.user):
            raise ApiError("message_not_found")
        if not workspace.can_see(click.user, workspace.channels[channel]):
            raise ApiError("message_not_found")
        for block_id, element in interactive_elements(message.blocks):
            if (block_id, element["action_id"]) == (click.block_id, click.action_id):
                return message, element
        raise api_error("invalid_arguments", "the message has no such element")

    def _find_in_view(self, click: Click, view_id: str) -> tuple[View, Mapping[str, Any]]:
        view = home_of(self.workspace, click.user)
        if view is None or view.id != view_id:
            view = self.stacks.top_view(click.user, view_id)
        if (element := view.find_element(click.block_id, click.action_id)) is None:
            raise api_error("invalid_arguments", "the view has no such element")
        return view, element

    def _describe_action(self, click: Click, element: Mapping[str, Any], place: str) -> dict[str, Any]:
        suggested = self.suggestions.options_in(place)(click.block_id, click.action_id)
        return {
            "type": element["type"],
            "action_id": click.action_id,
            "block_id": click.block_id,
            "action_ts": self.live.next_ts(),
            **action_of(element, click.selected, suggested),
        }

    def _describe_place(self, message: Message) -> dict[str, Any]:
        ephemeral = message.only_for is not None
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": ephemeral,
        }
        if message.is_reply:
            container["thread_ts"] = message.thread_ts
        where = {
            "container": container,
            "channel": channel_of(self.workspace.channels[message.channel]),
        }
        if not ephemeral:
            where["message"] = message_json(message, self.workspace, metadata=True)
        return where


def _merge_choice(filled: Any, mine: Mapping[str, Mapping[str, Any]]) -> Any:
    """The form as the page knows it, with the choice just made."""
    if not isinstance(filled, dict):
        return mine if filled is None else filled
    known = {block: filled.get(block) for block in mine}
    return filled | {
        block: {**(before if isinstance(before, dict) else {}), **mine[block]}
        for block, before in known.items()
    }


def _new_state(action: Mapping[str, Any]) -> dict[str, Any]:
    """The element's new state; buttons and overflow menus have none."""
    if action["type"] in STATELESS:
        return {}
    kept = {name: value for name, value in action.items() if name == "type" or name.startswith("selected")}
    return {action["block_id"]: {action["action_id"]: kept}}
