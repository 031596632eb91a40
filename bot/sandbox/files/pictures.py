"""Pictures in blocks: which files of Slack's a block may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.sandbox.block_kit import slack_files
from bot.sandbox.calls import api_error
from bot.sandbox.workspace import File, Workspace, file_at

IN_BLOCKS: Final = frozenset({"image/png", "image/jpeg", "image/gif"})


def is_ready(file: File, now: datetime) -> bool:
    return now.timestamp() >= file.ready


def check_pictures(
    blocks: Sequence[Mapping[str, Any]],
    workspace: Workspace,
    now: datetime,
    *,
    code: str = "invalid_blocks",
    pointer: str = "/blocks",
) -> None:
    """Refuses blocks with files that the bot has not, that are no pictures, or not processed yet."""
    problems = [
        f"invalid slack file [json-pointer:{place}]"
        for place, named in slack_files(blocks, pointer)
        if not _can_show(named, workspace, now)
    ]
    if problems:
        error = api_error(code, *problems)
        if code == "invalid_blocks":
            error.extra["errors"] = problems
        raise error


def _can_show(named: Mapping[str, str], workspace: Workspace, now: datetime) -> bool:
    found = workspace.files.get(named["id"]) if "id" in named else file_at(named["url"], workspace)
    file = workspace.file_for_bot(found.id) if found is not None else None
    return file is not None and file.mime in IN_BLOCKS and is_ready(file, now)
