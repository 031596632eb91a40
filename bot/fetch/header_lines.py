"""Header names with blanks before the colon, which browsers read and the HTTP parser refuses.

RFC 9112 (section 5.1) has a proxy take such blanks out of a response. A connection serves one origin alone,
so a header that is changed can shift nothing but that origin's own answers.
"""

from __future__ import annotations

import re
from asyncio import AbstractEventLoop
from typing import Any, Final

from aiohttp.client_proto import ResponseHandler

_BLANKS: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+(?=:)")
_INTERIM: Final = re.compile(rb"HTTP/\d\.\d 1\d\d")
_LONGEST_LINE: Final = 65_536
"""Bytes; the parser refuses a longer one."""


class HeaderLines:
    """The bytes of one response, with the lines of its head set right."""

    def __init__(self) -> None:
        self._held = b""
        self._is_head = True
        self._is_interim = False

    def take_bytes(self, data: bytes) -> bytes:
        """The bytes to parse; an unfinished line of the head is held until its end comes."""
        if not self._is_head:
            return data
        ready: list[bytes] = []
        *lines, self._held = (self._held + data).split(b"\n")
        for place, line in enumerate(lines):
            ready.append(_BLANKS.sub(rb"\1", line, count=1) if _BLANKS.match(line) else line)
            self._is_interim = self._is_interim or _INTERIM.match(line) is not None
            if line in (b"", b"\r"):
                self._is_head, self._is_interim = self._is_interim, False
            if not self._is_head:
                return b"\n".join([*ready, *lines[place + 1 :], self.give_rest()])
        if len(self._held) > _LONGEST_LINE:
            ready.append(self.give_rest())
            self._is_head = False
            return b"\n".join(ready)
        return b"".join(line + b"\n" for line in ready)

    def give_rest(self) -> bytes:
        """Whatever is held."""
        held, self._held = self._held, b""
        return held


class LenientResponse(ResponseHandler):
    """A connection's reading end."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._lines = HeaderLines()

    def data_received(self, data: bytes) -> None:
        ready = self._lines.take_bytes(data)
        if ready or not data:  # the parser is called without data, too, to go on
            super().data_received(ready)

    def set_response_params(self, **params: Any) -> None:
        """Begin with the next response; what came too early is read as its beginning."""
        early, self._lines = self._lines.give_rest(), HeaderLines()
        super().set_response_params(**params)
        if early:
            self.data_received(early)

    def connection_lost(self, exc: BaseException | None) -> None:
        if rest := self._lines.give_rest():
            super().data_received(rest)
        super().connection_lost(exc)
