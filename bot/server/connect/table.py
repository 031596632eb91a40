"""The table that the operator reads at the start: a service, if it is real or embedded, and where it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

Row = tuple[str, str, str]
"""A line for the operator: service, real or embedded, and where."""

_GAP: Final = 2


def public_part(url: str) -> str:
    """The part of a Redis's address that cannot be a password."""
    return url.rpartition("@")[2].removeprefix("redis://")


def mark_unreached(rows: Sequence[Row], services: Collection[str]) -> list[Row]:
    """Say of each of these services that it has not answered yet."""
    return [
        (service, f"{kind}, not reached yet" if service in services else kind, where)
        for service, kind, where in rows
    ]


def format_rows(rows: Sequence[Row]) -> list[str]:
    """Make the lines of the table, with its columns in line."""
    services = max((len(service) for service, _, _ in rows), default=0) + _GAP
    kinds = max((len(kind) for _, kind, _ in rows), default=0) + _GAP
    return [f"  {service:<{services}}{kind:<{kinds}}{where}".rstrip() for service, kind, where in rows]
