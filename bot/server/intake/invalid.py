"""Bytes that are no request: anyone can send them, and uvicorn warns of each."""

from __future__ import annotations

import logging
from typing import Final

from bot.server.intake.seldom import Seldom

_WARNING: Final = "Invalid HTTP request received."  # uvicorn's words


class SeldomInvalid(logging.Filter):
    """Lets one of these warnings through in ten minutes, with a count of the others."""

    def __init__(self, seldom: Seldom | None = None) -> None:
        super().__init__()
        self._seldom = seldom or Seldom()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg != _WARNING:
            return True
        others = self._seldom.tell_kept_back("invalid")
        record.msg += others or ""
        return others is not None
