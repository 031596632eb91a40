"""Requests that take too long to arrive: uvicorn itself waits for them without end.

All connections are looked at once a second, and only then is noted who waits: that costs a request nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from scheduler import BODY_LIMIT

Part = Literal["head", "body"]

PATIENCE: Final[Mapping[Part, float]] = {"head": 10, "body": 30}
"""Seconds in which each part of a request has to arrive. QStash and Slack send both at once."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _Wait(NamedTuple):
    """A wait as it was noted at a look."""

    scope: object
    """The request, of which uvicorn makes a new one each time; None before a connection's first byte."""
    part: Part
    since: float


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own, which tells what it waits for."""

    _wait: _Wait | None = None

    @property
    def awaited_part(self) -> Part | None:
        """The part of a request that is still to come, before there is an answer to it."""
        scope: Mapping[str, object] | None = self.scope  # these two are None before the first request
        cycle: RequestResponseCycle | None = self.cycle
        if scope is None or "method" not in scope:
            return "head"
        if cycle is None or cycle.scope is not scope:
            return None
        if self._is_answered:  # uvicorn waits for the next one, until bytes come, even if they begin none
            return "head" if self.timeout_keep_alive_task is None else None
        return "body" if cycle.more_body else None

    def end_if_slow(self, *, now: float) -> None:
        """Hang up if it has waited for too long, with a 408 where a request has begun that has no answer."""
        part, wait = self.awaited_part, self._wait
        if part is None:
            self._wait = None
        elif wait is None or wait.scope is not self.scope or wait.part != part:
            self._wait = _Wait(self.scope, part, now)
        elif now - wait.since >= PATIENCE[part] and not self._may_take_longer(part):
            if not self._is_answered:
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    @property
    def _is_answered(self) -> bool:
        """True after the answer to the latest request that has begun."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.scope is self.scope and cycle.response_complete

    def _may_take_longer(self, part: Part) -> bool:
        """True while an answer is made or sent, where we have paused ourselves, and for a file."""
        cycle: RequestResponseCycle | None = self.cycle
        if part == "head":  # of the request after the one that has no answer yet
            return cycle is not None and not cycle.response_complete
        return self.cycle.response_started or self.flow.read_paused or self._sends_file()

    def _sends_file(self) -> bool:
        """True of a body that says it is larger than any but an upload's to the stand-in for Slack."""
        lengths = [int(value) for name, value in self.headers if name == b"content-length"]
        return any(length > BODY_LIMIT for length in lengths)


def end_slow_requests(connections: Iterable[object], *, now: float) -> None:
    """Look at all connections; to be called once a second."""
    for connection in list(connections):
        if isinstance(connection, PatientProtocol):
            connection.end_if_slow(now=now)
