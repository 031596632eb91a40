"""Numbers of examples that a property is tried with: few in `make test`, many more in `make fuzz`."""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))


def examples(number: int) -> int:
    """`number`, or as many times that as the environment's EXAMPLES_TIMES says."""
    return number * _TIMES
