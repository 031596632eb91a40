"""The certainty that a time was meant, by its words alone, because they stand in one line with a prompt."""

from __future__ import annotations

from enum import IntEnum

from scheduler.errors import WhenError


class Certainty(IntEnum):
    """The places in a command where the words are a time and nothing else."""

    ALONE = 0  # as the whole text, or before a colon
    LEADING = 1  # also at its beginning
    STATED = 2  # also at the end, unless it is a question
    FIRM = 3  # also at the end of a question


class CannotKeep(Exception):
    """Carries an error and its certainty to `scan`."""

    def __init__(self, error: WhenError, certainty: Certainty) -> None:
        super().__init__(str(error))
        self.error, self.certainty = error, certainty
