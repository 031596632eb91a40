"""An app that is an agent, one that is not, and what Slack does not take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from starlette.responses import JSONResponse, Response

from bot.slack import Slack, SuggestedPrompt, connect_slack, is_agent, show_status, suggest_prompts
from tests.bot.sandbox.town import ADAS_DM, GENERAL, Town
from tests.stand_ins.slack_channel import TOKEN, slack_channel
from tests.stand_ins.slack_channel import Slack as Channel


@pytest_asyncio.fixture
async def channel() -> AsyncIterator[Channel]:
    async with slack_channel() as stand_in:
        yield stand_in


@pytest.mark.parametrize(
    ("scopes", "agent"),
    [("chat:write,assistant:write", True), ("chat:write, assistant:write", True), ("chat:write", False)],
)
async def test_the_scopes_tell_if_it_is_an_agent_and_are_asked_for_once_an_hour(
    channel: Channel, scopes: str, agent: bool
) -> None:
    async def tell_scopes(_: Channel, __: str, ___: Mapping[str, Any]) -> Response:
        return JSONResponse({"ok": True}, headers={"x-oauth-scopes": scopes})

    channel.next["auth.test"].append(tell_scopes)
    async with connect_slack(token=TOKEN, api_url=channel.url) as slack:
        assert await is_agent(slack) is agent
        assert await is_agent(slack.for_team("T9")) is agent
    assert channel.requests["auth.test"] == 1


async def test_a_status_that_slack_does_not_take_is_no_failure(town: Town, slack: Slack) -> None:
    root = str((await town.type("hi"))["ts"])
    assert await show_status(slack, GENERAL, root, "is thinking …")
    assert not await show_status(slack, GENERAL, "1.5", "is thinking …")


async def test_no_more_is_suggested_than_slack_takes(town: Town, slack: Slack) -> None:
    prompts = [SuggestedPrompt(title=f"Ask {number}", message="?") for number in range(6)]
    await suggest_prompts(slack, ADAS_DM, prompts, title="Try")
    (agent,) = [agent for agent in (await town.state())["agents"] if agent["channel"] == ADAS_DM]
    assert [prompt["title"] for prompt in agent["suggested"]["prompts"]] == [
        "Ask 0", "Ask 1", "Ask 2", "Ask 3",
    ]  # fmt: skip
