"""Keeps what a start, a first command and a first question import as byte code.

`make` does it once, after an installation. Else the first start would compile it, and take three times as
long; or each start, where nothing may be written beside the code. pip would compile all files of all
packages, four times as many, for a minute.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

from scheduler.late import load_behind

IMPORTED: Final = (
    "bot.cli.serve",
    "bot.server.wiring",
    "bot.storage.socket_wire",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.websockets.auto",
    # where services are embedded
    "bot.server.connect.own_redis",
    "bot.sandbox",
    "scheduler.embedded",
    # for the first words, and the first post
    "bot.commands",
    "bot.markdown",
    "scheduler.language",
    # for the first token of a workspace, where these are sealed
    "cryptography.fernet",
    # for the first question
    "bot.model.lean_chat",
    "bot.model.wire.client",
    "langchain_openai",
)


def import_whole(name: str) -> None:
    """Import it, and all that is behind its door if that opens late; Python keeps what it compiles."""
    if hasattr(import_module(name), "__getattr__"):
        load_behind(name)


if __name__ == "__main__":
    for name in sys.argv[1:] or IMPORTED:
        import_whole(name)
