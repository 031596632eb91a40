"""The errors of a start, each one sentence for the operator."""

from __future__ import annotations

from pathlib import Path


class CannotStart(Exception):
    """Something needed from the beginning is missing; the message is for the operator."""


def unusable_folder(folder: Path, exc: OSError) -> CannotStart:
    return CannotStart(f"PRECACHE_DATA: cannot use the folder {folder} ({exc.strerror}); set another one")
