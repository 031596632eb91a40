"""Triggers, which let an app open a modal: made when a person acts, good for 3 s and one use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from bot.sandbox.calls import ApiError
from bot.sandbox.workspace import Clock

LIFETIME: Final = 3.0
_REMEMBERED: Final = 600.0
"""Seconds after which an old trigger is as unknown as one that never was."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """An act of a person, in a channel or on a view."""

    user: str
    channel: str | None
    view: str | None
    made: float
    exchanged: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Triggers:
    """The triggers of one workspace, for as long as their ids mean anything."""

    now: Clock
    _made: dict[str, Trigger] = field(default_factory=dict, init=False)

    def make_trigger(self, user: str, *, channel: str | None = None, view: str | None = None) -> str:
        at = self.now().timestamp()
        for old in [id_ for id_, trigger in self._made.items() if at - trigger.made >= _REMEMBERED]:
            del self._made[old]
        id_ = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._made[id_] = Trigger(user=user, channel=channel, view=view, made=at)
        return id_

    def use_trigger(self, id_: str) -> Trigger:
        trigger = self._made.get(id_)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.exchanged:
            raise ApiError("exchanged_trigger_id")
        if self.now().timestamp() - trigger.made > LIFETIME:
            raise ApiError("expired_trigger_id")
        self._made[id_] = replace(trigger, exchanged=True)
        return trigger
