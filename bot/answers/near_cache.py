"""The answers that this process holds: the latest ones asked for, found without asking anybody."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from bot.answers.question import Question
from bot.answers.records import Answer

_MOST: Final = 512  # a few megabytes at most


@dataclass(frozen=True, kw_only=True)
class NearCache:
    """Whole answers by their question's key, the one that was used last at the end."""

    _held: OrderedDict[str, Answer] = field(default_factory=OrderedDict, init=False, repr=False)

    def find_answer(self, question: Question) -> Answer | None:
        """An answer that is fresh enough; costs nothing."""
        answer = self._held.get(question.key)
        if answer is None or answer.made < question.made_after:
            return None
        self._held.move_to_end(question.key)
        return answer

    def hold_answer(self, question: Question, answer: Answer) -> None:
        """Hold an answer, unless it is incomplete or a newer one is here."""
        if not answer.may_be_kept:
            return
        held = self._held.get(question.key)
        if held is None or held.made <= answer.made:
            self._held[question.key] = answer
            self._held.move_to_end(question.key)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)
