"""The settings of an act: those that serving would have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.settings import EnvFile, Settings, SettingsError, advise_on_file, merge_environ, read_env_file


@dataclass(frozen=True, kw_only=True)
class SettingsRead:
    """The settings, and what the operator may have meant otherwise."""

    settings: Settings
    advice: tuple[str, ...]
    """Lines about names that are not known, stand twice, or stand in a file that is not read."""


def read_settings(env: Path | None, *, project: Path) -> SettingsRead:
    """Read those of `env`, or else of the project's .env, and of the environment. Raises `SettingsError`."""
    path = project / ".env" if env is None else env.absolute()
    file = read_env_file(path, is_needed=env is not None)
    environ = merge_environ(file, os.environ, project=project)
    advice = (*advise_on_file(file, os.environ), *_advise_on_folder(file))
    try:
        settings = Settings.from_environ(environ, read_from=file.description)
    except SettingsError as exc:  # a name that is misspelt is often why another one is missing
        raise SettingsError(exc.problems, advice=advice) from None
    return SettingsRead(settings=settings, advice=advice)


def _advise_on_folder(file: EnvFile) -> list[str]:
    """Say that a file in the current folder is not the one that was read."""
    here = Path.cwd() / ".env"
    if here == file.path or not here.is_file():
        return []
    return [f"{here} is not read; give it with --env if it is meant"]
