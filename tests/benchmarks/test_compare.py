"""A regression is told from noise: on made-up ratios."""

from __future__ import annotations

import random
from itertools import product

import pytest

from tests.benchmarks.contest.verdict import bounds_of_middle, chance_of_signs, judge_ratios


@pytest.mark.parametrize(
    ("ratios", "word"),
    [
        ([1.10, 1.12, 1.08, 1.11, 1.09, 1.13, 1.07, 1.10, 1.12, 1.09], "slower"),
        ([0.90, 0.92, 0.88, 0.91, 0.89, 0.93, 0.87, 0.90, 0.92, 0.89], "faster"),
        ([1.03, 0.97, 1.01, 0.99, 1.02, 0.98, 1.04, 0.96, 1.00, 1.00], "no difference seen"),
        ([1.0] * 10, "no difference seen"),
        ([1.10, 1.12, 1.08, 0.98, 1.09, 0.97, 1.07, 0.99, 1.12, 0.96], "no difference seen"),
        ([3.0, 0.99, 1.01, 0.98, 1.02, 1.00, 0.99, 1.01, 0.98, 1.02], "no difference seen"),
        ([0.5, 1.12, 1.08, 1.11, 1.09, 1.13, 1.07, 1.10, 1.12, 1.09, 1.11, 1.10], "slower"),
        ([1.5, 1.5, 1.5], "too few pairs to tell"),
    ],
    ids=["slower", "faster", "both ways", "the same", "mostly slower", "one jolt", "one lull", "three pairs"],
)
def test_a_verdict_needs_pairs_that_agree(ratios: list[float], word: str) -> None:
    assert judge_ratios(ratios).word == word


def test_of_many_cases_each_needs_more_agreement() -> None:
    ratios = [1.10, 1.12, 1.08, 1.11, 1.09, 1.13, 1.07, 0.95, 1.12, 1.09]
    assert judge_ratios(ratios).word == "slower"
    assert judge_ratios(ratios, cases=20).word == "no difference seen"


@pytest.mark.parametrize("differences", [[1.0, 2, 3, 4], [-1.0, 2, 3, 4], [1.0, -1, 2, 2, -3], [0.0, 5, 6]])
def test_the_chance_is_the_part_of_all_ways_to_set_the_signs(differences: list[float]) -> None:
    sizes = [abs(difference) for difference in differences if difference]
    ranks = [sum(other < size for other in sizes) + (sizes.count(size) + 1) / 2 for size in sizes]

    def off(signs: tuple[int, ...]) -> float:
        return abs(sum(sign * rank for sign, rank in zip(signs, ranks, strict=True)))

    ours = off(tuple(1 if difference > 0 else -1 for difference in differences if difference))
    ways = [off(signs) >= ours for signs in product((1, -1), repeat=len(ranks))]
    assert chance_of_signs(differences) == sum(ways) / len(ways)


def test_noise_alone_is_seldom_called_a_difference() -> None:
    chance = random.Random(1)  # noqa: S311 - the same noise each time
    verdicts = [judge_ratios([chance.lognormvariate(0, 0.1) for _ in range(10)]) for _ in range(400)]
    called = sum(verdict.word != "no difference seen" for verdict in verdicts)
    assert called <= 0.07 * len(verdicts)


def test_the_bounds_leave_out_as_many_at_each_end_as_they_may() -> None:
    assert bounds_of_middle([5, 1, 4, 2, 3]) == (1, 5)
    assert bounds_of_middle(range(10)) == (1, 8)
    assert bounds_of_middle(range(20)) == (5, 14)
