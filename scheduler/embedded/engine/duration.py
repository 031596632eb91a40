"""Durations as QStash and Go write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {
    "d": 86_400.0,
    "h": 3_600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
}
_PART: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|us|µs|ns|d|h|m|s)")


def parse_duration(text: str) -> timedelta | None:
    """`90`, `1.5s`, `6m5s`, `1d10h30m`; None if it is none or beyond what a timedelta holds."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text, re.ASCII):
        text += "s"
    if not text or _PART.sub("", text):
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return timedelta(seconds=seconds) if seconds < 1e13 else None
