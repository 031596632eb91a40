"""Many schedules at once, where something fails in the middle."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.errors import BotError, ChangeUnknown, RedisUnavailable, SlackUnavailable
from bot.schedules import Interruptions, Permissions, Policy, Schedule, ScheduleDirectory, Schedules
from bot.slack import Caller
from bot.ui.schedules.bulk import BulkChanges
from tests.bot.scheduled import DAILY


class _Failing:
    """Deletes one, and no more."""

    def __init__(self, error: BotError) -> None:
        self._left = 1
        self._error = error

    async def delete_schedule(self, _: Caller, __: str) -> Schedule:
        if not self._left:
            raise self._error
        self._left -= 1
        return DAILY


@pytest.mark.parametrize(
    ("error", "who"),
    [(SlackUnavailable(), "Slack"), (RedisUnavailable(), "My database"), (ChangeUnknown(), "My database")],
)
async def test_what_was_done_before_something_failed_is_said(error: BotError, who: str) -> None:
    bulk = BulkChanges(
        schedules=cast("Schedules", _Failing(error)),
        directory=cast("ScheduleDirectory", None),
        permissions=Permissions(slack_of=cast("Any", None), policy=Policy()),
        interruptions=cast("Interruptions", None),
    )
    caller = Caller(team="T1", user="U1", channel="C1")
    said = (await bulk.change_all(caller, "delete", ("kolu-tane", "bafo-riku", "ruru-pidi"))).text
    assert said.startswith("Deleted 1 of 3.")
    assert DAILY.id in said
    assert f"{who} isn't responding right now, so I stopped there." in said
