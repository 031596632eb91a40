"""Connections to allowed addresses only, whatever a name resolves to, and however often it changes its mind.

Every address that a name has must be allowed, or none is used; and each is looked at once more when its
socket is made, so that what was checked is what is connected to.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from bot.fetch.header_lines import LenientResponse
from bot.fetch.lookup import ThreadPerName

_CONNECTIONS: Final = 256
"""Many, for one is taken while a name is looked up, too, and while a server thinks."""
_PER_HOST: Final = 4

Allows = Callable[[str], bool]


class NotPublic(OSError):
    """The address is not one that may be connected to."""


class GuardedResolver(AbstractResolver):
    """Another resolver, whose answers are looked at."""

    def __init__(self, resolver: AbstractResolver, allows: Allows) -> None:
        self._resolver = resolver
        self._allows = allows

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            found = await self._resolver.resolve(host, port, family)
        except UnicodeError as exc:  # a part of the name is empty, or too long
            raise OSError("no name of a host") from exc
        if not found:
            raise OSError("no address")
        if not all(self._allows(address["host"]) for address in found):
            raise NotPublic
        return found

    async def close(self) -> None:
        await self._resolver.close()


def guarded_connector(allows: Allows, resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
    """A connector to addresses that `allows` lets through; to be made inside an event loop."""

    def make_socket(info: Sequence[Any]) -> socket.socket:
        family, kind, proto, _, where = info
        if not allows(str(where[0])):
            raise NotPublic
        return socket.socket(family=family, type=kind, proto=proto)

    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(resolver or ThreadPerName(), allows),
        use_dns_cache=False,
        socket_factory=make_socket,
        limit=_CONNECTIONS,
        limit_per_host=_PER_HOST,
    )
    # There is no public way to say who reads what a connection brings.
    reader = partial(LenientResponse, loop=asyncio.get_running_loop())
    connector._factory = cast("partial[ResponseHandler]", reader)  # noqa: SLF001
    return connector
