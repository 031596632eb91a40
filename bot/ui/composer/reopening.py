"""A sentence with a button that opens the composer as it was left, so that nothing typed is ever lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.errors import RedisUnavailable
from bot.replies import Reply, composer_words, section_block
from bot.slack import AGAIN, Caller
from bot.ui.answering import Answering
from bot.ui.composer.elements import button_element, quoted_blocks
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms


@dataclass(frozen=True, kw_only=True)
class Reopening:
    """Offers to open the composer."""

    forms: Forms
    answering: Answering

    async def offer_form(self, caller: Caller, form: Form, sentence: str) -> None:
        """Say `sentence`, with a button that opens the composer with `form` in it."""
        try:
            name = await self.forms.keep_form(caller.team, form)
        except RedisUnavailable:
            name = None
        blocks: list[dict[str, Any]] = [section_block(sentence)]
        if name is not None:
            button = {**button_element(composer_words.OPEN, AGAIN), "value": name, "style": "primary"}
            blocks.append({"type": "actions", "elements": [button]})
        else:  # what was typed, to copy
            blocks += quoted_blocks(form.query)
        await self.answering.tell_caller(caller, Reply(text=sentence, blocks=tuple(blocks)))
