"""Reading variables from a mapping, and collecting what is wrong with them without repeating a value."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from bot.limit import Budget


class Reader:
    """Reads one variable at a time; one that is set to nothing is not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def get(self, name: str) -> str | None:
        return self._environ.get(name) or None

    def text(self, name: str, default: str) -> str:
        return self.get(name) or default

    def secret(self, name: str, *, prefixes: tuple[str, ...] = ("",), least: int = 8) -> str | None:
        """A token or key as its service writes them: no white space, no control or foreign characters."""
        value = self.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isprintable() and " " not in value and len(value) >= least):
            self.problems.append(f"{name}: expected at least {least} printable characters without spaces")
        elif not value.startswith(prefixes):
            self.problems.append(f"{name}: expected it to begin with {' or '.join(prefixes)}")
        return value

    def url(self, name: str, default: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
        value = self.text(name, default)
        try:
            parts = urlsplit(value)
            fine = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            fine = False
        if not (fine and value.isascii() and value.isprintable() and " " not in value):
            self.problems.append(f"{name}: expected an address that begins with {'://, '.join(schemes)}://")
            return default
        return value

    def number(self, name: str, default: int) -> int:
        value = self.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and int(value[:9]) <= 65_535 and len(value) < 9):
            self.problems.append(f"{name}: expected a port, 0 to 65535")
            return default
        return int(value)

    def seconds(self, name: str, default: timedelta) -> timedelta:
        value = self.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 9):
            self.problems.append(f"{name}: expected a number of seconds")
            return default
        return timedelta(seconds=int(value))

    def budget(self, name: str, default: str) -> Budget:
        try:
            return Budget.parse(self.text(name, default))
        except ValueError:
            self.problems.append(f"{name}: expected calls and a window, such as 10/10s")
            return Budget.parse("10/10s")

    def level(self, name: str, default: str) -> str:
        value = self.text(name, default).upper()
        if value not in logging.getLevelNamesMapping():
            self.problems.append(f"{name}: expected DEBUG, INFO, WARNING or ERROR")
            return default
        return value

    def together(self, service: str, names: tuple[str, ...], *, instead: str) -> bool:
        """Whether all of `names` are set; a problem if only some are."""
        missing = [name for name in names if self.get(name) is None]
        if missing and len(missing) < len(names):
            there = [name for name in names if name not in missing]
            self.problems.append(
                f"{service}: {_and(there)} set, but not {_and(missing)}. Set all of them, or none {instead}."
            )
        return not missing


def _and(names: list[str]) -> str:
    verb = "is" if len(names) == 1 else "are"
    return f"{' and '.join(names)} {verb}" if len(names) < 3 else f"{', '.join(names)} {verb}"
