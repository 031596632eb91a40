"""Polling with a deadline, so that no test sleeps for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def wait_until(
    predicate: Callable[[], T | Awaitable[T]], description: str, *, timeout: float = 20.0
) -> T:
    """The first true value of `predicate`, asked every 20 ms; fails with `description` after `timeout` s."""
    async with asyncio.timeout(timeout) as deadline:
        try:
            while True:
                value = predicate()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value  # type: ignore[return-value]  # awaited above
                await asyncio.sleep(0.02)
        except TimeoutError:
            if deadline.expired():
                raise AssertionError(f"waited {timeout:g} s in vain for: {description}") from None
            raise
