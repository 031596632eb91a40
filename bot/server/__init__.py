"""The process: what it connects to, what it is wired from, and what it answers over HTTP."""

from bot.server.connect import Services, connect_services
from bot.server.ground import Now
from bot.server.serve import listen, serve_app
from bot.server.wiring import Connect, create_app, real_time

__all__ = [
    "Connect",
    "Now",
    "Services",
    "connect_services",
    "create_app",
    "listen",
    "real_time",
    "serve_app",
]
