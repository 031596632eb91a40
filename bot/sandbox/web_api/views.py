"""The views.* methods: modals against a trigger, and the App Home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.block_kit import view as view_kit
from bot.sandbox.calls.arguments import ApiError, Arguments, refused
from bot.sandbox.views.stacks import Stacks, View, new_hash, view_json, with_ids
from bot.sandbox.views.triggers import Triggers
from bot.sandbox.web_api.files import check_pictures
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.workspace import HomePublished, Workspace


def read_view(given: Any, kind: str, live: Live) -> Mapping[str, Any]:
    """A view that Slack would take, with the ids it makes up."""
    if given is None:
        raise refused("invalid_arguments", "missing required field: view")
    if problems := view_kit.problems(given, kind):
        raise refused("invalid_arguments", *problems)
    if view_kit.too_large(given):
        raise ApiError("view_too_large")
    check_pictures(given["blocks"], live, code="invalid_arguments", at="/view/blocks")
    return with_ids(given)


class Views:
    """Opening and changing what people see of the app beside messages."""

    def __init__(self, live: Live, triggers: Triggers, stacks: Stacks) -> None:
        self._live = live
        self._triggers = triggers
        self._stacks = stacks

    async def open(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required("trigger_id"), self._content(arguments)
        by = self._triggers.exchange(trigger)
        return self._answer(self._stacks.open(by.user, content, by.channel))

    async def push(self, arguments: Arguments) -> dict[str, Any]:
        trigger, content = arguments.required("trigger_id"), self._content(arguments)
        by = self._triggers.exchange(trigger)
        stack = self._stacks.of(by.user)
        if by.view is None or by.view not in {view.id for view in stack}:
            raise ApiError("not_found")
        return self._answer(self._stacks.push(by.user, content))

    async def update(self, arguments: Arguments) -> dict[str, Any]:
        view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
        if not view_id and not external_id:
            raise refused("invalid_arguments", "missing required field: view_id or external_id")
        content = self._content(arguments)
        view = self._stacks.find(view_id=view_id, external_id=external_id)
        if view is None:
            raise ApiError("not_found")
        if (known := arguments.text("hash")) and known != view.hash:
            raise ApiError("hash_conflict")
        return self._answer(self._stacks.update(view, content))

    async def publish(self, arguments: Arguments) -> dict[str, Any]:
        user, known = arguments.required("user_id"), arguments.text("hash")
        content = read_view(arguments.parsed("view", "invalid_arguments"), "home", self._live)
        if (person := self._live.workspace.users.get(user)) is None or person.is_bot:
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

        await self._live.change(decide)
        return self._answer(published[0])

    def _content(self, arguments: Arguments) -> Mapping[str, Any]:
        return read_view(arguments.parsed("view", "invalid_arguments"), "modal", self._live)

    def _answer(self, view: View) -> dict[str, Any]:
        return {"view": view_json(view, self._live.workspace.team)}


def home_of(workspace: Workspace, user: str) -> View | None:
    """The Home that the app has published for this person."""
    kept = workspace.homes.get(user)
    if kept is None or not workspace.installed:
        return None
    return View(user=user, content=kept["content"], id=kept["id"], hash=kept["hash"])
