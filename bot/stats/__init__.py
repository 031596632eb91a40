"""The use of the bot: the month's counts, `/precache stats` in words, and its picture."""

from bot.stats.chart import alt_text, draw_chart
from bot.stats.metrics import Metrics, metrics_endpoint, verdict_name
from bot.stats.usage import Picture, Spender, Statistics, Usage, UsageOfMonth

__all__ = [
    "Metrics",
    "Picture",
    "Spender",
    "Statistics",
    "Usage",
    "UsageOfMonth",
    "alt_text",
    "draw_chart",
    "metrics_endpoint",
    "verdict_name",
]
