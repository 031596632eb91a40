"""The process: what it connects to, what it is wired from, and what it answers over HTTP."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.server.checks.finding import Finding
    from bot.server.connect.clock import Now, real_time
    from bot.server.connect.failure import CannotStart
    from bot.server.connect.qstash import sign_as_qstash
    from bot.server.connect.services import Services, connect_services
    from bot.server.diagnosis import diagnose_services
    from bot.server.logs import set_up_logging
    from bot.server.serve import open_listener, serve_app
    from bot.server.wiring import Connect, create_app
    from bot.server.workbench import Workbench, open_workbench
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "CannotStart",
    "Connect",
    "Finding",
    "Now",
    "Services",
    "Workbench",
    "connect_services",
    "create_app",
    "diagnose_services",
    "open_listener",
    "open_workbench",
    "real_time",
    "serve_app",
    "set_up_logging",
    "sign_as_qstash",
]
