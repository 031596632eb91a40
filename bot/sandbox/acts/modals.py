"""The acts on a modal: a person submits or closes it, and the app may answer.

docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.acts.interactions import Interactions
from bot.sandbox.calls import ApiError
from bot.sandbox.deliveries import Failed
from bot.sandbox.views import (
    Stacks,
    Suggestions,
    View,
    app_errors,
    form_complaints,
    read_values,
    read_view,
    view_json,
)
from bot.sandbox.workspace import Live, Workspace


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A form with sentences at its fields."""

    errors: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Modals:
    """Takes what people do with the modals of one workspace."""

    live: Live
    workspace: Workspace
    interactions: Interactions
    stacks: Stacks
    suggestions: Suggestions

    async def submit_form(self, user: str, view_id: str, filled: Any) -> Rejected | Failed | None:
        """Sends the form; nothing where the app took it."""
        view = self.stacks.top_view(user, view_id)
        if "submit" not in view.content:
            raise ApiError("view_not_found")
        values = read_values(view, filled, self.suggestions.options_in(view.id))
        if errors := form_complaints(view, values):
            return Rejected(errors=errors)
        about = {
            "view": view_json(view, self.workspace.team, values),
            "trigger_id": self.interactions.make_trigger(user, channel=view.channel, view=view.id),
            "response_urls": await self._response_urls(view, values),
        }
        outcome = await self.interactions.send_act("view_submission", user, about)
        if isinstance(outcome, Failed):
            return outcome
        try:
            return self._apply_answer(view, outcome.read_object())
        except ApiError:
            return Failed(error="invalid_response", reason="invalid_response")

    def _apply_answer(self, view: View, said: Mapping[str, Any]) -> Rejected | None:
        match said:
            case {"response_action": "errors", "errors": errors}:
                return Rejected(errors=app_errors(view, errors))
            case {"response_action": "update", "view": content}:
                self.stacks.update_view(view, self._read_modal(content))
            case {"response_action": "push", "view": content}:
                self.stacks.push_view(view.user, self._read_modal(content))
            case {"response_action": "clear"}:
                self.stacks.clear_stack(view.user)
            case {} if not said:
                self.stacks.close_from(view.user, view.id)
            case _:
                raise ApiError("invalid_response")
        return None

    def _read_modal(self, content: Any) -> Mapping[str, Any]:
        return read_view(content, "modal", self.workspace, self.live.now())

    def close_views(self, user: str, view_id: str, *, everything: bool) -> None:
        """Cancel, or the cross, which closes the whole stack; the app hears of it where it asked to."""
        view = self.stacks.top_view(user, view_id)
        everything = everything or bool(view.content.get("clear_on_close"))
        going = self.stacks.stack_of(user) if everything else (view,)
        self.stacks.close_from(user, going[0].id)
        for left in reversed(going):
            if left.content.get("notify_on_close"):
                closed = {"view": view_json(left, self.workspace.team, {}), "is_cleared": everything}
                self.interactions.send_act_later("view_closed", user, closed)

    async def _response_urls(self, view: View, values: Mapping[str, Any]) -> list[dict[str, str]]:
        """One for each select that asked for it and names a conversation."""
        urls = []
        for block_id, element in view.elements():
            state = values.get(block_id, {}).get(element.get("action_id"), {})
            channel = state.get("selected_conversation") or state.get("selected_channel")
            if element.get("response_url_enabled") and channel:
                url = await self.interactions.make_response_url(view.user, channel)
                urls.append(
                    {
                        "block_id": block_id,
                        "action_id": element["action_id"],
                        "channel_id": channel,
                        "response_url": url,
                    }
                )
        return urls
