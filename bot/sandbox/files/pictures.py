"""Pictures in blocks: which files of Slack's a block may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.sandbox.block_kit.blocks import slack_files
from bot.sandbox.calls.api_error import refused
from bot.sandbox.workspace.api_objects import file_at
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.records import File

IN_BLOCKS: Final = frozenset({"image/png", "image/jpeg", "image/gif"})


def is_ready(file: File, live: Live) -> bool:
    return live.now().timestamp() >= file.ready


def check_pictures(
    blocks: Sequence[Mapping[str, Any]], live: Live, *, code: str = "invalid_blocks", at: str = "/blocks"
) -> None:
    """Refuses blocks with files that the bot has not, that are no pictures, or not processed yet."""
    problems = [
        f"invalid slack file [json-pointer:{pointer}]"
        for pointer, named in slack_files(blocks, at)
        if not _can_show(named, live)
    ]
    if problems:
        error = refused(code, *problems)
        if code == "invalid_blocks":
            error.extra["errors"] = problems
        raise error


def _can_show(named: Mapping[str, str], live: Live) -> bool:
    workspace = live.workspace
    found = workspace.files.get(named["id"]) if "id" in named else file_at(named["url"], workspace)
    file = workspace.file_for_bot(found.id) if found is not None else None
    return file is not None and file.mime in IN_BLOCKS and is_ready(file, live)
