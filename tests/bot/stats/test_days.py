"""A month's days as Slack's chart and table, and the same numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from bot.replies.views.chart import day_lines, usage_blocks
from bot.sandbox.block_kit import block_problems
from bot.stats.usage import Day, Usage

DOLLAR = 10**9


def usage(days: Sequence[Day]) -> Usage:
    return Usage(
        month=date(2027, 1, len(days)),
        calls=sum(day.calls for day in days),
        cached=sum(day.cached for day in days),
        spent=sum(day.spent for day in days),
        saved=sum(day.saved for day in days),
        put_off=0,
        posted=1,
        failed=0,
        tokens_in=0,
        tokens_out=0,
        days=tuple(days),
    )


def bars(blocks: Sequence[Any]) -> dict[str, list[tuple[str, float]]]:
    return {
        series["name"]: [(point["label"], point["value"]) for point in series["data"]]
        for series in blocks[0]["chart"]["series"]
    }


def test_up_to_twenty_days_each_has_its_bar_and_more_are_told_by_the_week() -> None:
    day = Day(calls=2, cached=1, spent=DOLLAR // 4, saved=DOLLAR // 2)
    assert bars(usage_blocks(usage([day] * 20)))["spent"] == [(str(number), 0.25) for number in range(1, 21)]
    assert bars(usage_blocks(usage([day] * 29))) == {
        "spent": [("1–7", 1.75), ("8–14", 1.75), ("15–21", 1.75), ("22–28", 1.75), ("29", 0.25)],
        "saved by reuse": [("1–7", 3.5), ("8–14", 3.5), ("15–21", 3.5), ("22–28", 3.5), ("29", 0.5)],
    }


def test_without_a_price_calls_and_reused_answers_are_told() -> None:
    blocks = usage_blocks(usage([Day(calls=1_200, cached=3), Day()]))
    assert bars(blocks) == {"model calls": [("1", 1_200), ("2", 0)], "answers reused": [("1", 3), ("2", 0)]}
    assert blocks[0]["chart"]["axis_config"]["y_label"] == "Number"
    assert day_lines(usage([Day(calls=1_200, cached=3), Day()])) == [
        "1 January: 1,200 model calls, 3 answers reused"
    ]


def test_the_table_has_a_row_for_each_day_that_was_used_and_numbers_to_sort_by() -> None:
    table = usage_blocks(usage([Day(), Day(calls=4, spent=DOLLAR * 3 // 2), Day(cached=1, saved=DOLLAR)]))[1]
    assert [[cell.get("value") for cell in row[1:]] for row in table["rows"][1:]] == [
        [1.5, 0.0, 4, 0],
        [0.0, 1.0, 0, 1],
    ]
    assert [row[0]["text"] for row in table["rows"]] == ["Day", "2 Jan", "3 Jan"]
    assert table["caption"] == "Each day of January 2027"


def test_before_anything_was_used_there_is_no_chart() -> None:
    assert usage_blocks(usage([Day(), Day()])) == []
    assert day_lines(usage([Day()])) == []


@pytest.mark.parametrize("days", range(1, 32))
def test_slack_takes_them_on_every_day_of_a_month(days: int) -> None:
    most = Day(calls=10**9, cached=10**9, spent=10**18, saved=10**18)
    assert block_problems(usage_blocks(usage([most] * days))) == []
