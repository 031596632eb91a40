"""Serve: read the settings, take the port, and go on until told to stop."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.cli.port import word_port_problem
from bot.server import create_app, open_listener, real_time, serve_app, set_up_logging
from bot.settings import Settings, SettingsError, advise_on_file, merge_environ, read_env_file

logger = logging.getLogger("precache")


def serve_with(env: Path | None, *, project: Path, now: Callable[[], datetime] | None = None) -> int | str:
    """Serve with the settings of `env`, or else of the project's .env: the exit status, or what is wrong."""
    path = project / ".env" if env is None else env.absolute()
    try:
        file = read_env_file(path, is_needed=env is not None)
        environ = merge_environ(file, os.environ, project=project)
        settings = Settings.from_environ(environ, read_from=file.description)
    except SettingsError as exc:
        return str(exc)
    try:
        listener, settings = open_listener(settings)
    except OSError as exc:
        return word_port_problem(settings.host, settings.port, exc)
    set_up_logging(settings.log_level)
    for advice in [*advise_on_file(file, os.environ), *_advise_on_folder(file.path)]:
        logger.warning("%s", advice)
    return serve_app(create_app(settings, now=now or real_time), listener)


def _advise_on_folder(read: Path) -> list[str]:
    """Say that a file in the current folder is not the one that was read."""
    here = Path.cwd() / ".env"
    if here == read or not here.is_file():
        return []
    return [f"{here} is not read; give it with --env if it is meant"]
