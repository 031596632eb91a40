"""The HTTP server around the application: its socket, its end, and what it says at its start."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Final

from starlette.types import ASGIApp

from bot.server import uvicorn_package as uvicorn
from bot.server.connect.failure import CannotStart
from bot.server.connect.table import Row, format_rows
from bot.server.intake.arrival import PatientProtocol, end_slow_requests
from bot.server.intake.invalid import SeldomInvalid
from bot.server.late_app import LateApp
from bot.settings import Embedded, Settings
from scheduler import ZONE_DATA_VERSION

logger = logging.getLogger("precache")

_GRACE: Final = 5  # seconds in which open requests may end when the process is told to stop
_TICKS_A_SECOND: Final = 10  # of uvicorn
_KEEP_ALIVE: Final = 75  # seconds; longer than a load balancer's, or it meets connections that just closed
_BACKLOG: Final = 2_048
_ZONE_DATA: Final = f"Time zones are those of tz database {ZONE_DATA_VERSION}"


def open_listener(settings: Settings) -> tuple[socket.socket, Settings]:
    """Open the socket to serve on; the settings then have its port (`PORT=0` takes any free one).

    Raises `OSError`.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named, because asyncio switches off Nagle's delay (40 ms an answer) only where it knows TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)  # now, or a second process could bind the same port meanwhile
    except OSError:
        listener.close()
        raise
    return listener, settings.on_port(listener.getsockname()[1])


def startup_table(settings: Settings, rows: Sequence[Row]) -> str:
    """Tell the operator where it listens, which services are real, and which zone data it reckons with."""
    lines, read = format_rows(rows), f"Settings are those of {settings.read_from}"
    notes = [_ZONE_DATA] if settings.read_from is None else [read, _ZONE_DATA]
    everywhere = {"0.0.0.0": "IPv4 ", "::": ""}.get(settings.host)  # noqa: S104 - compared, not bound
    where = "" if everywhere is None else f", and on every other {everywhere}address of this machine"
    return "\n".join(("", f"Precache listens on {settings.own_url}{where}", "", *lines, "", *notes, ""))


def make_config(app: ASGIApp, *, web_sockets: bool) -> uvicorn.Config:
    """Make uvicorn's configuration; an embedded Slack needs `web_sockets` for its side of Socket Mode."""
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="auto" if web_sockets else "none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
        # Or a request is taken for a part of the one before it: https://github.com/python/cpython/issues/140947
        reset_contextvars=True,
    )


def serve_app(load: Callable[[], ASGIApp], settings: Settings, listener: socket.socket) -> int:
    """Listen, load the application and serve it, until a signal, or until something refuses us.

    Returns the exit status. Raises `ModuleNotFoundError` if a package is not there.
    """
    app = LateApp(load, prefix=settings.public_path)
    config = make_config(app, web_sockets=isinstance(settings.slack, Embedded))
    logging.getLogger("uvicorn.error").addFilter(SeldomInvalid())
    # uvicorn raises the signal that stopped it once more at its end; to be told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    server = Server(config, app)
    with suppress(SystemExit):  # from above
        server.run(sockets=[listener])
    match app.failure:
        case ModuleNotFoundError() as exc:
            raise exc
        case CannotStart() as exc:
            logger.error("%s", exc)
        case BaseException() as exc:
            logger.error("cannot start", exc_info=exc)
    return 1 if server.is_refused else 0


class Server(uvicorn.Server):
    """A server that ends when a service refuses us, and begins its end with its long answers."""

    def __init__(self, config: uvicorn.Config, app: LateApp) -> None:
        super().__init__(config)
        self._app = app

    @property
    def is_refused(self) -> bool:
        """True if there is no application, or if a service has refused us since."""
        readiness = self.lifespan.state.get("readiness")
        return self._app.failure is not None or (readiness is not None and readiness.refusal is not None)

    async def on_tick(self, counter: int) -> bool:
        if self.is_refused:
            return True
        if counter % _TICKS_A_SECOND == 0:
            end_slow_requests(self.server_state.connections, now=asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if (closing := self.lifespan.state.get("closing")) is not None:
            closing.begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let runs in hand finish while new ones are put off; only then stop listening."""
        if "end_streams" in self.lifespan.state:
            self.lifespan.state["end_streams"]()
        began, requests = time.monotonic(), set(self.server_state.tasks)
        background, closing = (self.lifespan.state.get(name) for name in ("background", "closing"))
        tasks = background.awaited if background else 0
        if closing is not None:
            closing.begin()
            await closing.finish(timedelta(seconds=_GRACE), is_forced=lambda: self.force_exit)
            self.config.timeout_graceful_shutdown = max(1, _GRACE - int(time.monotonic() - began))
        await super().shutdown(sockets)
        if self.is_refused:
            return  # the reason is the last line
        cut_off = sum(request.cancelling() > 0 for request in requests)
        cut_off += sum(part.cut_off for part in (background, closing) if part is not None)
        logger.info(
            "stopped requests=%d tasks=%d cut_off=%d seconds=%.1f",
            len(requests),
            tasks,
            cut_off,
            time.monotonic() - began,
        )
