"""The month's statistics as a picture, and the same in words for who does not see it.

Slack shows it on dark pages and on white ones, so it brings its own ground, and every colour is chosen
against that. Blue and orange can be told apart by everybody, and in grey.
"""

from __future__ import annotations

import threading
from calendar import monthrange
from collections.abc import Callable, Sequence
from typing import Final

from bot.budget import dollars
from bot.slack import clip_text
from bot.stats.canvas import Canvas, drawable_text, one_line
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
_ALT_LIMIT: Final = 2_000
_MATPLOTLIB: Final = threading.Lock()  # it is not made for two threads at a time
_SHORT: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))
_DOLLAR: Final = 10**9

Amount = Callable[[int], str]


def draw_chart(statistics: Statistics) -> bytes:
    """A PNG of `WIDTH` by `HEIGHT`; the same statistics make the same bytes."""
    with _MATPLOTLIB:
        return _draw_statistics(statistics)


def _draw_statistics(statistics: Statistics) -> bytes:
    canvas = Canvas(width=WIDTH, height=HEIGHT, ground=GROUND, edge=_EDGE)
    _draw_headline(canvas, statistics.usage)
    _draw_days(canvas, statistics.usage, right=_TOP_LEFT - 64 if statistics.top else _RIGHT)
    if statistics.top:
        _draw_top(canvas, statistics.top)
    return canvas.to_png()


def alt_text(statistics: Statistics) -> str:
    """Put in words all that there is to see, numbers included."""
    usage = statistics.usage
    spent, saved, amount = _daily_series(usage)
    first, second = _series_names(usage)
    sums = [f"{first} {amount(sum(spent))}", f"{second} {amount(sum(saved))}"]
    if usage.hit_rate is not None:
        sums.append(f"{usage.hit_rate:.0%} of {usage.answers:,} answers from the cache")
    if usage.is_priced:
        sums.append(f"{usage.calls:,} model calls")
    lines = [
        f"Bar chart of what this workspace used on each day of {usage.month:%B %Y}, up to "
        f"{usage.month.day} {usage.month:%B}: {', '.join(sums)}."
    ]
    totals = [sum(pair) for pair in zip(spent, saved, strict=True)]
    if any(totals):
        highest = totals.index(max(totals))
        lines.append(
            f"The highest bar is day {highest + 1}: {first} {amount(spent[highest])}, "
            f"{second} {amount(saved[highest])}."
        )
    if statistics.top:
        rows = [_spender_row(spender) for spender in statistics.top]
        lines.append(f"Top schedules: {'; '.join(rows)}.")
    return clip_text(" ".join(lines), _ALT_LIMIT)


def _draw_headline(canvas: Canvas, usage: Usage) -> None:
    """The sums, which say as well what the colours mean."""
    canvas.draw_text(_LEFT, 66, f"{usage.month:%B %Y}", size=_MIDDLE, colour=INK, bold=True)
    until = f"until {usage.month.day} {usage.month:%B}, by days in UTC"
    canvas.draw_text(_RIGHT, 66, until, size=_SMALL, colour=MUTED, align="right")
    spent, saved, amount = _daily_series(usage)
    first, second = _series_names(usage)
    rate = "–" if usage.hit_rate is None else f"{usage.hit_rate:.0%}"
    last = (
        (_short_count(usage.calls), "model calls")
        if usage.is_priced
        else (_short_count(usage.posted), "answers posted")
    )
    tiles: tuple[tuple[str, str, str | None], ...] = (
        (amount(sum(spent)), first, BLUE),
        (amount(sum(saved)), second, ORANGE),
        (rate, "cache hit rate", None),
        (*last, None),
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
    below, above, _ = _daily_series(usage)
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


def _draw_top(canvas: Canvas, top: Sequence[Spender]) -> None:
    """The schedules that took most, each against the first."""
    costs, calls = [spender.cost for spender in top], [spender.calls for spender in top]
    weights, what = (costs, "cost") if any(costs) else (calls, "calls")
    canvas.draw_text(_TOP_LEFT, 238, f"Top schedules by {what}", size=_SMALL, colour=INK, bold=True)
    room = _RIGHT - _TOP_LEFT
    for place, (spender, weight) in enumerate(zip(top, weights, strict=True)):
        y = 284 + 62 * place
        took = _short_money(weight) if any(costs) else _calls_in_words(weight)
        canvas.draw_text(_RIGHT, y, took, size=_SMALL, colour=INK, align="right")
        name = drawable_text(_spender_name(spender)) or spender.id
        name = canvas.fit_text(name, room - canvas.text_width(took, size=_SMALL) - 20, size=_SMALL)
        canvas.draw_text(_TOP_LEFT, y, name, size=_SMALL, colour=INK)
        canvas.draw_box(_TOP_LEFT, y + 13, room, 8, _GRID)
        canvas.draw_box(_TOP_LEFT, y + 13, _bar_length(weight, max(weights), room), 8, BLUE)


def _daily_series(usage: Usage) -> tuple[Sequence[int], Sequence[int], Amount]:
    """Money for each day, or calls and cached answers where nothing has a price."""
    if usage.is_priced:
        return [day.spent for day in usage.days], [day.saved for day in usage.days], _short_money
    return [day.calls for day in usage.days], [day.cached for day in usage.days], _short_count


def _series_names(usage: Usage) -> tuple[str, str]:
    return ("spent", "saved by the cache") if usage.is_priced else ("model calls", "from the cache")


def _short_money(nano: int) -> str:
    """As the words have it: `$0.0123`, `$1,234.50`. But `$1.2M`; and of less than a cent two digits not 0."""
    if nano >= 100_000 * _DOLLAR:
        return f"${_short_count(nano // _DOLLAR)}"
    if 0 < nano < _DOLLAR // 100:
        digits = f"{nano / _DOLLAR:.{11 - len(str(nano))}f}"
        return f"${digits.rstrip('0')}"
    return dollars(nano)


def _short_count(number: int) -> str:
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
        step: _exact_money(step) if priced else _short_count(step)
        for step in _round_steps(most, cents=priced)
    }


def _exact_money(nano: int) -> str:
    """For a scale: its numbers are round, and two of them must not look the same."""
    return f"${nano / _DOLLAR:.9f}".rstrip("0") if nano % (_DOLLAR // 100) else _short_money(nano)


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


def _calls_in_words(number: int) -> str:
    return f"{_short_count(number)} {'call' if number == 1 else 'calls'}"


def _spender_row(spender: Spender) -> str:
    took = (
        f"{_short_money(spender.cost)}, {_calls_in_words(spender.calls)}"
        if spender.cost
        else _calls_in_words(spender.calls)
    )
    return f"{one_line(_spender_name(spender)) or spender.id} ({took})"


def _spender_name(spender: Spender) -> str:
    name = spender.id if spender.schedule is None else spender.schedule.label
    return name if spender.over is None else f"{name}, {spender.over}"
