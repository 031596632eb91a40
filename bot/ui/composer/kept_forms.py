"""Forms that wait: behind a preview, or behind a button that opens the composer again as it was left.

A day is long enough to come back to either. A form's id is random: nobody can ask
for one without having been given its id.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Literal

from upstash_redis.asyncio import Redis

from bot.slack import Caller
from bot.sources import Source, decode_source
from bot.storage import (
    RecordKind,
    form_key,
    open_form_key,
    read_if_known,
    shown_preview_key,
    submission_key,
    whole_seconds,
)
from bot.ui.composer.field_values import HeldSource, needs_holding
from bot.ui.composer.form import Form
from bot.ui.composer.shown_preview import ShownPreview

FORM_TTL: Final = timedelta(days=1)
_NAME: Final = re.compile(r"[\w:.-]{1,200}", re.ASCII)
DOUBLE_CLICK: Final = timedelta(seconds=5)
_OPEN: Final = RecordKind(name="open_form", version=1)
SAVING_TTL: Final = timedelta(seconds=30)
"""After which a submission that was never finished, because its process died, no longer bars the next."""


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms of all teams."""

    redis: Redis = field(repr=False)

    async def keep_form(self, team: str, form: Form, *, name: str | None = None) -> str:
        """Keep a form for a day; its id, by which `find_form` finds it."""
        name = name or secrets.token_hex(8)
        await self.redis.set(form_key(team, name), form.encode(), ex=whole_seconds(FORM_TTL))
        return name

    async def find_form(self, team: str, name: str) -> Form | None:
        """The form of that id, which anyone may have put into a button; None if there is none."""
        if not _NAME.fullmatch(name):
            return None
        text = await self.redis.get(form_key(team, name))
        return None if text is None else read_if_known(Form.decode, text)

    async def hold_sources(self, team: str, form: Form) -> None:
        """Keep those of its sources for a day that a modal cannot carry."""
        for source in form.others:
            if needs_holding(source):
                key = _held_key(team, HeldSource.of_source(source))
                await self.redis.set(key, json.dumps(source.encode()), ex=whole_seconds(FORM_TTL))

    async def with_held_sources(self, team: str, form: Form) -> Form:
        """The form with its sources in the place of their stand-ins, as far as they are still held."""
        others = [await self._find_held(team, source) for source in form.others]
        return replace(form, others=tuple(others))

    async def _find_held(self, team: str, source: Source) -> Source:
        if not isinstance(source, HeldSource):
            return source
        text = await self.redis.get(_held_key(team, source))
        return source if text is None else decode_source(json.loads(text))

    # A preview in an open modal

    async def keep_open_form(self, team: str, view_id: str, form: Form, *, view_hash: str) -> None:
        """Note how a modal with a preview looks, so that every copy can show the preview in it."""
        record = _OPEN.write_record({"form": form.encode(), "hash": view_hash})
        await self.redis.set(open_form_key(team, view_id), record, ex=whole_seconds(FORM_TTL))

    async def find_open_form(self, team: str, view_id: str) -> tuple[Form, str] | None:
        """The form in that modal, and the hash of what is shown."""
        text = await self.redis.get(open_form_key(team, view_id))
        return None if text is None else read_if_known(_decode_open, text)

    async def keep_preview(self, team: str, name: str, shown: ShownPreview) -> None:
        await self.redis.set(shown_preview_key(team, name), shown.encode(), ex=whole_seconds(FORM_TTL))

    async def find_preview(self, team: str, name: str | None) -> ShownPreview | None:
        """The place of a preview in its modal; None for one that is shown in messages."""
        text = await self.redis.get(shown_preview_key(team, name)) if name else None
        return None if text is None else read_if_known(ShownPreview.decode, text)

    async def was_saved(self, team: str, view_id: str) -> bool:
        """True if a schedule was made of that modal."""
        return str(await self.redis.get(submission_key(team, view_id)) or "").startswith("saved")

    # What is heard twice

    async def claim_wish(self, team: str, wish: str, name: str) -> str:
        """The name under which `wish` was first heard within a few seconds: `name`, or an earlier one."""
        key = submission_key(team, wish)
        if await self.redis.set(key, name, nx=True, ex=whole_seconds(DOUBLE_CLICK)):
            return name
        return await self.redis.get(key) or name

    async def release_wish(self, team: str, wish: str) -> None:
        """It was not granted, and may be repeated at once."""
        await self.redis.delete(submission_key(team, wish))

    async def begin_submission(self, caller: Caller, view: str) -> Literal["ours", "saving", "saved"]:
        """Go on with a submission that is `ours`; otherwise one of the same composer is at it, or done.

        One that is begun again stays `ours`, however far it came.
        """
        key, mark = submission_key(caller.team, view), _mark_of(caller)
        if await self.redis.set(key, f"saving{mark}", nx=True, ex=whole_seconds(SAVING_TTL)):
            return "ours"
        state, _, by = str(await self.redis.get(key) or "").partition(" ")
        if caller.asks_again and f" {by}" == mark:
            return "ours"
        return "saved" if state == "saved" else "saving"

    async def end_submission(self, caller: Caller, view: str, *, saved: bool) -> None:
        """Let nothing more be made of this composer; or, if it was refused, let it be tried again."""
        key = submission_key(caller.team, view)
        if saved:
            await self.redis.set(key, f"saved{_mark_of(caller)}", ex=whole_seconds(FORM_TTL))
        else:
            await self.redis.delete(key)


def _decode_open(text: str) -> tuple[Form, str]:
    _, raw = _OPEN.read_record(text)
    return Form.decode(raw["form"]), str(raw["hash"])


def _mark_of(caller: Caller) -> str:
    """The wish that a submission is, after its state."""
    return f" {caller.wish.id}" if caller.wish else ""


def _held_key(team: str, held: HeldSource) -> str:
    return form_key(team, f"source-{held.digest}")
