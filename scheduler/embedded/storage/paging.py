"""Reads a large sorted set page by page, so that neither Redis nor the event loop stops for all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

PAGE: Final = 50
"""Members in a page, about: what is made of one keeps the event loop for a few milliseconds."""

Page = list[tuple[str, float]]


async def read_pages(redis: Any, key: str) -> AsyncIterator[Page]:
    """Members and scores. A member that is there from the first page to the last comes, and comes once."""
    cursor, seen = 0, set[bytes]()
    while True:
        cursor, found = await redis.zscan(key, cursor, count=PAGE)
        for start in range(0, len(found), PAGE):  # a small set comes at once
            page = {member: score for member, score in found[start : start + PAGE] if member not in seen}
            if page:
                yield [(member.decode(), score) for member, score in page.items()]
        if cursor == 0:
            return
        seen.update(member for member, _ in found)
