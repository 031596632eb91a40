"""Forms that wait: behind a preview, or behind a button that opens the composer again as it was left.

A day is long enough to come back to either. A form's id is random: nobody can ask
for one without having been given its id.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from upstash_redis.asyncio import Redis

from bot.storage import form_key, read_if_known, submission_key
from bot.ui.composer.form import Form

FORM_TTL: Final = timedelta(days=1)
DOUBLE_CLICK: Final = timedelta(seconds=5)
SAVING_TTL: Final = timedelta(seconds=30)
"""After which a submission that was never finished, because its process died, no longer bars the next."""


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms of all teams."""

    redis: Redis = field(repr=False)

    async def keep_form(self, team: str, form: Form, *, name: str | None = None) -> str:
        """Keep a form for a day; its id, by which `find_form` finds it."""
        name = name or secrets.token_hex(8)
        await self.redis.set(form_key(team, name), form.encode(), ex=_seconds_of(FORM_TTL))
        return name

    async def find_form(self, team: str, name: str) -> Form | None:
        text = await self.redis.get(form_key(team, name))
        return None if text is None else read_if_known(Form.decode, text)

    async def claim_wish(self, team: str, wish: str, name: str) -> str:
        """The name under which `wish` was first heard within a few seconds: `name`, or an earlier one."""
        key = submission_key(team, wish)
        if await self.redis.set(key, name, nx=True, ex=_seconds_of(DOUBLE_CLICK)):
            return name
        return await self.redis.get(key) or name

    async def release_wish(self, team: str, wish: str) -> None:
        """It was not granted, and may be repeated at once."""
        await self.redis.delete(submission_key(team, wish))

    async def begin_submission(self, team: str, view: str) -> Literal["ours", "saving", "saved"]:
        """Go on with a submission that is `ours`; otherwise one of the same composer is at it, or done."""
        key = submission_key(team, view)
        if await self.redis.set(key, "saving", nx=True, ex=_seconds_of(SAVING_TTL)):
            return "ours"
        return "saved" if await self.redis.get(key) == "saved" else "saving"

    async def end_submission(self, team: str, view: str, *, saved: bool) -> None:
        """Let nothing more be made of this composer; or, if it was refused, let it be tried again."""
        key = submission_key(team, view)
        if saved:
            await self.redis.set(key, "saved", ex=_seconds_of(FORM_TTL))
        else:
            await self.redis.delete(key)


def _seconds_of(span: timedelta) -> int:
    return int(span.total_seconds())
