"""A month's usage as Slack draws it: a chart, and a table of its days; and the same in plain words.

Limits: docs.slack.dev/reference/block-kit/blocks/data-visualization-block and data-table-block. Where sources
differ about charts, the smaller one is kept: 20 categories, labels of 20 characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.budget import dollars
from bot.replies.buttons import Block
from bot.stats import Day, Usage

_MOST_BARS: Final = 20
_WEEK: Final = 7
_ROWS_A_PAGE: Final = 10
_DOLLAR: Final = 10**9

Amount = Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class _Series:
    """One number of each day; money in billionths of a dollar, or a count."""

    name: str
    of_day: Callable[[Day], int]
    is_money: bool = False

    def show(self, number: int) -> str:
        return dollars(number) if self.is_money else f"{number:,}"

    def measure(self, number: int) -> float:
        return number / _DOLLAR if self.is_money else number


_SPENT: Final = _Series(name="spent", of_day=lambda day: day.spent, is_money=True)
_SAVED: Final = _Series(name="saved by reuse", of_day=lambda day: day.saved, is_money=True)
_CALLS: Final = _Series(name="model calls", of_day=lambda day: day.calls)
_CACHED: Final = _Series(name="answers reused", of_day=lambda day: day.cached)


def usage_blocks(usage: Usage) -> list[Block]:
    """The chart and the table; none before anything was counted."""
    days = _used_days(usage)
    return [_chart_block(usage), _days_table(usage, days)] if days else []


def day_lines(usage: Usage) -> list[str]:
    """A line for each day that has anything to tell, with the numbers of the chart and the table."""
    series = _all_series(usage)
    return [
        f"{number} {usage.month:%B}: {', '.join(f'{one.show(one.of_day(day))} {one.name}' for one in series)}"
        for number, day in _used_days(usage)
    ]


def _used_days(usage: Usage) -> list[tuple[int, Day]]:
    return [(number, day) for number, day in enumerate(usage.days, start=1) if day != Day()]


def _chart_series(usage: Usage) -> tuple[_Series, _Series]:
    return (_SPENT, _SAVED) if usage.is_priced else (_CALLS, _CACHED)


def _all_series(usage: Usage) -> tuple[_Series, ...]:
    return (_SPENT, _SAVED, _CALLS, _CACHED) if usage.is_priced else (_CALLS, _CACHED)


def _chart_block(usage: Usage) -> Block:
    """Bars for each day, or for each week where there are too many days."""
    spans = dict(_bar_spans(usage))
    what = "Money" if usage.is_priced else "Answers"
    return {
        "type": "data_visualization",
        "title": f"{what} in {usage.month:%B %Y}",
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": series.name,
                    "data": [
                        {"label": label, "value": series.measure(sum(map(series.of_day, days)))}
                        for label, days in spans.items()
                    ],
                }
                for series in _chart_series(usage)
            ],
            "axis_config": {
                "categories": list(spans),
                "x_label": "Day" if len(usage.days) <= _MOST_BARS else "Days",
                "y_label": "US dollars" if usage.is_priced else "Number",
            },
        },
    }


def _bar_spans(usage: Usage) -> Iterator[tuple[str, Sequence[Day]]]:
    days = usage.days
    size = 1 if len(days) <= _MOST_BARS else _WEEK
    for start in range(0, len(days), size):
        part = days[start : start + size]
        last = start + len(part)
        yield f"{start + 1}" if last == start + 1 else f"{start + 1}–{last}", part


def _days_table(usage: Usage, days: Sequence[tuple[int, Day]]) -> Block:
    series = _all_series(usage)
    header = [_text_cell("Day"), *(_text_cell(one.name.capitalize()) for one in series)]
    rows = [
        [_text_cell(f"{number} {usage.month:%b}"), *(_number_cell(one, one.of_day(day)) for one in series)]
        for number, day in days
    ]
    return {
        "type": "data_table",
        "caption": f"Each day of {usage.month:%B %Y}",
        "rows": [header, *rows],
        "page_size": _ROWS_A_PAGE,
    }


def _text_cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def _number_cell(series: _Series, number: int) -> dict[str, Any]:
    return {"type": "raw_number", "value": series.measure(number), "text": series.show(number)}
