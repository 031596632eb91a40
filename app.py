"""Precache: one process that takes commands from Slack, and answers when QStash calls.

`python app.py` serves it; `bot.server` wires it.
"""

from __future__ import annotations

import os
import sys

from dotenv import dotenv_values

from bot.server import Now, create_app, open_listener, real_time, serve_app
from bot.settings import Settings, SettingsError


def main(*, now: Now = real_time) -> None:
    """Serve until told to stop."""
    environ = {name: value for name, value in dotenv_values(".env").items() if value is not None} | os.environ
    try:
        listener, settings = open_listener(Settings.from_environ(environ))
    except SettingsError as exc:
        sys.exit(str(exc))
    sys.exit(serve_app(create_app(settings, now=now), listener, log_level=settings.log_level))


if __name__ == "__main__":
    main()
