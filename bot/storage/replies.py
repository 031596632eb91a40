"""The form of commands and of refusals that both wires share with the stock client."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from upstash_redis.errors import UpstashError

from bot.errors import RedisUnavailable

_UNABLE: Final = (
    *("BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS", "OOM"),
    *("READONLY", "TRYAGAIN", "UNKILLABLE", "WRONGPASS", "ERR max "),
)
"""The beginnings of errors about the server, or our access to it, and not about the command."""


def as_error(message: str) -> Exception:
    if message.startswith(_UNABLE):
        return RedisUnavailable(f"Redis answered {message.split()[0]}")
    return UpstashError(message)


def as_arguments(command: Sequence[Any]) -> list[Any]:
    """Arguments as the stock client sends them: what is neither text nor number becomes JSON."""
    return [
        argument
        if isinstance(argument, (str, int, float)) and argument is not True and argument is not False
        else json.dumps(argument)
        for argument in command
    ]
