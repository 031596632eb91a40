"""Lua that runs inside Redis, where each script is one indivisible step.

Scripts are classes, `scheduler.Script`: their Lua finds each key and argument under its name. A script
answers with words and numbers in the order that its docstring gives, or with pairs of a name and a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from upstash_redis.asyncio import Redis
from upstash_redis.asyncio.client import AsyncPipeline

from scheduler import LOCKING, Script


async def run_script(redis: Redis, call: Script) -> Any:
    """The reply to one call of a script, in one round trip."""
    return await redis.eval(*_script_command(call))


async def run_script_at_once(redis: Redis, call: Script) -> Any:
    """The reply to one call of a script, in a request that it shares with no other and so waits for none.

    That is for what a person waits for, and costs this process more.
    """
    pipeline = redis.pipeline()
    queue_script(pipeline, call)
    (reply,) = await pipeline.exec()
    return reply


async def run_scripts(redis: Redis, calls: Sequence[Script]) -> list[Any]:
    """The replies to several calls, which run in this order, in one round trip."""
    if len(calls) == 1:
        return [await run_script(redis, calls[0])]
    pipeline = redis.pipeline()
    for call in calls:
        queue_script(pipeline, call)
    replies: list[Any] = await pipeline.exec() if calls else []
    return replies


def queue_script(pipeline: AsyncPipeline, call: Script) -> None:
    """Add a call to a pipeline, which answers it in its place."""
    pipeline.eval(*_script_command(call))


def _script_command(call: Script) -> tuple[str, list[str], list[Any]]:
    return LOCKING + call.TEXT, *call.keys_and_args()


def named_values(pairs: Sequence[Any]) -> dict[str, Any]:
    """The values of a reply that names each: `{'parts', 2, 'ts', ''}`."""
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
