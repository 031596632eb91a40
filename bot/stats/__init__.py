"""The use of the bot: the month's counts, `/precache stats`, and the metrics."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.stats.metrics import (
        Copied,
        Delivered,
        Metrics,
        Renewed,
        ReviewStep,
        TurnedAway,
        metrics_endpoint,
        verdict_name,
    )
    from bot.stats.usage import Day, Spender, Statistics, Usage, UsageOfMonth
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "Copied",
    "Day",
    "Delivered",
    "Metrics",
    "Renewed",
    "ReviewStep",
    "Spender",
    "Statistics",
    "TurnedAway",
    "Usage",
    "UsageOfMonth",
    "metrics_endpoint",
    "verdict_name",
]
