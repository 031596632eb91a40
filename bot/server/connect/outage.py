"""A Redis that does not answer, in words for the operator."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Final

import aiohttp

from bot.errors import RedisUnavailable

_REFUSALS: Final = re.compile(r"HTTP 40[13]|WRONGPASS|NOAUTH|NOPERM")


def word_outage(exc: RedisUnavailable, *, variable: str, place: str) -> tuple[bool, str]:
    """Tell if no waiting helps, and what to do; `variable` and `place` name the Redis to the operator."""
    causes = list(_causes_of(exc))
    if _REFUSALS.search(str(exc)):
        secret = "user or password" if variable == "REDIS_URL" else "UPSTASH_REDIS_REST_TOKEN"
        return True, f"{variable}: the Redis at {place} wants another {secret}"
    if any(isinstance(cause, socket.gaierror | aiohttp.ClientConnectorDNSError) for cause in causes):
        return True, f"{variable}: the name in {place} does not resolve; correct it, or the DNS"
    if any(isinstance(cause, ConnectionRefusedError | FileNotFoundError) for cause in causes):
        return True, f"{variable}: no Redis answers at {place}; start it, or set another address"
    wire = ", and that rediss:// stands where it speaks TLS, and only there"
    return False, (
        f"{variable}: the Redis at {place} has not answered yet ({exc}); nothing is done without it. See "
        f"that it runs there{wire if variable == 'REDIS_URL' else ''}"
    )


def _causes_of(exc: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = exc
    while cause is not None:
        yield cause
        if isinstance(system := getattr(cause, "os_error", None), OSError):  # aiohttp's
            yield system
        cause = cause.__cause__ or cause.__context__
