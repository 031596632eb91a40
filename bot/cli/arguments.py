"""The arguments of `precache`, each act a value; anything else is refused with a line of help.

Nothing but the standard library is imported here: help comes at once, and needs no package.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NoReturn

from bot import VERSION

_DESCRIPTION: Final = "Precache: a Slack bot that has the answer ready before anyone asks."
_EPILOG: Final = (
    "Without an act it serves. docs/setup.md says which variables .env may have. "
    "Exit status: 0 done; 1 not done, or something is wrong; 2 the arguments are not understood; 3 there are "
    "differences (diff)."
)


@dataclass(frozen=True, kw_only=True)
class Serve:
    """Serve until told to stop."""

    check_port: bool = False
    """Only see if the port is free."""


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Look at everything that the settings name, and say what to do."""

    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Version:
    """Say which version this is, and with which zone data it reckons."""

    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Ask the Precache that serves with these settings."""

    query: str
    """`-` reads it from the standard input."""
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write schedules as one file, or runs or usage as rows."""

    what: Literal["schedules", "history", "usage"] = "schedules"
    to: Path | None = None
    """The file; None writes to the standard output."""
    teams: tuple[str, ...] = ()
    """All teams if empty."""
    form: Literal["csv", "jsonl"] = "jsonl"
    """Of rows."""
    days: int = 31
    """Of usage, so many days until today (UTC)."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Show what an import of the file would change."""

    file: Path
    new_ids: Mapping[str, str] = field(default_factory=dict)
    """Ids of another workspace in place of those of the file."""
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Import:
    """Make the stored schedules as the file has them, and leave alone what it does not have."""

    file: Path
    new_ids: Mapping[str, str] = field(default_factory=dict)
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class SchedulesOfAll:
    """List the schedules of all teams, pause them together, or resume those that were paused so."""

    do: Literal["list", "pause", "resume"] = "list"
    notice: str = ""
    """What the owners read about it."""

    teams: tuple[str, ...] = ()
    as_json: bool = False


Act = Serve | Doctor | Version | Ask | Export | Diff | Import | SchedulesOfAll


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The operator's wish, as typed."""

    act: Act
    env: Path | None = None
    """The file to read in place of the project's .env."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parse_arguments(words: Sequence[str], *, program: str = "app.py") -> Arguments:
    """Read them; ends the process with help, the version, or a line about what is wrong."""
    usage = (
        "%(prog)s [-h] [--version] [--env FILE] [--check-port] [ACT ...]"  # argparse takes an act for needed
    )
    parser = _Parser(prog=program, usage=usage, description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Precache {VERSION}")
    _add_env(parser, default=None)
    parser.add_argument(
        "--check-port", action="store_true", help="only see if the port is free, which needs no package"
    )
    parser.set_defaults(make_act=lambda read: Serve(check_port=read.check_port))
    acts = parser.add_subparsers(title="acts", metavar="ACT", prog=program)
    for name, (explanation, add_arguments) in _ACTS.items():
        act_parser = acts.add_parser(name, help=explanation, description=explanation, allow_abbrev=False)
        _add_env(act_parser, default=argparse.SUPPRESS)
        add_arguments(act_parser)
    read = parser.parse_args(words)
    return Arguments(env=read.env, act=read.make_act(read))


def _add_env(parser: argparse.ArgumentParser, *, default: object) -> None:
    parser.add_argument(
        "--env",
        type=Path,
        metavar="FILE",
        default=default,
        help="read this file in place of .env beside app.py",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="say it for machines")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(make_act=lambda read: Serve(check_port=read.check_port))


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)
    parser.set_defaults(make_act=lambda read: Doctor(as_json=read.json))


def _add_version(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)
    parser.set_defaults(make_act=lambda read: Version(as_json=read.json))


def _add_ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", help="what to ask; - reads it from the standard input")
    _add_json(parser)
    parser.set_defaults(make_act=lambda read: Ask(query=read.prompt, as_json=read.json))


def _add_teams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--team", action="append", default=[], metavar="ID", help="only this one; may be given more than once"
    )


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("schedules", "history", "usage"),
        default="schedules",
        help="schedules as YAML (usual), or their runs or the usage as rows",
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="write here, and not to the standard output")
    parser.add_argument("--form", choices=("csv", "jsonl"), default="jsonl", help="the form of rows (jsonl)")
    parser.add_argument(
        "--days", type=_read_days, default=31, metavar="N", help="of usage, until today in UTC (31)"
    )
    _add_teams(parser)
    parser.set_defaults(
        make_act=lambda read: Export(
            what=read.what, to=read.to, teams=tuple(read.team), form=read.form, days=read.days
        )
    )


def _read_days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= 400):
        raise argparse.ArgumentTypeError("expected a number of days from 1 to 400")
    return int(text)


def _read_new_id(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and re.fullmatch("[A-Z][A-Z0-9]{0,30}", new)):
        raise argparse.ArgumentTypeError("expected OLD=NEW, such as C0123456789=C9876543210")
    return old, new


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what export has written, or a file like it")
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        type=_read_new_id,
        metavar="OLD=NEW",
        help="another id for a workspace, channel, person or group; may be given more than once",
    )
    _add_json(parser)


def _add_diff(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.set_defaults(
        make_act=lambda read: Diff(file=read.file, new_ids=dict(read.replace), as_json=read.json)
    )


def _add_import(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.set_defaults(
        make_act=lambda read: Import(file=read.file, new_ids=dict(read.replace), as_json=read.json)
    )


def _add_schedules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "do",
        nargs="?",
        choices=("list", "pause", "resume"),
        default="list",
        help="list them (usual), pause all that recur, or resume those that were paused so",
    )
    parser.add_argument("--notice", default="", metavar="TEXT", help="what the owners read about a pause")
    _add_teams(parser)
    _add_json(parser)
    parser.set_defaults(
        make_act=lambda read: SchedulesOfAll(
            do=read.do, notice=read.notice, teams=tuple(read.team), as_json=read.json
        )
    )


_ACTS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "serve": ("serve until told to stop", _add_serve),
    "doctor": ("look at every service that the settings name, and say what to do", _add_doctor),
    "ask": ("ask the Precache that serves with these settings, and print the answer", _add_ask),
    "schedules": ("list, pause or resume the schedules of all workspaces", _add_schedules),
    "export": ("write schedules as one file, or runs or usage as rows", _add_export),
    "diff": ("show what an import of a file would change", _add_diff),
    "import": ("make the schedules as a file has them, and leave all others alone", _add_import),
    "version": ("say which version this is, of Precache, Python and the zone data", _add_version),
}
