"""Heads of requests that take too long: uvicorn itself waits for them without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_PATIENCE: Final = 10
"""Seconds in which the head of a request has to arrive, from its first byte or from the connection on."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PatientProtocol(HttpToolsProtocol):
    """Notes since when it waits for a head; a look at all connections costs less than a timer for each."""

    _waits_since: float | None = None

    @property
    def waits_for_head(self) -> bool:
        return self._waits_since is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._waits_since = self.loop.time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waits_since is None:
            self._waits_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._waits_since = None
        super().on_headers_complete()

    def end_if_slow(self, *, now: float) -> None:
        """Answer 408 and hang up if the head has taken too long, unless an answer is still on its way out."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        is_answering = cycle is not None and not cycle.response_complete
        if self._waits_since is None or now - self._waits_since < HEAD_PATIENCE or is_answering:
            return
        self.transport.write(_TOO_SLOW)
        self.transport.close()


def end_slow_heads(connections: Iterable[object], *, now: float) -> None:
    for connection in list(connections):
        if isinstance(connection, PatientProtocol):
            connection.end_if_slow(now=now)
