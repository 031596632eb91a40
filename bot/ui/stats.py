"""/precache stats: the month's sums in words, with a chart and a table of its days."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.replies.text import Reply
from bot.replies.views import statistics_window, usage_reply
from bot.schedules import Schedule
from bot.slack import Caller, write_call
from bot.stats import Statistics, UsageOfMonth
from bot.workspaces import Workspaces


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Tells what was used."""

    usage: UsageOfMonth
    concerning: Callable[[Caller, Sequence[Schedule]], Awaitable[Sequence[Schedule]]]
    workspaces: Workspaces

    async def statistics_reply(self, caller: Caller) -> Reply:
        """The sums and the days."""
        return usage_reply(await self._statistics_for(caller))

    async def open_statistics(self, caller: Caller, *, trigger_id: str) -> str | None:
        """The same in a window; what to say if there is nothing to show. Raises `SlackError`."""
        statistics = await self._statistics_for(caller)
        if statistics is None or statistics.usage.is_empty:
            return usage_reply(statistics).text
        slack = await self.workspaces.slack_of(caller.team)
        await write_call(slack.client.views_open(trigger_id=trigger_id, view=statistics_window(statistics)))
        return None

    async def _statistics_for(self, caller: Caller) -> Statistics | None:
        return await self.usage.statistics_for(caller.team, concerning=partial(self.concerning, caller))
