"""The one error of settings that are wrong."""

from __future__ import annotations

from collections.abc import Iterable


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each; `advice` is what may be why."""

    def __init__(self, problems: Iterable[str], *, advice: Iterable[str] = ()) -> None:
        self.problems, self.advice = tuple(problems), tuple(advice)
        said = ("Precache cannot start with these settings:", *self.problems, *self.advice)
        super().__init__("\n".join(said))
