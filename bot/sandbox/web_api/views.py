"""The views.* methods: modals against a trigger, and the App Home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls.api_error import ApiError, refused
from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.views.stacks import Stacks
from bot.sandbox.views.triggers import Triggers
from bot.sandbox.views.view import View, new_hash, read_view, view_json
from bot.sandbox.workspace.changes import HomePublished
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class Views:
    """Opening and changing what people see of the app beside messages."""

    live: Live
    workspace: Workspace
    triggers: Triggers
    stacks: Stacks

    async def open(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required("trigger_id"), self._content(arguments)
        by = self.triggers.exchange(trigger)
        return self._answer(self.stacks.open(by.user, content, by.channel))

    async def push(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required("trigger_id"), self._content(arguments)
        by = self.triggers.exchange(trigger)
        stack = self.stacks.of(by.user)
        if by.view is None or by.view not in {view.id for view in stack}:
            raise ApiError("not_found")
        return self._answer(self.stacks.push(by.user, content))

    async def update(self, arguments: Arguments) -> dict[str, Any]:
        view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
        if not view_id and not external_id:
            raise refused("invalid_arguments", "missing required field: view_id or external_id")
        content = self._content(arguments)
        view = self.stacks.find(view_id=view_id, external_id=external_id)
        if view is None:
            raise ApiError("not_found")
        if (known := arguments.text("hash")) and known != view.hash:
            raise ApiError("hash_conflict")
        return self._answer(self.stacks.update(view, content))

    async def publish(self, arguments: Arguments) -> dict[str, Any]:
        user, known = arguments.required("user_id"), arguments.text("hash")
        content = read_view(
            arguments.parsed("view", "invalid_arguments"), "home", self.workspace, self.live.now()
        )
        if (person := self.workspace.users.get(user)) is None or person.is_bot:
            raise refused("invalid_arguments", "invalid `user_id` [json-pointer:/user_id]")
        if person.home or person.deleted:
            raise ApiError("not_enabled")
        published: list[View] = []

        def decide(workspace: Workspace) -> list[HomePublished]:
            before = workspace.homes.get(user)
            if known and (before is None or known != before["hash"]):
                raise ApiError("hash_conflict")
            view = View(user=user, content=content)
            if before is not None:
                view = View(user=user, content=content, id=before["id"], hash=new_hash())
            published.append(view)
            return [HomePublished(user=user, view={"id": view.id, "hash": view.hash, "content": content})]

        await self.live.change(decide)
        return self._answer(published[0])

    def _content(self, arguments: Arguments) -> Mapping[str, Any]:
        return read_view(
            arguments.parsed("view", "invalid_arguments"), "modal", self.workspace, self.live.now()
        )

    def _answer(self, view: View) -> dict[str, Any]:
        return {"view": view_json(view, self.workspace.team)}
