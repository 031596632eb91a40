"""The modals that are open: up to three on top of each other for each person, in memory, as in a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.sandbox.calls import ApiError
from bot.sandbox.views.view import View, new_hash

DEEPEST: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Stacks:
    """Everybody's stack of modals; `changed` is told whose it was."""

    changed: Callable[[str], None]
    _stacks: dict[str, tuple[View, ...]] = field(default_factory=dict, init=False)

    def stack_of(self, user: str) -> tuple[View, ...]:
        """From the lowest to the one that shows."""
        return self._stacks.get(user, ())

    def top_view(self, user: str, view_id: str) -> View:
        """The one that shows, if it is this."""
        if (stack := self.stack_of(user)) and stack[-1].id == view_id:
            return stack[-1]
        raise ApiError("view_not_found")

    def find_view(self, *, view_id: str | None = None, external_id: str | None = None) -> View | None:
        return next(
            (
                view
                for view in self._all_views()
                if view.id == view_id or (external_id and view.content.get("external_id") == external_id)
            ),
            None,
        )

    def open_view(self, user: str, content: Mapping[str, Any], channel: str | None) -> View:
        """A new stack with this at its bottom; what was open goes."""
        self._refuse_twins(content)
        view = View(user=user, content=content, channel=channel)
        return self._set_stack(user, (view,))

    def push_view(self, user: str, content: Mapping[str, Any]) -> View:
        stack = self.stack_of(user)
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= DEEPEST:
            raise ApiError("push_limit_reached")
        self._refuse_twins(content)
        below = stack[-1]
        view = View(
            user=user,
            content=content,
            root=stack[0].id,
            previous=below.id,
            channel=below.channel,
        )
        return self._set_stack(user, (*stack, view))

    def update_view(self, view: View, content: Mapping[str, Any]) -> View:
        """Other content in the same place."""
        self._refuse_twins(content, besides=view.id)
        updated = replace(view, content=content, hash=new_hash())
        stack = tuple(updated if other.id == view.id else other for other in self.stack_of(view.user))
        self._set_stack(view.user, stack)
        return updated

    def close_from(self, user: str, view_id: str) -> None:
        """This one and what lies on it."""
        ids = [view.id for view in self.stack_of(user)]
        if view_id in ids:
            self._stacks[user] = self.stack_of(user)[: ids.index(view_id)]
            self.changed(user)

    def clear_stack(self, user: str) -> None:
        self._stacks.pop(user, None)
        self.changed(user)

    def clear_all(self) -> None:
        for user in [*self._stacks]:
            self.clear_stack(user)

    def _set_stack(self, user: str, stack: tuple[View, ...]) -> View:
        self._stacks[user] = stack
        self.changed(user)
        return stack[-1]

    def _all_views(self) -> Iterator[View]:
        return (view for stack in self._stacks.values() for view in stack)

    def _refuse_twins(self, content: Mapping[str, Any], besides: str | None = None) -> None:
        twin = self.find_view(external_id=content.get("external_id"))
        if twin is not None and twin.id != besides:
            raise ApiError("duplicate_external_id")
