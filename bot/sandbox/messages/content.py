"""The content of a message of the app, checked as Slack checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.block_kit import (
    MOST_CHARACTERS,
    MOST_MARKDOWN,
    block_problems,
    count_characters,
    fill_in_ids,
)
from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.messages.mentions import find_notified
from bot.sandbox.workspace import Message

TEXT_KEPT: Final = 40_000
"""Characters of a post's text; Slack cuts off the rest."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """The text and blocks of a message, checked."""

    text: str
    blocks: tuple[Mapping[str, Any], ...]
    mrkdwn: bool
    notified: tuple[str, ...]

    def as_message(
        self,
        *,
        by: str,
        ts: str,
        channel: str,
        thread_ts: str | None,
        only_for: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        subtype: str | None = None,
    ) -> Message:
        """The bot's message that says this; an ephemeral one notifies nobody."""
        return Message(
            ts=ts,
            channel=channel,
            user=by,
            text=self.text,
            blocks=self.blocks,
            mrkdwn=self.mrkdwn,
            notified=() if only_for else self.notified,
            thread_ts=thread_ts,
            only_for=only_for,
            metadata=metadata,
            subtype=subtype,
        )


def read_content(arguments: Arguments) -> Content:
    """The content of a message, or the error Slack gives for it; nothing at all is `no_text`."""
    text = arguments.optional_text("text") or ""
    markdown = arguments.optional_text("markdown_text")
    given = arguments.parsed_json("blocks", "invalid_blocks_format")
    if markdown is not None:
        if text or given:
            raise ApiError("markdown_text_conflict")
        given = [{"type": "markdown", "text": markdown}]
        if len(markdown) > MOST_MARKDOWN:
            raise ApiError("msg_too_long")
    blocks = read_blocks(given)
    if not text.strip() and not blocks:
        raise ApiError("no_text")
    text = text[:TEXT_KEPT]
    link_names = arguments.flag("link_names") or arguments.optional_text("parse") == "full"
    return Content(
        text=text,
        blocks=blocks,
        mrkdwn=arguments.flag("mrkdwn", True),
        notified=find_notified(text, blocks, link_names=link_names),
    )


def read_blocks(given: Any) -> tuple[Mapping[str, Any], ...]:
    if given is None:
        return ()
    if problems := block_problems(given):
        error = api_error("invalid_blocks", *problems)
        error.extra["errors"] = problems
        raise error
    if count_characters(given) > MOST_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return fill_in_ids(given)
