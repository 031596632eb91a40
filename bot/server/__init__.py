"""The process: what it connects to, what it is wired from, and what it answers over HTTP."""

from bot.server.connect.clock import Now, real_time
from bot.server.connect.services import Services, connect_services
from bot.server.logs import set_up_logging
from bot.server.serve import open_listener, serve_app
from bot.server.wiring import Connect, create_app

__all__ = [
    "Connect",
    "Now",
    "Services",
    "connect_services",
    "create_app",
    "open_listener",
    "real_time",
    "serve_app",
    "set_up_logging",
]
