"""The services that run inside this process, as far as the HTTP server has to know them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.routing import BaseRoute


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """Their routes, and what ends their streams."""

    routes: list[BaseRoute] = field(default_factory=list)
    stream_endings: list[Callable[[], None]] = field(default_factory=list)

    def end_streams(self) -> None:
        """End the pages' streams, which would otherwise hold the process up when it is told to stop."""
        for end_stream in self.stream_endings:
            end_stream()
