"""The connection of Socket Mode, made beside the serving: a Slack that is away keeps nobody from starting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from bot.server.checks.finding import Finding, fine_finding, refused_finding, unreached_finding
from bot.server.connect.reach import Reach
from bot.workspaces import Hears, NotConnected

logger = logging.getLogger(__name__)

_AGAIN: Final = timedelta(seconds=30)
_WHAT: Final = "Slack"


class SocketConnection:
    """Connects, and tries again until it has; from then on the connection keeps itself."""

    def __init__(self, reach: Reach, app: Hears, *, again: timedelta = _AGAIN) -> None:
        self._reach = reach
        self._app = app
        self._again = again
        self._tried = asyncio.Event()
        self._finding = fine_finding(_WHAT)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take what Slack sends until the block ends."""
        task = asyncio.create_task(self._stay_connected(), name="socket")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def tell_state(self) -> list[Finding]:
        """Tell the result of the newest try, as soon as there is one."""
        await self._tried.wait()
        return [self._finding]

    async def _stay_connected(self) -> None:
        while True:
            try:
                async with self._reach.listening(self._app):
                    self._note_finding(fine_finding(_WHAT))
                    await asyncio.Event().wait()
            except NotConnected as exc:
                if exc.is_refused:
                    self._note_finding(refused_finding(_WHAT, str(exc)))
                    return
                self._note_finding(unreached_finding(_WHAT, f"SLACK_APP_TOKEN: {exc}; it is tried again"))
            except Exception:
                logger.exception("socket.failed")
                self._note_finding(
                    unreached_finding(_WHAT, "SLACK_APP_TOKEN: the connection failed; see the log")
                )
            await asyncio.sleep(self._again.total_seconds())

    def _note_finding(self, finding: Finding) -> None:
        self._finding = finding
        self._tried.set()
