"""The month's statistics as a picture; its words are handed in.

Slack shows it on dark pages and on white ones, so it brings its own ground, and every colour is chosen
against that. Blue and orange can be told apart by everybody, and in grey.
"""

from __future__ import annotations

import threading
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.budget import dollars
from bot.stats.canvas import Canvas, drawable_text
from bot.stats.usage import Spender, Statistics, Usage

WIDTH, HEIGHT = 1200, 600
"""Pixels: twice what Slack mostly shows, for screens that have as many."""
GROUND: Final = "#F6F7F9"
INK: Final = "#1B1F24"
MUTED: Final = "#535B65"
BLUE: Final = "#2463C4"
"""The colour of what was spent, or asked of the model."""
ORANGE: Final = "#D96B00"
"""The colour of what the cache has saved, or answered."""

_GRID: Final = "#DDE1E7"
_EDGE: Final = "#C4CAD3"  # so that the ground ends somewhere on a white page, too
_LEFT, _RIGHT, _TOP_LEFT = 48, WIDTH - 48, 832
_TILES: Final = (_LEFT, 284, 584, _TOP_LEFT)
_ROOF, _FOOT = 232, 528  # between them stand the days
_SMALL, _MIDDLE, _BIG = 8.5, 10.0, 17.0  # points; smaller ones cannot be read where Slack shrinks the picture
_MATPLOTLIB: Final = threading.Lock()  # it is not made for two threads at a time
_SHORT: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))
_DOLLAR: Final = 10**9

Amount = Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class ChartWords:
    """The words in the picture."""

    month: str
    until: str
    below: str
    """The lower part of each bar: money spent, or calls."""
    above: str
    """The upper part: money saved, or reused answers."""
    rate: str
    total: str
    """The last number: calls, or answers where calls are in the bars."""
    top: str
    schedules: tuple[str, ...]
    """The names of the schedules that took most, as they come in the statistics."""
    took: tuple[str, ...]


def draw_chart(statistics: Statistics, words: ChartWords) -> bytes:
    """A PNG of `WIDTH` by `HEIGHT`; the same statistics make the same bytes."""
    with _MATPLOTLIB:
        return _draw_statistics(statistics, words)


def _draw_statistics(statistics: Statistics, words: ChartWords) -> bytes:
    canvas = Canvas(width=WIDTH, height=HEIGHT, ground=GROUND, edge=_EDGE)
    _draw_headline(canvas, statistics.usage, words)
    _draw_days(canvas, statistics.usage, right=_TOP_LEFT - 64 if statistics.top else _RIGHT)
    if statistics.top:
        _draw_top(canvas, statistics.top, words)
    return canvas.to_png()


def _draw_headline(canvas: Canvas, usage: Usage, words: ChartWords) -> None:
    """The sums, which say as well what the colours mean."""
    canvas.draw_text(_LEFT, 66, words.month, size=_MIDDLE, colour=INK, bold=True)
    canvas.draw_text(_RIGHT, 66, words.until, size=_SMALL, colour=MUTED, align="right")
    spent, saved, amount = daily_series(usage)
    rate = "–" if usage.hit_rate is None else f"{usage.hit_rate:.0%}"
    total = usage.calls if usage.is_priced else usage.posted
    tiles: tuple[tuple[str, str, str | None], ...] = (
        (amount(sum(spent)), words.below, BLUE),
        (amount(sum(saved)), words.above, ORANGE),
        (rate, words.rate, None),
        (short_count(total), words.total, None),
    )
    size, room = _BIG, _TILES[1] - _TILES[0] - 48
    while size > _SMALL and any(
        canvas.text_width(number, size=size, bold=True) > room for number, *_ in tiles
    ):
        size -= 0.5
    for left, (number, caption, colour) in zip(_TILES, tiles, strict=True):
        canvas.draw_text(left, 140, number, size=size, colour=INK, bold=True)
        if colour is not None:
            canvas.draw_box(left, 160, 18, 18, colour)
        canvas.draw_text(left + 28 if colour else left, 178, caption, size=_SMALL, colour=MUTED)


def _draw_days(canvas: Canvas, usage: Usage, *, right: int) -> None:
    """A bar for each day, what was spent below what was saved, on an axis for the whole month."""
    below, above, _ = daily_series(usage)
    steps = axis_scale(max(map(sum, zip(below, above, strict=True)), default=0), priced=usage.is_priced)
    left = _LEFT + max(canvas.text_width(label, size=_SMALL) for label in steps.values()) + 16
    top = max(steps)
    for step, label in steps.items():
        y = _FOOT - _bar_length(step, top, _FOOT - _ROOF)
        canvas.draw_box(left, y - 1, right - left, 2, _GRID if step else _EDGE)
        canvas.draw_text(left - 16, y + 10, label, size=_SMALL, colour=MUTED, align="right")
    days = monthrange(usage.month.year, usage.month.month)[1]
    slot = (right - left) / days
    for day, (low, up) in enumerate(zip(below, above, strict=True)):
        x, wide = round(left + (day + 0.15) * slot), round(slot * 0.7)
        first, second = (_bar_length(value, top, _FOOT - _ROOF) for value in (low, up))
        gap = 2 if first and second > 2 else 0
        canvas.draw_box(x, _FOOT - first, wide, first, BLUE)
        canvas.draw_box(x, _FOOT - first - second, wide, second - gap, ORANGE)
    for day in range(1, days + 1, 7):
        words = f"{day} {usage.month:%b}"
        canvas.draw_text(left + (day - 0.5) * slot, 568, words, size=_SMALL, colour=MUTED, align="center")


def _draw_top(canvas: Canvas, top: Sequence[Spender], words: ChartWords) -> None:
    """The schedules that took most, each against the first."""
    costs, calls = [spender.cost for spender in top], [spender.calls for spender in top]
    weights = costs if any(costs) else calls
    canvas.draw_text(_TOP_LEFT, 238, words.top, size=_SMALL, colour=INK, bold=True)
    room = _RIGHT - _TOP_LEFT
    rows = zip(top, weights, words.schedules, words.took, strict=True)
    for place, (spender, weight, name, took) in enumerate(rows):
        y = 284 + 62 * place
        canvas.draw_text(_RIGHT, y, took, size=_SMALL, colour=INK, align="right")
        shown = drawable_text(name) or spender.id
        shown = canvas.fit_text(shown, room - canvas.text_width(took, size=_SMALL) - 20, size=_SMALL)
        canvas.draw_text(_TOP_LEFT, y, shown, size=_SMALL, colour=INK)
        canvas.draw_box(_TOP_LEFT, y + 13, room, 8, _GRID)
        canvas.draw_box(_TOP_LEFT, y + 13, _bar_length(weight, max(weights), room), 8, BLUE)


def daily_series(usage: Usage) -> tuple[Sequence[int], Sequence[int], Amount]:
    """Money for each day, or calls and cached answers where nothing has a price."""
    if usage.is_priced:
        return [day.spent for day in usage.days], [day.saved for day in usage.days], short_money
    return [day.calls for day in usage.days], [day.cached for day in usage.days], short_count


def short_money(nano: int) -> str:
    """As the words have it: `$0.0123`, `$1,234.50`. But `$1.2M`; and of less than a cent two digits not 0."""
    if nano >= 100_000 * _DOLLAR:
        return f"${short_count(nano // _DOLLAR)}"
    if 0 < nano < _DOLLAR // 100:
        digits = f"{nano / _DOLLAR:.{11 - len(str(nano))}f}"
        return f"${digits.rstrip('0')}"
    return dollars(nano)


def short_count(number: int) -> str:
    """`99,999`, `1.2M`."""
    if number < 100_000:
        return f"{number:,}"
    for size, letter in _SHORT:
        if number >= size:
            short = number / size
            return f"{short:,.0f}{letter}" if short >= 100 else f"{short:.1f}{letter}".replace(".0", "")
    raise AssertionError("a thousand fits what is larger")


def axis_scale(most: int, *, priced: bool) -> dict[int, str]:
    """Round numbers from 0 to one that no bar is above, and what is written beside each."""
    return {
        step: _exact_money(step) if priced else short_count(step) for step in _round_steps(most, cents=priced)
    }


def _exact_money(nano: int) -> str:
    """For a scale: its numbers are round, and two of them must not look the same."""
    return f"${nano / _DOLLAR:.9f}".rstrip("0") if nano % (_DOLLAR // 100) else short_money(nano)


def _round_steps(most: int, *, cents: bool) -> list[int]:
    """Round numbers from 0 to one that no bar is above, at most six; cents where they are fine enough."""
    unit = _DOLLAR // 100 if cents and most >= _DOLLAR // 20 else 1
    size = 10 * unit
    while True:
        for step in (size // 10, size // 5, size // 4, size // 2):
            if step % unit == 0 and step * 5 >= most:
                return [step * number for number in range(max(2, -(-most // step) + 1))]
        size *= 10


def _bar_length(value: int, most: int, room: int) -> int:
    """In whole pixels; what is not nothing can be seen."""
    return max(2, round(room * (value / most))) if value > 0 else 0
