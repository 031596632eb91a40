"""uvicorn's server, without the command line and the supervisors that `import uvicorn` brings along.

So the package runs when something else in it is used: see `scheduler/late`.
"""

from __future__ import annotations

from scheduler.late import leave_unrun

leave_unrun("uvicorn")

# ruff: noqa: E402 - what follows finds it so

import uvicorn
from uvicorn.config import Config
from uvicorn.server import Server

uvicorn.Config = Config  # type: ignore[misc]  # its own modules ask the package for it

__all__ = ["Config", "Server"]
