"""The HTTP server around the application: its socket, its end, and its log."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from bot.server.connect import CannotStart, Row
from bot.settings import Settings, SettingsError
from bot.workspaces import NotConnected

_GRACE: Final = 5  # seconds in which open requests may end when the process is told to stop
_KEEP_ALIVE: Final = 75  # seconds; longer than a load balancer's, or it meets connections that just closed
_BACKLOG: Final = 2_048


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """The socket to serve on, and the settings with the port it got (`PORT=0` takes any free one)."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named, because asyncio switches off Nagle's delay (40 ms an answer) only where it knows TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)  # now, or a second process could bind the same port meanwhile
    except OSError as exc:
        listener.close()
        raise SettingsError(
            [f"PORT: cannot listen on {settings.host}:{settings.port} ({exc.strerror}); set another one"]
        ) from exc
    return listener, settings.on_port(listener.getsockname()[1])


def table(settings: Settings, rows: Sequence[Row]) -> str:
    """What the one who starts it is told: where it listens, and which services are real."""
    lines = [f"  {service:<8}{kind:<10}{where}" for service, kind, where in rows]
    everywhere = {"0.0.0.0": "IPv4 ", "::": ""}.get(settings.host)  # noqa: S104 - compared, not bound
    where = "" if everywhere is None else f", and on every other {everywhere}address of this machine"
    return "\n".join(("", f"Precache listens on {settings.own_url}{where}", "", *lines, ""))


def serve_app(app: ASGIApp, listener: socket.socket, *, log_level: str) -> int:
    """Serve until a signal; the exit status."""
    logging.basicConfig(level=log_level, format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
    for chatty in ("apscheduler", "httpx", "httpx2", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("uvicorn.error").addFilter(_in_our_words)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    # uvicorn raises the signal that stopped it once more at its end; to be told to stop is no failure.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: sys.exit(0))
    server = Server(config)
    try:
        server.run(sockets=[listener])
    except SystemExit as exc:  # 0 from above, or uvicorn's own number for a start that failed
        return 1 if exc.code else 0
    return 0 if server.started else 1


def _in_our_words(record: logging.LogRecord) -> bool:
    """What keeps the application from starting is told in a sentence; the rest of uvicorn's log as it is."""
    message = record.getMessage()
    if message == "Application startup failed. Exiting.":
        return False
    for each in (CannotStart, NotConnected):
        _, name, sentence = message.rpartition(f"{each.__module__}.{each.__name__}: ")
        if name:
            record.name, record.msg, record.args = "precache", sentence.strip(), None
    return True


class Server(uvicorn.Server):
    """One that ends its long answers before it waits for the rest."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if "hang_up" in self.lifespan.state:
            self.lifespan.state["hang_up"]()
        await super().shutdown(sockets)
