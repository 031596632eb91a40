"""Variables read from a mapping, and everything that is wrong with them, told without repeating a value."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from bot.budget import Cap, Prices, Rate, parse_caps
from bot.fetch import Network
from scheduler import Closures

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class EnvironReader:
    """Reads one variable at a time, and notes what is wrong; a variable that is set to nothing is not set."""

    environ: Mapping[str, str] = field(repr=False)
    problems: list[str] = field(default_factory=list)

    def value_of(self, name: str) -> str | None:
        return self.environ.get(name) or None

    def read_text(self, name: str, default: str) -> str:
        return self.value_of(name) or default

    def read_secret(self, name: str, *, prefixes: tuple[str, ...] = ("",), least: int = 1) -> str | None:
        """Read a token or key as services write them: no white space, no control or foreign characters."""
        value = self.value_of(name)
        if value is None:
            return None
        if not (value.isascii() and value.isprintable() and " " not in value and len(value) >= least):
            some = f"at least {least} printable characters" if least > 1 else "printable characters"
            self.problems.append(f"{name}: expected {some} without spaces")
        elif not value.startswith(prefixes):
            self.problems.append(f"{name}: expected it to begin with {' or '.join(prefixes)}")
        return value

    def read_url(self, name: str, default: str) -> str:
        """Read an address that is shown at the start, and that paths are appended to."""
        value = self._read_address(name, default, ("http", "https"))
        parts = urlsplit(value)
        if "@" in parts.netloc or parts.query or parts.fragment:
            self.problems.append(f"{name}: expected an address without a user, a password, ? or #")
            return default
        return value

    def read_secret_url(self, name: str) -> str | None:
        """Read an address that is a secret in itself, and may have a query."""
        if self.value_of(name) is None:
            return None
        return self._read_address(name, "", ("http", "https")) or None

    def read_redis_url(self, name: str) -> str:
        """Read a Redis's address, whose password stands before the @: the rest is shown at the start."""
        value = self._read_address(name, "redis://127.0.0.1", ("redis", "rediss", "unix"))
        if re.search("[?&](username|password)=", value):
            self.problems.append(
                f"{name}: expected the password before the host, as in redis://:password@host"
            )
        return value

    def _read_address(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.value_of(name)
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

    def read_host(self, name: str, default: str) -> str:
        """Read what to listen on: an IP address or a name."""
        value = self.read_text(name, default)
        try:
            ip_address(value)
        except ValueError:
            if not _HOST_NAME.fullmatch(value):
                self.problems.append(f"{name}: expected an IP address or a host name")
                return default
        return value

    def read_folder(self, name: str, default: str) -> Path:
        value = self.read_text(name, default)
        try:
            if value.isprintable():
                return Path(value).expanduser()
        except RuntimeError:  # of "~somebody", who has no home here
            pass
        self.problems.append(f"{name}: expected the path of a folder")
        return Path(default)

    def read_port(self, name: str, default: int) -> int:
        value = self.value_of(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= 65_535):
            self.problems.append(f"{name}: expected a port, 0 to 65535")
            return default
        return int(value)

    def read_seconds(self, name: str, default: timedelta) -> timedelta:
        value = self.value_of(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 9):
            self.problems.append(f"{name}: expected a number of seconds")
            return default
        return timedelta(seconds=int(value))

    def read_number(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        value = self.read_text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) < 9 and least <= int(value) <= most):
            self.problems.append(f"{name}: expected a number from {least} to {most}")
            return default
        return int(value)

    def read_days(self, name: str, default: timedelta) -> timedelta:
        """Read a number of days: at least a week, so that what is under way is found again."""
        return timedelta(days=self.read_number(name, default.days, least=7, most=3_660))

    def read_days_or_none(self, name: str) -> timedelta | None:
        """Read a number of days, at least a week; None where nothing is set."""
        return None if self.value_of(name) is None else self.read_days(name, timedelta(days=90))

    def read_megabytes(self, name: str, default: int) -> int:
        """Read a number of megabytes, as bytes."""
        value = self.read_text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) < 7):
            self.problems.append(f"{name}: expected a number of megabytes")
            return default * 1_000_000
        return int(value) * 1_000_000

    def read_rate(self, name: str, default: Rate, *, of: str = "calls", such: str = "10/10s") -> Rate:
        value = self.value_of(name)
        if value is None:
            return default
        try:
            return Rate.parse(value)
        except ValueError:
            self.problems.append(f"{name}: expected {of} and a window, such as {such}")
            return default

    def read_prices(self, name: str) -> Prices:
        try:
            return Prices.parse(self.read_text(name, ""))
        except ValueError:
            self.problems.append(
                f"{name}: expected each model once, with its dollars per million tokens sent and received, "
                "such as openai:gpt-5.4-mini=0.25/2"
            )
            return Prices()

    def read_caps(self, name: str) -> tuple[Cap, ...]:
        try:
            return parse_caps(self.read_text(name, ""))
        except ValueError:
            self.problems.append(
                f"{name}: expected dollars or calls a day or a month, each once, such as "
                "2.50/day, 40 calls/day, 30/month"
            )
            return ()

    def read_ids(self, name: str, *, of: str, begin: str) -> frozenset[str]:
        """Read the ids `of` something in Slack, with commas between them; `begin` are their first letters."""
        ids = frozenset(part.strip() for part in self.read_text(name, "").split(",") if part.strip())
        if not all(re.fullmatch(f"[{begin}][A-Z0-9]{{5,}}", slack_id) for slack_id in ids):
            such = ",".join(f"{letter}0123ABCD" for letter in begin)
            self.problems.append(
                f"{name}: expected the ids of {of}, not their names, with commas between them, such as {such}"
            )
            return frozenset()
        return ids

    def read_reviewers(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Read channels, each with the people and groups of whom one looks at its posts first."""
        found: dict[str, tuple[str, ...]] = {}
        for part in self.read_text(name, "").split(","):
            if not part.strip():
                continue
            channel, _, reviewers = (piece.strip() for piece in part.partition("="))
            ids = tuple(dict.fromkeys(reviewer.strip() for reviewer in reviewers.split("/")))
            fits = re.fullmatch("[CG][A-Z0-9]{5,}", channel) and channel not in found
            if not fits or not all(re.fullmatch("[UWS][A-Z0-9]{5,}", reviewer) for reviewer in ids):
                self.problems.append(
                    f"{name}: expected each channel once, with the ids of people and user groups who look "
                    "at its scheduled posts first, such as C0123ABCD=U0123ABCD/S0123ABCD"
                )
                return {}
            found[channel] = ids
        return found

    def read_yes_or_no(self, name: str) -> bool:
        value = self.read_text(name, "no").lower()
        if value not in ("yes", "no"):
            self.problems.append(f"{name}: expected yes or no")
        return value == "yes"

    def read_networks(self, name: str) -> tuple[Network, ...]:
        """Read IP networks, with commas between them."""
        try:
            return tuple(
                ip_network(part.strip()) for part in self.read_text(name, "").split(",") if part.strip()
            )
        except ValueError:
            self.problems.append(f"{name}: expected networks with commas between them, such as 10.1.0.0/16")
            return ()

    def read_closures(self, name: str) -> Closures:
        try:
            return Closures.parse(self.read_text(name, ""))
        except ValueError:
            self.problems.append(f"{name}: expected days or ranges of them, such as 2026-12-24..2027-01-01")
            return Closures()

    def read_log_level(self, variable: str, default: str) -> str:
        value = self.read_text(variable, default).upper()
        if value not in logging.getLevelNamesMapping():
            self.problems.append(f"{variable}: expected DEBUG, INFO, WARNING or ERROR")
            return default
        return value

    def read_log_form(self, variable: str) -> Literal["console", "json"]:
        value = self.read_text(variable, "console").lower()
        if value not in ("console", "json"):
            self.problems.append(f"{variable}: expected console or json")
        return "json" if value == "json" else "console"

    def are_all_set(self, service: str, names: tuple[str, ...], *, instead: str) -> bool:
        """Say if all of `names` are set, and note a problem if only some are."""
        missing = [name for name in names if self.value_of(name) is None]
        if missing and len(missing) < len(names):
            there = [name for name in names if name not in missing]
            self.problems.append(
                f"{service}: {_join_names(there)} {'is' if len(there) == 1 else 'are'} set, but not "
                f"{_join_names(missing)}. "
                f"Set all of them, or none {instead}."
            )
        return not missing


def _join_names(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else ", ".join(names)
