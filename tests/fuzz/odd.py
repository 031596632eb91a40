"""Something odd in one place of a structure that is otherwise as it should be."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.fuzz.choices import Choices

ODD: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 10**30, 1.5, "", " ", "\0", "\ud800", "x" * 5_000, "payload", "🙂\n"),
    *([], [None], [[]], [{}], {}, {"id": 5}, {"id": []}, {"": ""}, {"value": "menu", "type": 1}),
)
GONE: Final = object()
"""In place of a value: nothing at all."""


def find_places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a structure, by the way to it."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inner:
        yield (*way, name)
        yield from find_places(value, (*way, name))


def with_odd(structure: Any, way: tuple[Any, ...], odd: Any) -> Any:
    """The structure with something odd in that place, or with nothing there."""
    changed = copy.deepcopy(structure)
    holder: Any = changed
    for name in way[:-1]:
        holder = holder[name]
    if odd is GONE:
        del holder[way[-1]]
    else:
        holder[way[-1]] = copy.deepcopy(odd)
    return changed


def oddly_changed(choices: Choices, genuine: Sequence[Any], *, most: int = 4) -> Any:
    """One of the structures, changed in up to so many places."""
    changed = copy.deepcopy(choices.pick(genuine))
    for _ in range(choices.take_number(most + 1)):
        ways = list(find_places(changed))
        if not ways:
            break
        odd = (
            choices.pick((*ODD, GONE))
            if choices.take_number(2)
            else choices.pick((choices.take_text, choices.take_json))()
        )
        changed = with_odd(changed, choices.pick(ways), odd)
    return changed
