"""Every case of the contest can be played, and says what its requests cost."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.contenders import STOCK
from tests.benchmarks.contest.cases import FIRST_UNHELD, FIRST_UNPOSTED, PRECACHE, all_cases
from tests.benchmarks.contest.compare import Comparison
from tests.benchmarks.contest.contestants import Contestant
from tests.benchmarks.contest.play import open_http
from tests.benchmarks.contest.services import Counts, open_services
from tests.benchmarks.contest.table import Results
from tests.benchmarks.contest.turns import Turn, Warmth, play_all, warm_up
from tests.benchmarks.load import Timing
from tests.benchmarks.processes import App
from tests.running import precache

CASES = {case.name: case for case in all_cases()}


async def test_every_case_is_played_within_its_budget(tmp_path: Path) -> None:
    cases = all_cases(size=0)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http())
        services = await stack.enter_async_context(open_services(tmp_path / "valkey", http=http))
        await services.store_answers(
            [first + i for first in (0, FIRST_UNHELD, FIRST_UNPOSTED) for i in (0, 1)]
        )
        apps = [
            await stack.enter_async_context(precache(data=tmp_path / name, valkey=None, **services.environ()))
            for name in ("one", "two")
        ]
        contestant = Contestant(
            name=PRECACHE,
            copies=[App(url=app.url, pid=os.getpid()) for app in apps],
            services=services,
            is_ours=True,
            slot=datetime.now(UTC).replace(second=0, microsecond=0),
        )
        await warm_up(contestant, Warmth(woken=1, rendered=2, held=2, stored=2))
        turns = await play_all(cases, [contestant], number=0)
    results = Results(cases=cases, turns=turns)
    assert [turn.case.name for turn in turns] == list(CASES)
    assert not list(results.broken_budgets())
    assert len(list(results.cost_rows())) == len(cases)


def turn(*, name: str = PRECACHE, number: int = 0, cpu: float = 1, **counts: int) -> Turn:
    return Turn(
        case=CASES["posted"],
        name=name,
        number=number,
        timing=Timing(elapsed=1, durations=[0.1] * 10),
        cpu=cpu,
        counts=replace(Counts(model=0, redis=20, slack=10, qstash=0), **counts),
        unexpected={},
    )


def results(*turns: Turn) -> Results:
    return Results(cases=[CASES["posted"]], turns=turns)


def test_a_ratio_is_of_turns_with_the_same_number_and_the_middle_one_counts() -> None:
    own = [turn(number=number, cpu=cpu) for number, cpu in enumerate((1, 2, 10))]
    others = [turn(name=STOCK, number=number, cpu=cpu) for number, cpu in enumerate((5, 9, 20))]
    (ratio,) = results(*own, *others).ratios()
    assert (ratio.spread.middle, ratio.spread.least, ratio.spread.most) == (4.5, 2, 5)
    assert ratio.row.endswith("| 4.50 × | 2.00–5.00 | ≥ 4.00 ×: met |")


def test_one_request_too_many_in_most_turns_breaks_a_budget_and_in_one_turn_it_is_a_chore() -> None:
    fine, more = turn(redis=21), turn(redis=22)  # within a second, one is of no request
    assert not list(results(fine, more, fine).broken_budgets())
    (told,) = results(more, fine, more).broken_budgets()
    assert "2.100 Redis requests for each, where 2 are allowed" in told


def test_one_model_call_too_many_or_one_odd_answer_in_any_turn_breaks_a_budget() -> None:
    fine = turn()
    assert list(results(fine, fine, turn(model=1)).broken_budgets())
    assert list(results(fine, fine, replace(fine, unexpected={"503": 1})).broken_budgets())


def test_a_tree_that_asks_more_or_answers_oddly_is_worse_however_fast_it_is() -> None:
    fine = turn()
    for other in (turn(redis=30), turn(model=1), replace(fine, unexpected={"503": 1})):
        assert Comparison(case=CASES["posted"], pairs=[(fine, other)] * 6, cases=1).is_worse
    assert not Comparison(case=CASES["posted"], pairs=[(fine, turn(redis=10))] * 6, cases=1).is_worse
    once = [(fine, turn(redis=30)), *[(fine, fine)] * 5]
    assert not Comparison(case=CASES["posted"], pairs=once, cases=1).is_worse


def test_a_comparison_says_what_it_saw() -> None:
    pairs = [(turn(cpu=1 + i / 100), turn(cpu=1.3 + i / 100)) for i in range(6)]
    row = Comparison(case=CASES["posted"], pairs=pairs, cases=1).row
    assert "| 102.500 | 132.500 | 1.293 |" in row
    assert row.endswith("| 0.031 | slower |")
