"""Words in the picture of a month's usage, and the same month in words for people who do not see it."""

from __future__ import annotations

from typing import Final

from bot.replies.naming import schedule_title
from bot.slack import clip_text
from bot.stats import ChartWords, Spender, Statistics, Usage, daily_series, one_line, short_count, short_money

_ALT_LIMIT: Final = 2_000


def chart_title(usage: Usage) -> str:
    """The title of the picture's file."""
    return f"This workspace in {usage.month:%B %Y}"


def chart_words(statistics: Statistics) -> ChartWords:
    """The captions of the picture."""
    usage = statistics.usage
    below, above = _series_names(usage)
    return ChartWords(
        month=f"{usage.month:%B %Y}",
        until=f"until {usage.month.day} {usage.month:%B}",
        below=below,
        above=above,
        rate="of answers reused",
        total="model calls" if usage.is_priced else "answers posted",
        top=f"Top schedules by {'cost' if _by_cost(statistics) else 'calls'}",
        schedules=tuple(map(_spender_name, statistics.top)),
        took=tuple(_took_words(spender, by_cost=_by_cost(statistics)) for spender in statistics.top),
    )


def chart_alt(statistics: Statistics) -> str:
    """Describe the picture, numbers included."""
    usage = statistics.usage
    spent, saved, amount = daily_series(usage)
    below, above = _series_names(usage)
    sums = [f"{below}: {amount(sum(spent))}", f"{above}: {amount(sum(saved))}"]
    if usage.hit_rate is not None:
        sums.append(f"{usage.hit_rate:.0%} of {usage.answers:,} answers reused")
    if usage.is_priced:
        sums.append(f"{usage.calls:,} model calls")
    lines = [
        f"Bar chart of this workspace's usage on each day of {usage.month:%B %Y}, up to "
        f"{usage.month.day} {usage.month:%B}: {', '.join(sums)}."
    ]
    totals = [sum(pair) for pair in zip(spent, saved, strict=True)]
    if any(totals):
        highest = totals.index(max(totals))
        lines.append(
            f"The highest bar is day {highest + 1}: {below}: {amount(spent[highest])}, "
            f"{above}: {amount(saved[highest])}."
        )
    if statistics.top:
        lines.append(f"Top schedules: {'; '.join(map(_spender_row, statistics.top))}.")
    return clip_text(" ".join(lines), _ALT_LIMIT)


def _series_names(usage: Usage) -> tuple[str, str]:
    return ("spent", "saved by reuse") if usage.is_priced else ("model calls", "answers reused")


def _by_cost(statistics: Statistics) -> bool:
    return any(spender.cost for spender in statistics.top)


def _took_words(spender: Spender, *, by_cost: bool) -> str:
    return short_money(spender.cost) if by_cost else _calls_words(spender.calls)


def _spender_row(spender: Spender) -> str:
    calls = _calls_words(spender.calls)
    took = f"{short_money(spender.cost)}, {calls}" if spender.cost else calls
    return f"{one_line(_spender_name(spender)) or spender.id} ({took})"


def _calls_words(number: int) -> str:
    return f"{short_count(number)} {'call' if number == 1 else 'calls'}"


def _spender_name(spender: Spender) -> str:
    name = spender.id if spender.schedule is None else schedule_title(spender.schedule)
    return name if spender.over is None else f"{name}, {spender.over}"
