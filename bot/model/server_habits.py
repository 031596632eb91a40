"""The habits of one model's server, as its answers show them: what it takes, and how it says that it is done.

They are forgotten when this process ends; the log tells the operator of the setting that makes them known.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from bot.model.tokens import estimate_tokens, usual_tokens, was_cut

logger = logging.getLogger(__name__)

_LEAST_WINDOW: Final = 500
_WORDS: Final = re.compile("[a-z]{1,20}(?:_[a-z]{1,20}){0,3}")
_MOST_ENDS: Final = 20  # words that are told; a server may make them up


class ServerHabits:
    """Learns from refusals, counts and ends."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._ends_told: set[str] = set()
        self.window: int | None = None
        """The tokens that it takes, where that is less than was thought."""
        self.longest_answer: int | None = None
        """The tokens of an answer for which there is room in its window."""
        self.takes_schemas = True
        self.unknown_ends = 0
        """Answers that ended for a reason that is in no list."""

    def learn_window(self, told: int | None, *, sent: str, window: int) -> None:
        """Take less than `window` from now on: what the server told, or half of what it was sent.

        Several questions are under way at once: one that is longer than what was learnt meanwhile teaches
        nothing more.
        """
        size = estimate_tokens(sent)
        half = min(window, size) // 2
        if told is not None and told < window:
            self.window = max(told, _LEAST_WINDOW)
            self.longest_answer = told // 4
        elif self.window is not None and size > self.window:
            return
        elif half >= _LEAST_WINDOW:
            self.window = half
        logger.warning(
            "model.question_too_long model=%s: questions of up to %d tokens are sent to it from now on; set "
            "PRECACHE_WINDOW to what it takes",
            *(self._model, self.window or window),
        )

    def notice_cut(self, counted: int | None, *, sent: str, window: int) -> bool:
        """Tell if the server cut what it was `sent`, and take as much as it counted from now on."""
        if counted is None or not was_cut(sent, counted=counted):
            return False
        self.window = min(counted, window)
        logger.warning(
            "model.question_cut model=%s: its server counted %d tokens of a question of about %d; set "
            "PRECACHE_WINDOW to what it reads, or let it read more",
            *(self._model, counted, usual_tokens(sent)),
        )
        return True

    def note_end(self, reason: str) -> None:
        """Tell the operator once of a word that may mean a good end, and count each."""
        if not reason:
            return
        self.unknown_ends += 1
        reason = reason if _WORDS.fullmatch(reason) else "unreadable"  # not a piece of the answer
        if reason not in self._ends_told and len(self._ends_told) < _MOST_ENDS:
            self._ends_told.add(reason)
            logger.warning(
                "model.unknown_end model=%s reason=%s: its answer counts as cut off; if the word means a "
                "good end, add it to PRECACHE_GOOD_ENDS",
                *(self._model, reason),
            )
