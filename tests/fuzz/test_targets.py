"""Each target runs over its seeds and a few changes of them; `make fuzz` goes on from there."""

from __future__ import annotations

import pytest

from bot.settings.known_names import NAMES
from tests.examples import examples
from tests.fuzz.mutation import make_inputs
from tests.fuzz.target import TARGETS, Target, target
from tests.fuzz.targets import KINDS, load_targets
from tests.fuzz.targets.operator import EXAMPLES

ALL = load_targets()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")


@pytest.mark.hypothesis
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of feedparser, about what it does itself
@pytest.mark.parametrize("name", ALL)
def test_a_target_holds_for_its_seeds_and_what_is_near_them(name: str) -> None:
    tried = ALL[name]
    for data in (*tried.seeds, *make_inputs(tried.seeds, examples(5), longest=tried.longest, seed=1)):
        tried.attempt(data)


def test_every_kind_has_targets_and_every_target_has_seeds() -> None:
    assert {name.partition(".")[0] for name in ALL} == KINDS.keys()
    assert all(known.seeds for known in ALL.values())


def test_every_setting_is_tried() -> None:
    assert EXAMPLES.keys() == NAMES, "give each a usual value in targets/operator.py"


@pytest.fixture
def broken() -> Target:
    @target("abc", longest=8)
    def breaks(data: bytes) -> None:
        assert b"b" in data

    return TARGETS.pop("test_targets.breaks")


def test_what_breaks_a_target_is_found(broken: Target) -> None:
    inputs = list(make_inputs(broken.seeds, 200, longest=broken.longest, seed=1))
    assert inputs == list(make_inputs(broken.seeds, 200, longest=broken.longest, seed=1))
    assert all(len(data) <= 8 for data in inputs)
    found = 0
    for data in inputs:
        try:
            broken.attempt(data)
        except AssertionError:
            found += 1
    assert 0 < found < 200
