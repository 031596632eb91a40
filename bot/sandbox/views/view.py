"""A modal or a Home: its content, its ids, and what everything in it begins with."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.block_kit import fill_in_ids, interactive_elements, is_too_large, view_problems
from bot.sandbox.calls import ApiError, api_error
from bot.sandbox.files import check_pictures
from bot.sandbox.views.element_state import STATELESS, initial_of
from bot.sandbox.workspace import APP, Team, Workspace


def new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


@dataclass(frozen=True, kw_only=True)
class View:
    """A modal or a Home; `channel` is where its trigger came from."""

    user: str
    content: Mapping[str, Any]
    id: str = field(default_factory=lambda: f"V{secrets.token_hex(5).upper()}")
    hash: str = field(default_factory=new_hash)
    root: str = ""
    previous: str | None = None
    channel: str | None = None

    def elements(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each element that can be used, with the id of its block."""
        return interactive_elements(self.content["blocks"])

    def find_element(self, block_id: str, action_id: str) -> Mapping[str, Any] | None:
        return next(
            (
                element
                for block, element in self.elements()
                if (block, element["action_id"]) == (block_id, action_id)
            ),
            None,
        )

    def initial_values(self) -> dict[str, dict[str, Any]]:
        """The values that its elements begin with, in the page's words."""
        found: dict[str, dict[str, Any]] = {}
        for block_id, element in self.elements():
            if element["type"] not in STATELESS:
                value = initial_of(element, self.channel)
                found.setdefault(block_id, {})[element["action_id"]] = value
        return found


def with_ids(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The view with the ids Slack makes up for its blocks and elements."""
    return {**content, "blocks": list(fill_in_ids(content["blocks"]))}


def view_json(view: View, team: Team, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A view as answers and payloads give it."""
    nothing_said: dict[str, Any] = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
    }
    return {
        **nothing_said,
        **view.content,
        "id": view.id,
        "team_id": team.id,
        "app_id": APP,
        "app_installed_team_id": team.id,
        "bot_id": team.bot,
        "hash": view.hash,
        "root_view_id": view.root or view.id,
        "previous_view_id": view.previous,
        "state": {"values": values or {}},
    }


def read_view(given: Any, kind: str, workspace: Workspace, now: datetime) -> Mapping[str, Any]:
    """A view that Slack would take, with the ids it makes up."""
    if given is None:
        raise api_error("invalid_arguments", "missing required field: view")
    if problems := view_problems(given, kind):
        raise api_error("invalid_arguments", *problems)
    if is_too_large(given):
        raise ApiError("view_too_large")
    check_pictures(given["blocks"], workspace, now, code="invalid_arguments", pointer="/view/blocks")
    return with_ids(given)


def home_of(workspace: Workspace, user: str) -> View | None:
    """The Home that the app has published for this person."""
    kept = workspace.homes.get(user)
    if kept is None or not workspace.has_app:
        return None
    return View(user=user, content=kept["content"], id=kept["id"], hash=kept["hash"])
