"""A regression, told from noise: pure statistics over pairs of measurements.

Each ratio is of one pair, the new one's time by the old one's. If nothing has changed, each is as likely
above one as below it by as much, so that the ranks of their logarithms have random signs: Wilcoxon's
signed-rank test, worked out exactly. https://doi.org/10.2307/3001968
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

DOUBT: Final = 0.05
"""The chance of seeing any difference where there is none, in all cases of a run together."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one case."""

    word: Literal["slower", "faster", "no difference seen", "too few pairs to tell"]
    ratio: float
    """The middle one of all pairs."""
    least: float
    most: float
    """The bounds between which the middle lies, with a chance of 95 % if there are pairs enough."""
    chance: float
    """The chance of ratios as one-sided as these, if nothing has changed."""


def judge_ratios(ratios: Sequence[float], *, cases: int = 1) -> Verdict:
    """Judge the pairs of one of so many cases."""
    chance = chance_of_signs([math.log(ratio) for ratio in ratios])
    least, most = bounds_of_middle(ratios)
    doubt, middle = DOUBT / cases, median(ratios)
    word: Literal["slower", "faster", "no difference seen", "too few pairs to tell"]
    if 2 / 2 ** len(ratios) > doubt:
        word = "too few pairs to tell"
    elif chance > doubt:
        word = "no difference seen"
    else:
        word = "slower" if middle > 1 else "faster"
    return Verdict(word=word, ratio=middle, least=least, most=most, chance=chance)


def chance_of_signs(differences: Sequence[float]) -> float:
    """The chance of a sum of signed ranks as far off as theirs, among all ways to set the signs."""
    ranks = _double_ranks([abs(difference) for difference in differences if difference])
    signs = [difference > 0 for difference in differences if difference]
    above = sum(rank for rank, is_above in zip(ranks, signs, strict=True) if is_above)
    sums = Counter({0: 1})
    for rank in ranks:
        sums += Counter({total + rank: ways for total, ways in sums.items()})
    off = abs(2 * above - sum(ranks))
    ways = sum(number for total, number in sums.items() if abs(2 * total - sum(ranks)) >= off)
    return float(ways / 2 ** len(ranks))


def bounds_of_middle(numbers: Sequence[float]) -> tuple[float, float]:
    """Numbers of the sample that have the true median between them with a chance of 95 %, if any have."""
    ranked, outside, cut = sorted(numbers), 0.0, 0
    while cut < (len(ranked) - 1) // 2:
        outside += 2 * math.comb(len(ranked), cut) / 2 ** len(ranked)
        if outside > 0.05:
            break
        cut += 1
    cut = max(cut - 1, 0)
    return ranked[cut], ranked[-1 - cut]


def _double_ranks(sizes: Sequence[float]) -> list[int]:
    """Twice the rank of each; those that are equal share theirs."""
    ranked = sorted(sizes)
    return [ranked.index(size) + 1 + len(ranked) - ranked[::-1].index(size) for size in sizes]
