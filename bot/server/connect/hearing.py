"""The transcriber of the settings, or none."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from bot.hearing import RemoteTranscriber, Transcriber, TranscriberSettings
from bot.server.connect.table import Row
from bot.settings import Settings

_NONE: Final[Row] = ("Transcriber", "none", "set PRECACHE_TRANSCRIBER to hear recordings")


async def open_transcriber(stack: AsyncExitStack, settings: Settings) -> tuple[Transcriber | None, Row]:
    """Nothing is asked of it before the first recording."""
    chosen = settings.transcriber
    if not isinstance(chosen, TranscriberSettings):
        return None, _NONE
    transcriber = RemoteTranscriber(chosen)
    stack.push_async_callback(transcriber.aclose)
    return transcriber, ("Transcriber", "real", f"{chosen.name} at {chosen.base_url}")
