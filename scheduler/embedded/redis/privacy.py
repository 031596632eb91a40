"""The data folder, for this user alone: all prompts, answers and keys of what is embedded lie there."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_WRITTEN: Final = (
    *("appendonlydir", "appendonly.aof", "dump.rdb", "valkey.sock", "valkey.pid", "valkey.log"),
    *("start.log", "server.lock", "users.lock", "qstash.env"),
)
"""What we and Valkey write there; anything else is somebody else's."""


def make_private_folder(folder: Path) -> Path:
    """Make the folder, take it and what was written there from others, and return its path without links.

    A folder that is not ours, or that everybody may write to, such as /tmp, is left as it is: then its files
    alone are private.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = folder.resolve()
    if sys.platform == "win32":  # a folder has no such mode there
        return folder
    found = folder.stat()
    if not found.st_mode & stat.S_ISVTX and _is_own(found):
        take_from_others(folder)
    elif found.st_mode & stat.S_IWOTH or not _is_own(found):
        log.warning("valkey.folder_not_private folder=%s", folder)
    for path in _written_files(folder):
        take_from_others(path)
    return folder


def take_from_others(path: Path) -> None:
    """Leave a file or folder, if it is ours, to its owner."""
    found = path.lstat()
    if found.st_mode & _OTHERS and _is_own(found) and not stat.S_ISLNK(found.st_mode):
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)


def _written_files(folder: Path) -> Iterator[Path]:
    for path in filter(Path.exists, map(folder.joinpath, _WRITTEN)):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from path.iterdir()


def _is_own(found: os.stat_result) -> bool:
    return sys.platform != "win32" and found.st_uid == os.getuid()
