"""The transcriber of the settings, or the demo's."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from bot.hearing import (
    DemoTranscriber,
    RemoteTranscriber,
    Transcriber,
    TranscriberSettings,
    is_recogniser_installed,
)
from bot.server.connect.table import Row
from bot.settings import Settings

_DEMO: Final[Row] = ("Transcriber", "embedded", "a small demo recogniser of English, which often mishears")
_NONE: Final[Row] = ("Transcriber", "none", "set PRECACHE_TRANSCRIBER to hear recordings")


async def open_transcriber(stack: AsyncExitStack, settings: Settings) -> tuple[Transcriber | None, Row]:
    """Nothing is asked of it before the first recording."""
    chosen = settings.transcriber
    if isinstance(chosen, TranscriberSettings):
        transcriber: Transcriber = RemoteTranscriber(chosen)
        row = ("Transcriber", "real", f"{chosen.name} at {chosen.base_url}")
    elif is_recogniser_installed():
        transcriber, row = DemoTranscriber(), _DEMO
    else:
        return None, _NONE
    stack.push_async_callback(transcriber.aclose)
    return transcriber, row
