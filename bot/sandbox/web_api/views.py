"""The views.* methods: modals against a trigger, and the App Home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.views import Stacks, Triggers, View, new_hash, read_view, view_json
from bot.sandbox.workspace import HomePublished, Live, Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class Views:
    """Opening and changing what people see of the app beside messages."""

    live: Live
    workspace: Workspace
    triggers: Triggers
    stacks: Stacks

    async def open_view(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required_text("trigger_id"), self._read_modal(arguments)
        by = self.triggers.use_trigger(trigger)
        return self._view_answer(self.stacks.open_view(by.user, content, by.channel))

    async def push_view(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required_text("trigger_id"), self._read_modal(arguments)
        by = self.triggers.use_trigger(trigger)
        stack = self.stacks.stack_of(by.user)
        if by.view is None or by.view not in {view.id for view in stack}:
            raise ApiError("not_found")
        return self._view_answer(self.stacks.push_view(by.user, content))

    async def update_view(self, arguments: Arguments) -> dict[str, Any]:
        view_id, external_id = arguments.optional_text("view_id"), arguments.optional_text("external_id")
        if not view_id and not external_id:
            raise api_error("invalid_arguments", "missing required field: view_id or external_id")
        content = self._read_modal(arguments)
        view = self.stacks.find_view(view_id=view_id, external_id=external_id)
        if view is None:
            raise ApiError("not_found")
        if (known := arguments.optional_text("hash")) and known != view.hash:
            raise ApiError("hash_conflict")
        return self._view_answer(self.stacks.update_view(view, content))

    async def publish_home(self, arguments: Arguments) -> dict[str, Any]:
        user, known = arguments.required_text("user_id"), arguments.optional_text("hash")
        content = read_view(
            arguments.parsed_json("view", "invalid_arguments"), "home", self.workspace, self.live.now()
        )
        if (person := self.workspace.users.get(user)) is None or person.is_bot:
            raise api_error("invalid_arguments", "invalid `user_id` [json-pointer:/user_id]")
        if person.home or person.deleted:
            raise ApiError("not_enabled")
        published: list[View] = []

        def replace_home(workspace: Workspace) -> list[HomePublished]:
            before = workspace.homes.get(user)
            if known and (before is None or known != before["hash"]):
                raise ApiError("hash_conflict")
            view = View(user=user, content=content)
            if before is not None:
                view = View(user=user, content=content, id=before["id"], hash=new_hash())
            published.append(view)
            return [HomePublished(user=user, view={"id": view.id, "hash": view.hash, "content": content})]

        await self.live.change(replace_home)
        return self._view_answer(published[0])

    def _read_modal(self, arguments: Arguments) -> Mapping[str, Any]:
        return read_view(
            arguments.parsed_json("view", "invalid_arguments"), "modal", self.workspace, self.live.now()
        )

    def _view_answer(self, view: View) -> dict[str, Any]:
        return {"view": view_json(view, self.workspace.team)}
