"""The few words in which Block Kit's rules are written: shapes, lengths, counts, where one was broken.

A check looks at one spot of a payload and notes what is wrong, in the sentences and JSON pointers Slack
answers with, so that an error seen here reads like the one a real workspace would give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A value in a payload, where it lies, and the list of problems it shares with its neighbours."""

    value: Any
    pointer: str = ""
    problems: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        self.problems.append(f"{reason} [json-pointer:{self.pointer or '/'}]")

    def at(self, key: str | int) -> Spot:
        return Spot(value=self.value[key], pointer=f"{self.pointer}/{key}", problems=self.problems)


Check = Callable[[Spot], None]


def string(longest: int, shortest: int = 1) -> Check:
    def check_string(spot: Spot) -> None:
        if not isinstance(spot.value, str):
            spot.refuse("must be a string")
        elif len(spot.value) > longest:
            spot.refuse(f"must be less than {longest + 1} characters")
        elif len(spot.value) < shortest:
            spot.refuse(f"must be more than {shortest - 1} characters")

    return check_string


def boolean(spot: Spot) -> None:
    if not isinstance(spot.value, bool):
        spot.refuse("must be a boolean")


def any_number(spot: Spot) -> None:
    if isinstance(spot.value, bool) or not isinstance(spot.value, int | float):
        spot.refuse("must be a number")


def integer(low: int, high: int) -> Check:
    def check_integer(spot: Spot) -> None:
        if isinstance(spot.value, bool) or not isinstance(spot.value, int):
            spot.refuse("must be an integer")
        elif not low <= spot.value <= high:
            spot.refuse(f"must be between {low} and {high}")

    return check_integer


def one_of(*allowed: str) -> Check:
    def check_allowed(spot: Spot) -> None:
        if spot.value not in allowed:
            spot.refuse(f"must be one of: {', '.join(allowed)}")

    return check_allowed


def matching(pattern: str, meaning: str) -> Check:
    def check_pattern(spot: Spot) -> None:
        if not isinstance(spot.value, str) or not re.fullmatch(pattern, spot.value):
            spot.refuse(f"must be {meaning}")

    return check_pattern


def listing(check_item: Check, low: int, high: int) -> Check:
    def check_listing(spot: Spot) -> None:
        if not isinstance(spot.value, list):
            spot.refuse("must be an array")
        elif len(spot.value) > high:
            spot.refuse(f"no more than {high} items allowed")
        elif len(spot.value) < low:
            spot.refuse(f"no fewer than {low} items allowed")
        else:
            for index in range(len(spot.value)):
                check_item(spot.at(index))

    return check_listing


def shape(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, *more: Check
) -> Check:
    """An object with these fields and no others; `more` looks at the whole once its fields are right."""
    wanted = required or {}
    known = {**wanted, **(optional or {})}

    def check_shape(spot: Spot) -> None:
        if not isinstance(spot.value, dict):
            spot.refuse("must be an object")
            return
        before = len(spot.problems)
        for name in wanted:
            if name not in spot.value:
                spot.refuse(f"missing required field: {name}")
        for name in spot.value:
            if name in known:
                known[name](spot.at(name))
            else:
                spot.refuse(f"invalid additional property: {name}")
        if len(spot.problems) == before:
            for whole in more:
                whole(spot)

    return check_shape


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check applies; the checks themselves need not mention it."""

    def check_by_type(spot: Spot) -> None:
        if not isinstance(spot.value, dict):
            spot.refuse("must be an object")
        elif not isinstance(kind := spot.value.get("type"), str):
            spot.refuse("missing required field: type")
        elif kind not in kinds:
            Spot(value=kind, pointer=f"{spot.pointer}/type", problems=spot.problems).refuse(
                f"unsupported type: {kind[:40]}"
            )
        else:
            rest = {name: value for name, value in spot.value.items() if name != "type"}
            kinds[kind](Spot(value=rest, pointer=spot.pointer, problems=spot.problems))

    return check_by_type


def exactly_one(*names: str) -> Check:
    def check_only_one(spot: Spot) -> None:
        if sum(name in spot.value for name in names) != 1:
            spot.refuse(f"must have exactly one of: {', '.join(names)}")

    return check_only_one


def at_least_one(*names: str) -> Check:
    def check_any(spot: Spot) -> None:
        if not any(spot.value.get(name) for name in names):
            spot.refuse(f"must have at least one of: {', '.join(names)}")

    return check_any
