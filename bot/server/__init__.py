"""The process: what it connects to, what it is wired from, and what it answers over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.server.checks.finding import Finding
from bot.server.connect.clock import Now, real_time
from bot.server.connect.failure import CannotStart
from bot.server.connect.qstash import sign_as_qstash
from bot.server.connect.services import Services, connect_services
from bot.server.logs import set_up_logging
from bot.server.serve import open_listener, serve_app
from bot.server.wiring import Connect, create_app

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.server.diagnosis import Diagnose
    from bot.server.workbench import Workbench as Workbench
    from bot.settings import Settings

__all__ = [
    "CannotStart",
    "Connect",
    "Finding",
    "Now",
    "Services",
    "connect_services",
    "create_app",
    "load_diagnosis",
    "open_listener",
    "open_workbench",
    "real_time",
    "serve_app",
    "set_up_logging",
    "sign_as_qstash",
]


def load_diagnosis() -> Diagnose:
    """Load the doctor's questions, of which serving needs none."""
    from bot.server.diagnosis import diagnose

    return diagnose


def open_workbench(settings: Settings) -> AbstractAsyncContextManager[Workbench]:
    """Open what an operator's act works with. Raises `CannotStart`."""
    from bot.server.workbench import open_workbench as open_loaded

    return open_loaded(settings)
