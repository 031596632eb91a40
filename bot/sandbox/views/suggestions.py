"""The options that the app suggested for an external select: only those can be chosen there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.block_kit import SUGGESTIONS, Spot, offered_options
from bot.sandbox.calls import ApiError

_MOST: Final = 1_000
"""Elements whose suggestions are remembered."""

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Suggestions:
    """By where the select stands: its view or message, its block, itself."""

    _made: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = field(default_factory=dict, init=False)

    def take_options(
        self, place: str, block_id: str, action_id: str, said: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Takes the answer of the app, if Slack would show it."""
        spot = Spot(value=said)
        SUGGESTIONS(spot)
        if spot.problems or not said:
            raise ApiError("invalid_response")
        known = self._made.pop((place, block_id, action_id), {})
        self._made[place, block_id, action_id] = known | {
            option["value"]: option for option in offered_options(said)
        }
        while len(self._made) > _MOST:
            del self._made[next(iter(self._made))]
        return said

    def options_in(self, place: str) -> Callable[[str, str], Options]:
        return lambda block_id, action_id: self._made.get((place, block_id, action_id), {})
