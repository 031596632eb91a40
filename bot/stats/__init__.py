"""The use of the bot: the month's counts, `/precache stats` in words, and its picture."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.stats.canvas import one_line
    from bot.stats.chart import ChartWords, daily_series, draw_chart, short_count, short_money
    from bot.stats.metrics import Delivered, Metrics, TurnedAway, metrics_endpoint, verdict_name
    from bot.stats.usage import Picture, Spender, Statistics, Usage, UsageOfMonth
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ChartWords",
    "Delivered",
    "Metrics",
    "Picture",
    "Spender",
    "Statistics",
    "TurnedAway",
    "Usage",
    "UsageOfMonth",
    "daily_series",
    "draw_chart",
    "metrics_endpoint",
    "one_line",
    "short_count",
    "short_money",
    "verdict_name",
]
