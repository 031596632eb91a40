"""The process: what it connects to, what it is wired from, and what it answers over HTTP."""

from bot.server.connect import Services, connect_services
from bot.server.endpoints import State, routes, stand_ins
from bot.server.serve import listen, serve_app, table
from bot.server.slack_endpoint import make_slack_endpoint, slack_app

__all__ = [
    "Services",
    "State",
    "connect_services",
    "listen",
    "make_slack_endpoint",
    "routes",
    "serve_app",
    "slack_app",
    "stand_ins",
    "table",
]
