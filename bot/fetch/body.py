"""The body of an answer, as long as it stays within bounds, packed and unpacked."""

from __future__ import annotations

import zlib
from typing import Final

import aiohttp

from bot.fetch.outcome import FetchProblem

_GZIP: Final = 16 + zlib.MAX_WBITS


async def read_body(
    response: aiohttp.ClientResponse, *, size: int, unpacked: int, cut_off: bool = False
) -> bytes | FetchProblem:
    """At most `size` bytes as they come and `unpacked` in clear; of more, `cut_off` keeps the start."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        return "not_text"
    unpack = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None
    if not cut_off and (response.content_length or 0) > size:
        return "too_large"
    content, came = bytearray(), 0
    async for chunk in response.content.iter_any():
        came += len(chunk)
        if unpack is None:
            content += chunk
        else:
            try:
                # One byte more than there is room for, to see that there is more.
                content += unpack.decompress(chunk, unpacked - len(content) + 1)
            except zlib.error:
                return "unreachable"
        if came > size or len(content) > unpacked:
            return bytes(content[: min(size, unpacked)]) if cut_off else "too_large"
        if unpack is not None and unpack.eof:
            return bytes(content)
    return "unreachable" if unpack is not None else bytes(content)  # packed, and it broke off
