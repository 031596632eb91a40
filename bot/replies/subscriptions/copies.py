"""Copies for subscribers: a post as it was posted, with its age; or a digest of a week's posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.markdown import Part, to_parts
from bot.replies import quiet_line
from bot.replies.buttons import Block, Press, button_row, make_button
from bot.replies.subscriptions.subscription_words import subscribed_words
from bot.replies.text import (
    TEXT_LIMIT,
    Reply,
    age_words,
    context_block,
    mrkdwn_element,
    place_name,
    plain_element,
    quote_text,
    schedule_label,
    section_block,
    shorten_line,
)
from bot.schedules import Schedule
from bot.slack import ReaderClock, clip_text
from bot.subscriptions import KeptPost, PostLine, Subscription

MOST_IN_DIGEST: Final = 30
"""Posts in one digest; a message takes fifty blocks."""
_HEADING: Final = 120  # characters
_FIRST_LINES: Final = 240
_MORE_LINES: Final = 2
_LONGEST_DIGEST: Final = 9_000  # characters: Slack refuses somewhere above 13,000
_JUST_NOW: Final = timedelta(minutes=2)


def copy_parts(
    post: KeptPost,
    schedule: Schedule,
    *,
    channel: str,
    link: str,
    now: datetime,
    body: Sequence[Part] = (),
) -> tuple[Part, ...]:
    """The messages of a copy; `body` is the answer alone, rendered, and `link` leads to the post there."""
    parts = list(body or to_parts(post.answer.text))
    head = context_block(plain_element(f"“{shorten_line(post.query)}”"))
    parts[0] = replace(parts[0], blocks=(head, *parts[0].blocks))
    if len(parts) > 1:
        more = context_block(plain_element("The answer continues in the thread."))
        parts[0] = replace(parts[0], blocks=(*parts[0].blocks, more))
    age = now - post.at
    when = "just now" if age < _JUST_NOW else f"{age_words(age)} ago"
    facts = f"<{link}|Posted> in {place_name(channel)} {when}"
    line = quiet_line(post.answer, schedule=schedule, shared=0, cached=False, costs=False)
    notes = [context_block(mrkdwn_element(clip_text(f"{facts} · {line}", TEXT_LIMIT)))]
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes, _copy_buttons(schedule.id)))
    return tuple(parts)


def digest_part(
    lines: Sequence[tuple[PostLine, str]], schedule: Schedule, *, more: int = 0, known_as: str = ""
) -> Part:
    """One message that lists posts, the oldest first, each with its link, its heading and first lines.

    `lines` are newest first; `more` are older than these. A reader who may not know the schedule's words now
    is told the title that it was `known_as`.
    """
    shown = [_digest_line(line, link) for line, link in lines]
    while len(shown) > 1 and sum(map(len, shown)) > _LONGEST_DIGEST:
        shown.pop()
    count = len(lines) + more
    more = count - len(shown)
    label = quote_text(known_as) if known_as else schedule_label(schedule)
    title = f"{label}: {count} post{'' if count == 1 else 's'} since the last digest"
    told = shown[::-1]
    blocks: list[Block] = [section_block(title), *(section_block(words) for words in told)]
    if more:
        older = "one older post" if more == 1 else f"{more} older posts"
        blocks.insert(1, context_block(plain_element(f"… and {older}.")))
    blocks.append(_copy_buttons(schedule.id))
    return Part(text="\n".join((title, *told)), blocks=tuple(blocks))


def welcome_reply(
    subscription: Subscription,
    schedule: Schedule,
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    zone_known: bool = True,
) -> Reply:
    """The first word in a person's direct messages: what comes there, with a button that stops it."""
    text = subscribed_words(subscription, schedule, now=now, reader=reader, zone_known=zone_known)
    return Reply(text=text, blocks=(section_block(text), _copy_buttons(schedule.id)))


def _copy_buttons(schedule: str) -> Block:
    return button_row(
        make_button("Stop", Press(verb="unsubscribe", schedule=schedule), spot="post"),
        make_button("Change time", Press(verb="subscribe", schedule=schedule), spot="post"),
    )


def _digest_line(line: PostLine, link: str) -> str:
    """Its moment, which leads to it, its heading, and its first lines."""
    fallback = line.at.astimezone(UTC).isoformat(" ", "minutes").removesuffix("+00:00")
    moment = f"<!date^{int(line.at.timestamp())}^{{date_short_pretty}} at {{time}}^{link}|{fallback} UTC>"
    lines = (words.strip() for words in to_parts(line.text)[0].text.splitlines())
    first, *rest = [words for words in lines if words and not words.startswith("|")] or [""]
    shown = [clip_text(first, _HEADING if rest else _FIRST_LINES)]
    if rest:
        shown.append(clip_text(" ".join(rest[:_MORE_LINES]), _FIRST_LINES))
    return "\n".join((f"*{moment}*", *(f"> {words}" for words in shown if words)))
