"""Reading variables from a mapping, and collecting what is wrong with them without repeating a value."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.budget import Budget, Cap, Prices, parse_caps
from bot.fetch import Network
from scheduler import Closures

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Reader:
    """Reads one variable at a time; one that is set to nothing is not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def get(self, name: str) -> str | None:
        return self._environ.get(name) or None

    def read_text(self, name: str, default: str) -> str:
        return self.get(name) or default

    def secret(self, name: str, *, prefixes: tuple[str, ...] = ("",), least: int = 1) -> str | None:
        """A token or key as its service writes them: no white space, no control or foreign characters."""
        value = self.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isprintable() and " " not in value and len(value) >= least):
            some = f"at least {least} printable characters" if least > 1 else "printable characters"
            self.problems.append(f"{name}: expected {some} without spaces")
        elif not value.startswith(prefixes):
            self.problems.append(f"{name}: expected it to begin with {' or '.join(prefixes)}")
        return value

    def url(self, name: str, default: str) -> str:
        """An address that is shown when the process starts, and that paths are appended to."""
        value = self._address(name, default, ("http", "https"))
        parts = urlsplit(value)
        if "@" in parts.netloc or parts.query or parts.fragment:
            self.problems.append(f"{name}: expected an address without a user, a password, ? or #")
            return default
        return value

    def redis_url(self, name: str) -> str:
        """Passwords stand before the @: what comes after it is shown when the process starts."""
        value = self._address(name, "redis://127.0.0.1", ("redis", "rediss", "unix"))
        if re.search("[?&](username|password)=", value):
            self.problems.append(
                f"{name}: expected the password before the host, as in redis://:password@host"
            )
        return value

    def _address(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.get(name)
        if value is None:
            return default
        try:
            parts = urlsplit(value)
            place = parts.path if parts.scheme == "unix" else parts.hostname
            fine = parts.scheme in schemes and bool(place) and parts.port != 0
        except ValueError:
            fine = False
        if not (fine and value.isascii() and value.isprintable() and " " not in value):
            begins = " or ".join(f"{scheme}://" for scheme in schemes)
            self.problems.append(f"{name}: expected an address that begins with {begins}")
            return default
        return value

    def host(self, name: str, default: str) -> str:
        """What to listen on: an IP address or a name."""
        value = self.read_text(name, default)
        try:
            ip_address(value)
        except ValueError:
            if not _HOST_NAME.fullmatch(value):
                self.problems.append(f"{name}: expected an IP address or a host name")
                return default
        return value

    def folder(self, name: str, default: str) -> Path:
        value = self.read_text(name, default)
        try:
            if value.isprintable():
                return Path(value).expanduser()
        except RuntimeError:  # of "~somebody", who has no home here
            pass
        self.problems.append(f"{name}: expected the path of a folder")
        return Path(default)

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

    def budget(self, name: str, default: Budget) -> Budget:
        value = self.get(name)
        if value is None:
            return default
        try:
            return Budget.parse(value)
        except ValueError:
            self.problems.append(f"{name}: expected calls and a window, such as 10/10s")
            return default

    def prices(self, name: str) -> Prices:
        try:
            return Prices.parse(self.read_text(name, ""))
        except ValueError:
            self.problems.append(
                f"{name}: expected each model once, with its dollars per million tokens sent and received, "
                "such as openai:gpt-5.4-mini=0.25/2"
            )
            return Prices()

    def caps(self, name: str) -> tuple[Cap, ...]:
        try:
            return parse_caps(self.read_text(name, ""))
        except ValueError:
            self.problems.append(
                f"{name}: expected dollars or calls a day or a month, each once, such as "
                "2.50/day, 40 calls/day, 30/month"
            )
            return ()

    def ids(self, name: str) -> frozenset[str]:
        """Slack's ids, with commas between them."""
        ids = frozenset(part.strip() for part in self.read_text(name, "").split(",") if part.strip())
        if not all(each.isascii() and each.isalnum() for each in ids):
            self.problems.append(
                f"{name}: expected Slack ids with commas between them, such as C0123ABCD,C0456EFGH"
            )
            return frozenset()
        return ids

    def networks(self, name: str) -> tuple[Network, ...]:
        """IP networks, with commas between them."""
        try:
            return tuple(
                ip_network(part.strip()) for part in self.read_text(name, "").split(",") if part.strip()
            )
        except ValueError:
            self.problems.append(f"{name}: expected networks with commas between them, such as 10.1.0.0/16")
            return ()

    def closures(self, name: str) -> Closures:
        try:
            return Closures.parse(self.read_text(name, ""))
        except ValueError:
            self.problems.append(f"{name}: expected days or ranges of them, such as 2026-12-24..2027-01-01")
            return Closures()

    def level(self, variable: str, default: str) -> str:
        value = self.read_text(variable, default).upper()
        if value not in logging.getLevelNamesMapping():
            self.problems.append(f"{variable}: expected DEBUG, INFO, WARNING or ERROR")
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
