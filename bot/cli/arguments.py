"""The arguments of `precache`, each act a value; anything else is refused with a line of help.

Nothing but the standard library is imported here: help comes at once, and needs no package.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from bot import VERSION

_DESCRIPTION: Final = "Precache: a Slack bot that has the answer ready before anyone asks."
_EPILOG: Final = (
    "Without an act it serves. README.md says which variables .env may have. "
    "Exit status: 0 done; 1 not done, or something is wrong; 2 the arguments are not understood."
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


Act = Serve | Doctor | Version | Ask


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
    parser = _Parser(prog=program, description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Precache {VERSION}")
    _add_env(parser, default=None)
    parser.add_argument(
        "--check-port", action="store_true", help="only see if the port is free, which needs no package"
    )
    parser.set_defaults(make_act=lambda read: Serve(check_port=read.check_port))
    acts = parser.add_subparsers(title="acts", metavar="")
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


_ACTS: Final[dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "serve": ("serve until told to stop", _add_serve),
    "doctor": ("look at every service that the settings name, and say what to do", _add_doctor),
    "ask": ("ask the Precache that serves with these settings, and print the answer", _add_ask),
    "version": ("say which version this is, of Precache, Python and the zone data", _add_version),
}
