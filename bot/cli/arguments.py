"""The arguments of `python app.py`; anything else is refused with a line of help."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from bot import VERSION

_EPILOG: Final = "Without arguments it serves. README.md says which variables .env may have."


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The operator's wish, as typed."""

    env: Path | None = None
    """The file to read in place of the project's .env."""
    check_port: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Read them; ends the process with help, the version, or a line about what is wrong."""
    parser = _Parser(
        prog="app.py",
        description="Precache: a Slack bot that has the answer ready before anyone asks.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Precache {VERSION}")
    parser.add_argument(
        "--env", type=Path, metavar="FILE", help="read this file in place of .env beside app.py"
    )
    parser.add_argument(
        "--check-port", action="store_true", help="only see if the port is free, which needs no package"
    )
    read = parser.parse_args(words)
    return Arguments(env=read.env, check_port=read.check_port)
