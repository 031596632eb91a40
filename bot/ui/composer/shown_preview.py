"""A preview as the composer shows it, at the foot of its modal; pure.

It is kept as blocks, so that every copy that changes the modal shows it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self

from bot.replies.text import section_block
from bot.replies.views import saving_words
from bot.storage import RecordKind
from bot.ui.composer.field_values import hold_if_needed
from bot.ui.composer.form import Form

_SHOWN: Final = RecordKind(name="shown_preview", version=1)

PreviewState = Literal["working", "done"]


@dataclass(frozen=True, kw_only=True)
class ShownPreview:
    """The place of a preview in the modal: its answer, or how far that is."""

    question: str
    """The fingerprint of the question that it answers; see `fingerprint_of_question`."""
    state: PreviewState
    blocks: tuple[Mapping[str, Any], ...]

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    def encode(self) -> str:
        return _SHOWN.write_record(
            {"question": self.question, "state": self.state, "blocks": list(self.blocks)}
        )

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _SHOWN.read_record(text)
        return cls(question=raw["question"], state=raw["state"], blocks=tuple(raw["blocks"]))

    @classmethod
    def working(cls, question: str, words: str = saving_words.PREVIEW_COMES) -> Self:
        """The place of an answer that is being made."""
        return cls(question=question, state="working", blocks=(section_block(words),))

    @classmethod
    def done(cls, question: str, blocks: Sequence[Mapping[str, Any]]) -> Self:
        return cls(question=question, state="done", blocks=tuple(blocks))


def fingerprint_of_question(form: Form) -> str:
    """The same for forms whose questions have the same answer, also as a modal carries them."""
    form = replace(form, others=tuple(map(hold_if_needed, form.others)))
    asked = replace(form.question, post_if=form.post_if.strip())  # for what the condition comes to is shown
    return hashlib.sha256(asked.encode().encode()).hexdigest()[:16]


def preview_blocks(shown: ShownPreview, *, of: Form) -> list[dict[str, Any]]:
    """The preview under the form; it says so if the form asks something else by now."""
    blocks: list[dict[str, Any]] = [{"type": "divider"}, *(dict(block) for block in shown.blocks)]
    if shown.is_done and shown.question != fingerprint_of_question(of):
        blocks.insert(1, section_block(saving_words.PREVIEW_OTHER))
    return [{**block, "block_id": f"preview{number}"} for number, block in enumerate(blocks)]
