"""Forms that wait: behind a preview, or behind a button that opens the composer again as it was left.

A day is long enough to come back to either. The form's id is random, so only who was given it can ask for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from upstash_redis.asyncio import Redis

from bot.storage import form_key, submission_key
from bot.ui.composer.form import Form

FORM_TTL: Final = timedelta(days=1)
DOUBLE_CLICK: Final = timedelta(seconds=5)
SAVING_TTL: Final = timedelta(seconds=30)
"""After which a submission that was never finished, because its process died, no longer bars the next."""


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms of all teams."""

    redis: Redis = field(repr=False)

    async def keep(self, team: str, form: Form, *, name: str | None = None) -> str:
        """Keep a form for a day; its id, by which `find` finds it."""
        name = name or secrets.token_hex(8)
        await self.redis.set(form_key(team, name), form.encode(), ex=_seconds(FORM_TTL))
        return name

    async def find(self, team: str, name: str) -> Form | None:
        text = await self.redis.get(form_key(team, name))
        return None if text is None else Form.decode(text)

    async def first(self, team: str, wish: str, name: str) -> str:
        """The name under which `wish` was first heard within a few seconds: `name`, or an earlier one."""
        key = submission_key(team, wish)
        if await self.redis.set(key, name, nx=True, ex=_seconds(DOUBLE_CLICK)):
            return name
        return await self.redis.get(key) or name

    async def unheard(self, team: str, wish: str) -> None:
        """It came to nothing, and may be repeated at once."""
        await self.redis.delete(submission_key(team, wish))

    async def begin(self, team: str, view: str) -> Literal["ours", "saving", "saved"]:
        """Whether to go on with a submission, or another one of the same composer is at it, or done."""
        key = submission_key(team, view)
        if await self.redis.set(key, "saving", nx=True, ex=_seconds(SAVING_TTL)):
            return "ours"
        return "saved" if await self.redis.get(key) == "saved" else "saving"

    async def end(self, team: str, view: str, *, saved: bool) -> None:
        """Let nothing more be made of this composer; or, if it was refused, let it be tried again."""
        key = submission_key(team, view)
        if saved:
            await self.redis.set(key, "saved", ex=_seconds(FORM_TTL))
        else:
            await self.redis.delete(key)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
