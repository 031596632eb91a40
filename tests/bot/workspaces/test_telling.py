"""A word that is owed is told until that is certain, on a Slack that misbehaves, and without waiting."""

from __future__ import annotations

import logging

import pytest

from bot.background import Background
from bot.slack import connect_slack
from bot.workspaces import Telling
from bot.workspaces.telling import WAITS
from tests.stand_ins.slack_channel import TOKEN, Behaviour, Slack, fails, limits, loses, refuses


@pytest.mark.parametrize(
    ("met", "tries", "heard", "waited"),
    [
        ([], 1, 1, []),
        ([fails], 2, 1, [1]),
        ([loses], 2, 2, [1]),
        ([fails, fails, loses], 4, 2, [1, 5, 20]),
        ([limits(40)], 2, 1, [40]),
        ([fails, refuses("channel_not_found")], 2, 0, [1]),
        ([fails] * 9, 1 + len(WAITS), 0, [wait.total_seconds() for wait in WAITS]),
    ],
)
async def test_a_word_is_told_until_slack_has_taken_or_refused_it(
    workspace: Slack,
    caplog: pytest.LogCaptureFixture,
    met: list[Behaviour],
    tries: int,
    heard: int,
    waited: list[float],
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    workspace.next["chat.postMessage"].extend(met)
    caplog.set_level(logging.INFO)
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack, Background() as background:

        async def tell() -> None:
            await slack.tell_person("U1", "It failed.")

        await Telling(background=background, sleep=sleep).tell_surely(tell, name="command")
    assert workspace.requests["chat.postMessage"] == tries
    assert (len(workspace.posts), waits) == (heard, waited)
    assert ("command.not_told" in caplog.text) == (heard == 0)
