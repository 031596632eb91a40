"""The variables in a prompt, such as {date}: found when it is saved, filled when it is asked; pure.

What stands between backticks is code, and stays as it is; so does every other name in braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, get_args

Variable = Literal["date", "weekday", "since", "channel"]
VARIABLES: Final[tuple[Variable, ...]] = get_args(Variable)

_NAME: Final = "|".join(VARIABLES)
_IN_BRACES: Final = re.compile(
    rf"`[^`\n]+`|\{{\{{[ ]?(?P<double>{_NAME})[ ]?\}}\}}|\{{[ ]?(?P<single>{_NAME})[ ]?\}}", re.IGNORECASE
)
_OTHERS: Final = re.compile(r"`[^`\n]+`|\{{1,2}[ ]?(?P<name>[a-z][a-z_ -]{0,19})[ ]?\}{1,2}", re.IGNORECASE)
_MEANT_LIKE_OURS: Final = frozenset(
    {
        *(
            "day",
            "today",
            "tomorrow",
            "yesterday",
            "now",
            "time",
            "datetime",
            "timestamp",
            "month",
            "week",
            "year",
        ),
        *("zone", "timezone", "last_run", "last run", "previous", "user", "name", "place", "room"),
    }
)
"""Names that other products fill in, and this one does not."""


def find_variables(prompt: str) -> tuple[Variable, ...]:
    """The variables that stand in a prompt, each once, in our order."""
    if "{" not in prompt:
        return ()
    named = {_name_of(found) for found in _IN_BRACES.finditer(prompt)}
    return tuple(name for name in VARIABLES if name in named)


def fill_variables(prompt: str, values: Mapping[Variable, str]) -> str:
    """The prompt with the value of each variable in its place; one without a value stays as it is."""
    if "{" not in prompt or not values:
        return prompt

    def value_of(found: re.Match[str]) -> str:
        name = _name_of(found)
        return found[0] if name is None else values.get(name, found[0])

    return _IN_BRACES.sub(value_of, prompt)


def find_unknown_variables(prompt: str) -> tuple[str, ...]:
    """Names in braces that look as if they were meant as variables, and are none."""
    if "{" not in prompt:
        return ()
    names = dict.fromkeys(found["name"].strip() for found in _OTHERS.finditer(prompt) if found["name"])
    return tuple(name for name in names if name.lower() not in VARIABLES and _looks_meant(name.lower()))


def _looks_meant(name: str) -> bool:
    return name in _MEANT_LIKE_OURS or bool(get_close_matches(name, VARIABLES, n=1, cutoff=0.7))


def _name_of(found: re.Match[str]) -> Variable | None:
    name = (found["double"] or found["single"] or "").lower()
    return next((variable for variable in VARIABLES if variable == name), None)
