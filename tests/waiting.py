"""Polling with a deadline, so that no test sleeps for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def wait_until(
    predicate: Callable[[], Awaitable[T | None]], description: str, *, seconds: float = 45.0
) -> T: ...
@overload
async def wait_until(predicate: Callable[[], T | None], description: str, *, seconds: float = 45.0) -> T: ...
async def wait_until(predicate: Callable[[], Any], description: str, *, seconds: float = 45.0) -> Any:
    """The first true value of `predicate`, asked every 20 ms; fails with `description` after `seconds`."""
    async with asyncio.timeout(seconds) as deadline:
        try:
            while True:
                value = predicate()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(0.02)
        except TimeoutError:
            if deadline.expired():
                raise AssertionError(f"waited {seconds:g} s in vain for: {description}") from None
            raise
