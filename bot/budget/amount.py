"""Money, in whole billionths of a dollar: a token may cost less than a thousandth of a cent.

Never a float, in which a dime cannot be written down. Redis counts whole numbers, and so do we.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

DOLLAR: Final = 1_000_000_000
"""In the unit that all of `bot.money` counts in."""

MOST: Final = 1_000_000 * DOLLAR
"""More than any price or cap; below it, the numbers of Lua are exact."""

_AMOUNT: Final = re.compile(r"\$?([0-9]{1,7}(\.[0-9]{1,9})?)")
_SHOWN: Final = 10_000  # the parts of a dollar that are shown: a hundredth of a cent


def read_dollars(text: str) -> int:
    """`2.50` or `$2.50`, at most a million dollars, in billionths of one."""
    match = _AMOUNT.fullmatch(text)
    if not match or (amount := int(Decimal(match[1]) * DOLLAR)) > MOST:
        raise ValueError("expected an amount in dollars, such as 2.50")
    return amount


def write_dollars(amount: int) -> str:
    """Write an amount as `read_dollars` reads it, exactly: `2.5`, `0.0012`."""
    whole, rest = divmod(amount, DOLLAR)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".")


def dollars(nano: int) -> str:
    """For people: "$3.40", "$0.0012", "less than $0.0001"; two figures after the point from a dollar on."""
    if nano < 0:
        raise ValueError("expected an amount of nothing or more")
    if 0 < nano < DOLLAR // _SHOWN:
        return f"less than ${write_dollars(DOLLAR // _SHOWN)}"
    shown = _round_to_steps(nano, DOLLAR // _SHOWN)
    if shown >= _SHOWN:
        cents = _round_to_steps(nano, DOLLAR // 100)
        return f"${cents // 100:,}.{cents % 100:02}"
    figures = f"{shown:04}"
    return f"$0.{figures[:2]}{figures[2:].rstrip('0')}"


def _round_to_steps(amount: int, step: int) -> int:
    """In steps, half of one upwards."""
    return (2 * amount + step) // (2 * step)
