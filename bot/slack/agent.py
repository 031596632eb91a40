"""Precache as an agent of Slack's: the status while it works, and what it suggests in its Messages tab.

docs.slack.dev/ai/migrating-to-agent-messaging. An app whose manifest has `agent_view` has the scope
`assistant:write`; one that was installed before has it not, and its direct messages stay as they were.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import SlackError
from bot.slack.caller import Caller, is_direct
from bot.slack.calls import write_call
from bot.slack.client import Slack

logger = logging.getLogger(__name__)

AGENT_SCOPE: Final = "assistant:write"
MOST_PROMPTS: Final = 4
_KNOWN_FOR: Final = 3_600.0  # seconds: who adds the scope waits no longer for what comes with it


@dataclass(frozen=True, kw_only=True)
class SuggestedPrompt:
    """A button in the Messages tab: `title` is on it, `message` is what it says for the person."""

    title: str
    message: str


async def is_agent(slack: Slack) -> bool:
    """True of a token with the agent's scope, asked once an hour. Raises `SlackError`."""
    known = slack.kept_agency.get("")
    if known is None or time.monotonic() - known[0] > _KNOWN_FOR:
        headers = await slack.ask_about_token()
        scopes = headers.get("x-oauth-scopes", "").replace(" ", "").split(",")
        known = slack.kept_agency[""] = (time.monotonic(), AGENT_SCOPE in scopes)
    return known[1]


async def answer_thread(slack: Slack, caller: Caller) -> str | None:
    """The thread in which someone is answered: with an agent, each message to it alone begins one."""
    if caller.thread is not None or caller.said is None or not is_direct(caller.channel):
        return caller.thread
    try:
        return caller.said if await is_agent(slack) else None
    except SlackError as exc:
        logger.info("slack.agent_unknown: %s", exc)
        return None


async def show_status(slack: Slack, channel: str, thread: str, words: str) -> bool:
    """Show in a thread what is being done; Slack takes it away when the app answers there, or in two minutes.

    Empty words take it away at once. False where Slack does not show it: it is an extra.
    """
    try:
        await write_call(
            slack.client.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=words)
        )
    except SlackError as exc:
        logger.info("slack.status_not_shown: %s", exc)
        return False
    return True


async def suggest_prompts(
    slack: Slack, channel: str, prompts: Sequence[SuggestedPrompt], *, title: str
) -> None:
    """Show what one may ask, in the Messages tab as a whole. Raises `SlackError`."""
    offered = [{"title": prompt.title, "message": prompt.message} for prompt in prompts[:MOST_PROMPTS]]
    await write_call(
        slack.client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=offered, title=title)
    )
