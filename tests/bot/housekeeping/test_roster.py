"""An order of schedules that lasts, taken from in turn."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.housekeeping.roster import Roster


def roster(number: int) -> Roster:
    made = Roster()
    for n in range(number):
        made.add_schedule(("T1", f"s-{n}"))
    return made


@pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 45, 60, 3_000])
def test_every_schedule_has_its_turn_before_any_has_two(number: int) -> None:
    turns = -(-number // 20) or 1
    taken = [ref for turn in range(turns) for ref in roster(number).take_share(turn=turn, most=20)]
    assert len(set(taken)) == number
    assert len(taken) == min(number, 20) * turns
    assert max(Counter(taken).values(), default=0) <= 2


def test_the_order_does_not_depend_on_the_order_of_adding() -> None:
    backwards = Roster()
    for n in reversed(range(100)):
        backwards.add_schedule(("T1", f"s-{n}"))
    for turn in (0, 3, 7):
        assert backwards.take_share(turn=turn, most=20) == roster(100).take_share(turn=turn, most=20)
