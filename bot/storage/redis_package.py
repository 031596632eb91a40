"""The connections of redis-py, without its clients, commands and clusters, which take twice their memory.

`import redis` imports all of it. So the package runs when something else in it is used: see `scheduler/late`.
The metadata of packages, it reads only to tell a server its version, which it is not to do here.
"""

from __future__ import annotations

from scheduler.late import leave_unrun

leave_unrun("redis", "redis.asyncio", "importlib.metadata")

# ruff: noqa: E402 - what follows finds it so

import redis.exceptions as exceptions
from redis.asyncio.connection import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

__all__ = ["BlockingConnectionPool", "NoBackoff", "Retry", "exceptions"]
