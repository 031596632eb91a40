"""Keeps what a start and a first question import as byte code: `make` does it once, after an installation.

Else the first start would compile it, and take three times as long; or each start, where nothing may be
written beside the code. pip would compile all files of all packages, four times as many, for a minute.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

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
    # for the first question
    "bot.model.lean_chat",
    "bot.model.wire.client",
    "langchain_openai",
)


if __name__ == "__main__":
    for name in sys.argv[1:] or IMPORTED:
        import_module(name)  # and Python keeps what it compiles
