"""The operator's settings: read from a mapping, service by service, and refused in one error."""

from bot.settings.env_file import EnvFile, advise_on_file, merge_environ, read_env_file
from bot.settings.problem import SettingsError
from bot.settings.settings import (
    Embedded,
    HostedQStash,
    RestRedis,
    Settings,
    SocketRedis,
    is_loopback,
)
from bot.settings.slack import HttpSlack, ManySlack, RealSlack, SocketSlack

__all__ = [
    "Embedded",
    "EnvFile",
    "HostedQStash",
    "HttpSlack",
    "ManySlack",
    "RealSlack",
    "RestRedis",
    "Settings",
    "SettingsError",
    "SocketRedis",
    "SocketSlack",
    "advise_on_file",
    "is_loopback",
    "merge_environ",
    "read_env_file",
]
