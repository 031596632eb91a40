"""The body of an answer, as long as it stays within bounds, packed and unpacked."""

from __future__ import annotations

import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from bot.fetch.outcome import FetchProblem

MakeRoom = Callable[[], Awaitable[None]]
"""Waits until there is room for a large body."""

SMALL: Final = 300_000
"""Bytes for which no one has to wait; most pages have fewer."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_NO_CODING: Final = re.compile(
    r"(?:identity|utf-?8|[\w.-]*charset[\w.=-]*|iso-8859-\d+|windows-\d+|none|binary|)"
)
"""Also names of charsets, which servers put there by mistake."""


async def read_body(
    response: aiohttp.ClientResponse,
    *,
    size: int,
    unpacked: int,
    cut_off: bool = False,
    make_room: MakeRoom | None = None,
) -> bytes | FetchProblem:
    """At most `size` bytes as they come and `unpacked` in clear; of more, `cut_off` keeps the start.

    `make_room` is awaited once, before more than `SMALL` bytes are held.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    packed = not _NO_CODING.fullmatch(encoding)
    if packed and encoding not in ("gzip", "x-gzip", "deflate"):
        return "not_text"
    unpack = None
    if not cut_off and (response.content_length or 0) > size:
        return "too_large"
    content, came = bytearray(), 0
    async for chunk in response.content.iter_any():
        came += len(chunk)
        if not packed:
            content += chunk
        else:
            unpack = unpack or _unpacker_for(encoding, chunk)
            try:
                # One byte more than there is room for, to see that there is more.
                content += unpack.decompress(chunk, unpacked - len(content) + 1)
            except zlib.error:
                return "unreachable"
        if came > size or len(content) > unpacked:
            return bytes(content[: min(size, unpacked)]) if cut_off else "too_large"
        if make_room is not None and len(content) > SMALL:
            await make_room()
            make_room = None
        if unpack is not None and unpack.eof:
            return bytes(content)
    return "unreachable" if packed else bytes(content)  # packed, and it broke off


def _unpacker_for(encoding: str, start: bytes) -> zlib._Decompress:
    """For deflate, some servers leave out the head of zlib: a byte whose lower half is 8."""
    if encoding == "deflate":
        return zlib.decompressobj(zlib.MAX_WBITS if start[0] & 15 == 8 else -zlib.MAX_WBITS)
    return zlib.decompressobj(_GZIP)
