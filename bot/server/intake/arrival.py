"""Requests that take too long to arrive: uvicorn itself waits for them without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from scheduler import BODY_LIMIT

HEAD_PATIENCE: Final = 10
"""Seconds in which the head of a request has to arrive, from its first byte or from the connection on."""
BODY_PATIENCE: Final = 30
"""Seconds in which its body has to; QStash and Slack send one at once."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PatientProtocol(HttpToolsProtocol):
    """Notes since when it waits; a look at all connections costs less than a timer for each request."""

    _waits_since: float | None = None
    _has_head = False

    @property
    def waits_for_head(self) -> bool:
        return self._waits_since is not None and not self._has_head

    @property
    def waits_for_body(self) -> bool:
        return self._waits_since is not None and self._has_head

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._waits_since = self.loop.time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._has_head = False
        if self._waits_since is None:
            self._waits_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._has_head, self._waits_since = True, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._waits_since = None
        super().on_message_complete()

    def end_if_slow(self, *, now: float) -> None:
        """Hang up if what we wait for takes too long, with a 408 to a request that has no answer yet."""
        patience = BODY_PATIENCE if self._has_head else HEAD_PATIENCE
        if self._waits_since is None or now - self._waits_since < patience or not self._may_hang_up():
            return
        if not self._has_head or not self.cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _may_hang_up(self) -> bool:
        """False while an answer is on its way out, where we have paused ourselves, and for a file."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        if not self._has_head:
            return cycle is None or cycle.response_complete
        is_answering = self.cycle.response_started and not self.cycle.response_complete
        return not (is_answering or self.flow.read_paused or self._sends_file())

    def _sends_file(self) -> bool:
        """True of a body that says it is larger than any but an upload's to the stand-in for Slack."""
        lengths = [int(value) for name, value in self.headers if name == b"content-length"]
        return any(length > BODY_LIMIT for length in lengths)


def end_slow_requests(connections: Iterable[object], *, now: float) -> None:
    for connection in list(connections):
        if isinstance(connection, PatientProtocol):
            connection.end_if_slow(now=now)
