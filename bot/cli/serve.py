"""Serve: read the settings, take the port, and go on until told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp

from bot.cli.port import word_port_problem
from bot.cli.settings import read_settings
from bot.server import open_listener, real_time, serve_app, set_up_logging
from bot.settings import SettingsError
from scheduler.late import leave_unrun

logger = logging.getLogger("precache")


def serve_with(env: Path | None, *, project: Path, now: Callable[[], datetime] | None = None) -> int | str:
    """Serve with the settings of `env`, or else of the project's .env: the exit status, or what is wrong."""
    try:
        read = read_settings(env, project=project)
    except SettingsError as exc:
        return str(exc)
    try:
        listener, settings = open_listener(read.settings)
    except OSError as exc:
        return word_port_problem(read.settings.host, read.settings.port, exc)
    set_up_logging(settings.log_level, form=settings.log_form)
    for advice in read.advice:
        logger.warning("%s", advice)

    def load() -> ASGIApp:
        leave_unrun("click", "zstandard")  # httpx imports them, for its command line and one of its decoders
        leave_unrun("sqlite3", only_named=["Connection"])  # Bolt imports it, for a store of its own
        from bot.server import create_app  # four fifths of all imports

        return create_app(settings, now=now or real_time)

    return serve_app(load, settings, listener)
