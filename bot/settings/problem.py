"""The one error of settings that are wrong."""

from __future__ import annotations

from collections.abc import Iterable


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(("Precache cannot start with these settings:", *self.problems)))
