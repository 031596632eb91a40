"""From a checked form to a schedule: once, however often it is clicked, submitted, or tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.replies import escape, label, place, refusal
from bot.schedules import (
    BadName,
    CannotPost,
    CannotRead,
    Draft,
    NotAllowed,
    NotMember,
    Refusal,
    Schedule,
    Schedules,
    TooMuchToRead,
)
from bot.slack import Caller
from bot.sources import Source
from bot.ui.composer.draft import put_in
from bot.ui.composer.form import Form
from bot.ui.composer.forms import Forms
from bot.ui.composer.modal import next_runs
from scheduler import Closures, Once, describe_timing

_STILL_SAVING: Final = (
    "I am still saving this. If I do not confirm it within half a minute, please save it again."
)
_CHANGED: Final = (
    "Someone else has changed this schedule while you were editing. Save again to put yours in its place."
)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """It is set up; `confirmation` says so, in mrkdwn. None where another submission has said it."""

    confirmation: str | None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a form was not saved, at which field of the modal, and the form as it is to be shown again."""

    sentence: str
    form: Form
    block: str | None = None


class Saving:
    """Makes schedules of forms."""

    def __init__(
        self, *, schedules: Schedules, forms: Forms, closures: Closures, now: Callable[[], datetime]
    ) -> None:
        self._schedules = schedules
        self._forms = forms
        self._closures = closures
        self._now = now

    async def save(self, caller: Caller, form: Form, draft: Draft, *, once: str) -> Saved | Problem:
        """Make or change a schedule, a single time for each `once`, such as the id of a modal."""
        match await self._forms.begin(caller.team, once):
            case "saved":
                return Saved(confirmation=None)
            case "saving":
                return Problem(sentence=_STILL_SAVING, form=form)
            case "ours":
                outcome: Saved | Problem | None = None
                try:
                    outcome = await self._save(caller, form, draft)
                finally:
                    await self._forms.end(caller.team, once, saved=isinstance(outcome, Saved))
                return outcome

    async def cannot_ask(self, caller: Caller, form: Form, sources: tuple[Source, ...]) -> Problem | None:
        """Why a form may not be answered to the caller, or what it names not be read. Raises `SlackError`."""
        may = self._schedules.permissions
        refused: Refusal | None = await may.cannot_ask(caller, form.channel or caller.channel or "")
        refused = refused or await may.cannot_read(caller, sources)
        if refused is None:
            return None
        return Problem(sentence=refusal(refused), form=form, block=_field(refused, form))

    async def _save(self, caller: Caller, form: Form, draft: Draft) -> Saved | Problem:
        result: Schedule | Refusal
        if form.editing:
            before = await self._schedules.lookup.find(caller, form.editing)
            if isinstance(before, Schedule) and before.revision != form.revision:
                return Problem(sentence=_CHANGED, form=replace(form, revision=before.revision))
            result = await self._schedules.edit(caller, form.editing, put_in(draft))
        else:
            draft = await self._with_preview(caller, form, draft)
            result = await self._schedules.create(caller, draft)
        if isinstance(result, Schedule):
            return Saved(confirmation=self._confirmation(result, kept=draft.keep is not None))
        return Problem(sentence=refusal(result), form=form, block=_field(result, form))

    async def _with_preview(self, caller: Caller, form: Form, draft: Draft) -> Draft:
        """The draft whose first run takes the answer that was previewed, if the prompt is still the same."""
        shown = await self._forms.find(caller.team, form.preview) if form.preview else None
        if shown is None or shown.asked != form.asked:
            return draft
        return replace(draft, keep=shown.keep, preview=form.preview)

    def _confirmation(self, saved: Schedule, *, kept: bool) -> str:
        now = self._now()
        if isinstance(saved.when, Once) and saved.when.at <= now:
            return f"On it: the answer comes to {place(saved.channel)}."
        lines = [
            f"Saved as {label(saved)}: *{escape(describe_timing(saved.timing))}* in {place(saved.channel)}.",
            *next_runs(saved.timing, now, self._closures),
        ]
        if kept:
            lines.append("The first run posts the answer that you have seen.")
        return "\n".join(lines)


def _field(refused: Refusal, form: Form) -> str | None:
    """The block of the modal at which it is said."""
    match refused:
        case BadName():
            return "name"
        case CannotPost() | NotMember() | NotAllowed(what="channel"):
            return "channel"
        case CannotRead(channel=channel) if channel in form.channels:
            return "channels"
        case CannotRead() | TooMuchToRead() if form.links.strip():
            return "links"
        case CannotRead() if form.others:
            return "others"
        case _:
            return None
