"""An act at the workbench: its settings, its end, and one line where it cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.settings import read_settings
from bot.errors import NewerRecord, RedisUnavailable
from bot.operating import FileFault
from bot.server import CannotStart, open_workbench
from bot.settings import SettingsError

if TYPE_CHECKING:
    from bot.server import Workbench


def work_with(
    do: Callable[[Workbench], Awaitable[int]], name: str, env: Path | None, *, project: Path
) -> int | str:
    """Do it with what the settings name: the exit status, or what was in the way."""
    try:
        settings = read_settings(env, project=project).settings
    except SettingsError as exc:
        return str(exc)

    async def run() -> int:
        async with open_workbench(settings) as bench:
            return await do(bench)

    try:
        return asyncio.run(run())
    except (CannotStart, FileFault, NewerRecord, RedisUnavailable) as exc:
        return f"{name}: {exc}"
    except OSError as exc:
        return f"{name}: {exc.filename or 'a file'}: {exc.strerror}"
