"""The composer's modals while they are open: made, and replaced as someone types or presses in them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from weakref import WeakValueDictionary

from bot.errors import BotError, SlackRefused
from bot.slack import HASH_CONFLICT, Caller, open_view, update_view, user_groups
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.modal import composer_view, describe_time
from bot.ui.composer.source_fields import Offer
from bot.workspaces import Workspaces
from scheduler import Closures

logger = logging.getLogger(__name__)

ZONE_PATIENCE: Final = 1.0  # seconds for someone's zone, before the modal must be open


@dataclass(frozen=True, kw_only=True)
class OpenModals:
    """Shows forms in modals."""

    forms: Forms
    workspaces: Workspaces
    closures: Closures
    offer: Offer
    now: Callable[[], datetime]
    _lanes: WeakValueDictionary[str, asyncio.Lock] = field(
        init=False, default_factory=WeakValueDictionary, repr=False
    )
    _latest: dict[str, object] = field(init=False, default_factory=dict, repr=False)

    def make_view(self, form: Form, *, problem: str = "", note: str = "") -> dict[str, Any]:
        return composer_view(
            form, now=self.now(), closures=self.closures, offer=self.offer, problem=problem, note=note
        )

    async def open_modal(self, caller: Caller, form: Form, *, trigger_id: str, note: str = "") -> None:
        """Raises `SlackError` and `RedisUnavailable`."""
        await self.forms.hold_sources(caller.team, form)
        slack = await self.workspaces.slack(caller.team)
        await open_view(slack, trigger_id, self.make_view(form, note=note))

    async def with_zone(self, caller: Caller, form: Form) -> Form:
        """The form with the person's zone, if Slack has not told it before and does now."""
        if form.zone_told:
            return form
        try:
            async with asyncio.timeout(ZONE_PATIENCE):
                slack = await self.workspaces.slack(caller.team)
                return replace(form, zone=await slack.zone(caller.user), zone_told=True)
        except (TimeoutError, BotError) as exc:
            logger.warning("composer.zone_untold: %s", str(exc) or "too slow")
            return form

    def is_described(self, view: Mapping[str, Any], form: Form) -> bool:
        """True if a modal says already what the form's words about time mean."""
        shown = next(
            (
                block["text"]["text"]
                for block in view.get("blocks") or ()
                if block.get("block_id") == "understood"
            ),
            None,
        )
        return bool(shown == describe_time(form, now=self.now(), closures=self.closures))

    async def update_modal(
        self, caller: Caller, shown: Mapping[str, Any], form: Form, *, problem: str = "", note: str = ""
    ) -> None:
        """Show `form` in the modal `shown`, unless something newer has come from it meanwhile."""
        view_id = str(shown["id"])
        mark = self._latest[view_id] = object()
        try:
            slack = await self.workspaces.slack(caller.team)
            form = await self.with_zone(caller, form)
            if form.unfolded and not form.groups:
                form = replace(form, groups=await user_groups(slack))
            view = self.make_view(form, problem=problem, note=note)
            async with self._lanes.setdefault(view_id, asyncio.Lock()):
                for known in (shown.get("hash"), None):
                    if self._latest.get(view_id) is not mark:
                        return
                    try:
                        await update_view(slack, view_id, view, known=known)
                    except SlackRefused as exc:
                        if exc.code != HASH_CONFLICT:
                            raise
                    else:
                        return
        except BotError as exc:
            logger.info("composer.not_updated: %s", exc)  # closed meanwhile, most often
        finally:
            if self._latest.get(view_id) is mark:
                del self._latest[view_id]
