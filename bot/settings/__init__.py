"""The operator's settings: read from a mapping, service by service, and refused in one error."""

from bot.settings.settings import (
    Embedded,
    HostedQStash,
    RestRedis,
    Settings,
    SettingsError,
    SocketRedis,
    is_loopback,
)
from bot.settings.slack import HttpSlack, ManySlack, RealSlack, SocketSlack

__all__ = [
    "Embedded",
    "HostedQStash",
    "HttpSlack",
    "ManySlack",
    "RealSlack",
    "RestRedis",
    "Settings",
    "SettingsError",
    "SocketRedis",
    "SocketSlack",
    "is_loopback",
]
