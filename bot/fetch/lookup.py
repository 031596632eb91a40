"""Names of hosts → addresses, in threads of their own.

The event loop looks names up in few threads, which everything shares: some names whose servers do not answer
would hold up every connection to Slack, Redis and the models. Here each name has its own thread while it is
looked up. It asks the system's resolver (the hosts file, search domains, and whatever else the machine has),
which cannot be stopped: nobody waits for it longer than `patience`, and nothing waits for it at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=5)
AT_ONCE: Final = 256
"""Names; one whose servers do not answer keeps its thread for half a minute or so."""

LookUp = Callable[[str, socket.AddressFamily], Sequence[Any]]
"""Entries as those of `socket.getaddrinfo`, after as long as it takes. Raises `OSError` or `ValueError`."""

_Outcome = Sequence[Any] | OSError


def ask_system(host: str, family: socket.AddressFamily) -> Sequence[Any]:
    """Look a name up as every program on this machine does."""
    # Windows has no address of a family by which to reach its own `localhost`.
    flags = 0 if sys.platform == "win32" else socket.AI_ADDRCONFIG
    return socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM, flags=flags)


class ThreadPerName(AbstractResolver):
    """Looks up each name in a thread, which all share who ask for that name meanwhile."""

    def __init__(self, *, patience: timedelta = PATIENCE, look_up: LookUp = ask_system) -> None:
        self._patience = patience
        self._look_up = look_up
        self._under_way: dict[tuple[str, socket.AddressFamily], asyncio.Future[_Outcome]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises `OSError`, `TimeoutError` with it."""
        asked = self._under_way.get((host, family)) or self._begin_lookup(host, family)
        async with asyncio.timeout(self._patience.total_seconds()):
            outcome = await asyncio.shield(asked)
        if isinstance(outcome, OSError):
            raise OSError(*outcome.args) from outcome
        return [_as_result(host, port, entry) for entry in outcome if len(entry[4]) in (2, 4)]

    def _begin_lookup(self, host: str, family: socket.AddressFamily) -> asyncio.Future[_Outcome]:
        if len(self._under_way) >= AT_ONCE:
            logger.warning("fetch.lookups_full most=%d", AT_ONCE)
            raise OSError("too many names are looked up now")
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[_Outcome] = loop.create_future()

        def end_lookup(outcome: _Outcome) -> None:
            del self._under_way[host, family]
            if not asked.cancelled():
                asked.set_result(outcome)

        def look_up() -> None:
            outcome = self._outcome_of(host, family)
            with contextlib.suppress(RuntimeError):  # the event loop has ended
                loop.call_soon_threadsafe(end_lookup, outcome)

        # Not of a pool: Python waits for a pool's threads when the process ends.
        try:
            threading.Thread(target=look_up, name="lookup", daemon=True).start()
        except RuntimeError as exc:
            raise OSError("no thread to look a name up in") from exc
        self._under_way[host, family] = asked
        return asked

    def _outcome_of(self, host: str, family: socket.AddressFamily) -> _Outcome:
        try:
            return self._look_up(host, family)
        except OSError as exc:
            return exc
        except ValueError:  # a part of the name is empty, or too long
            return OSError("no name of a host")

    async def close(self) -> None:
        pass


def _as_result(host: str, port: int, entry: Any) -> ResolveResult:
    family, _, proto, _, address = entry
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=port,
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
