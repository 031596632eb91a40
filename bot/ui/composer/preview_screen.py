"""The place where a preview is seen: the form in which it was asked for, or else a message with buttons.

A form that was closed meanwhile shows nothing, so its preview comes as a message; one that was saved needs
none any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bot.errors import SlackError
from bot.markdown import Part
from bot.replies import reading_progress
from bot.replies.text import section_block
from bot.replies.views import composer_words, saving_words
from bot.slack import AGAIN
from bot.ui.composer import modal
from bot.ui.composer.fields import button_element
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.open_modals import OpenModals
from bot.ui.composer.previews import POST_HERE
from bot.ui.composer.shown_preview import ShownPreview, fingerprint_of_question
from bot.ui.composer.times import read_times
from scheduler import Closures, Job

_EVERY: Final = 2.0  # seconds between two steps that are shown: a modal is changed as often as a message
_MOST: Final = 1_000  # previews whose last step this process remembers


@dataclass(frozen=True, kw_only=True)
class PreviewScreen:
    """Shows previews to the people who asked for them."""

    forms: Forms
    modals: OpenModals
    closures: Closures
    now: Callable[[], datetime]
    _steps: dict[str, float] = field(init=False, default_factory=dict, repr=False)

    async def show_step(self, job: Job, done: int, total: int) -> None:
        """Say in the form how far a long reading is, unless something was said a moment ago."""
        name = job.id or ""
        if time.monotonic() - self._steps.get(name, 0.0) < _EVERY:
            return
        if len(self._steps) >= _MOST:
            self._steps.clear()
        self._steps[name] = time.monotonic()
        form = await self.forms.find_form(job.team or "", name)
        if form is not None and form.window is not None:
            step = ShownPreview.working(fingerprint_of_question(form), reading_progress(done, total))
            await self._show_in_form(job, form.window, step)

    async def show_answer(
        self, job: Job, blocks: Sequence[Mapping[str, Any]], *, made: datetime
    ) -> Part | None:
        """Show it in its form, and note that the answer made then was seen; None if that is done.

        Otherwise the foot of the messages that are to show it. Raises `RedisUnavailable`.
        """
        team, name = job.team or "", job.id or ""
        form = await self.forms.find_form(team, name) or Form(prompt=job.query, channel=job.channel)
        form = replace(form, keep=made)
        await self.forms.keep_form(team, form, name=name)
        if form.window is not None:
            done = ShownPreview.done(fingerprint_of_question(form), blocks)
            if await self._show_in_form(job, form.window, done):
                return None
        return preview_foot(form, name=name, now=self.now(), closures=self.closures)

    async def show_problem(self, job: Job, sentence: str) -> bool:
        """Say in the form why there is no preview; False if it has to be said elsewhere."""
        form = await self.forms.find_form(job.team or "", job.id or "")
        if form is None or form.window is None:
            return False
        block = section_block(f":warning: {sentence}")
        return await self._show_in_form(
            job, form.window, ShownPreview.done(fingerprint_of_question(form), (block,))
        )

    async def _show_in_form(self, job: Job, window: str, shown: ShownPreview) -> bool:
        """False if nobody looks at that form any more, though they may still wait for the preview."""
        team = job.team or ""
        await self.forms.keep_preview(team, job.id or "", shown)
        try:
            if await self.modals.show_preview(team, window, shown):
                return True
        except SlackError:
            if shown.state == "working":
                return False  # the next step, or the answer, says it
            raise
        return await self.forms.was_saved(team, window)


def preview_foot(form: Form, *, name: str, now: datetime, closures: Closures) -> Part:
    """Under a preview, whose own last line says what it cost: when it would run, and what can be done."""
    lines = [saving_words.ONLY_YOU]
    timing = read_times(form, now=now).timing
    if timing is not None:
        lines.append(modal.describe_time(form, now=now, closures=closures))
    text = "\n".join(lines)
    label = composer_words.OPEN if form.editing else saving_words.SAVE_PREVIEW
    save = {**button_element(label, AGAIN), "value": name, "style": "primary"}
    post = {**button_element(saving_words.POST_PREVIEW, POST_HERE), "value": name}
    buttons = {"type": "actions", "elements": [save, post]}
    return Part(text=text, blocks=(section_block(text), buttons))
