"""What the operator set: one service after the other, read from a mapping, refused in one error."""

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
