"""Sentences about subscriptions: begun, changed, ended, and why one cannot be.

People may not read any more what they have subscribed to. So where nobody has asked Slack just now, a
schedule is told by the title that it had when they could.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, assert_never

from bot.replies.buttons import Block, Press, make_button
from bot.replies.text import (
    COMMAND,
    Reply,
    code_text,
    context_block,
    joined_lines,
    mrkdwn_element,
    paused_words,
    place_name,
    quote_text,
    schedule_label,
    section_block,
    timing_words,
)
from bot.schedules import Schedule
from bot.slack import ReaderClock
from bot.subscriptions import (
    MOST_OF_PERSON,
    MOST_OF_SCHEDULE,
    Subscription,
    SubscriptionProblem,
)

_MOST_LISTED: Final = 45
_TIMES: Final = "`at 8`, `every weekday at 7:30` or `every Friday at 4pm`"


def subscribed_words(
    subscription: Subscription,
    schedule: Schedule,
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    zone_known: bool = True,
) -> str:
    """Say what a person is sent, and when."""
    where = place_name(subscription.channel)
    what = f"I'll send you {schedule_label(schedule)} from {where} in our direct messages"
    when = _when_words(subscription, now=now, reader=reader)
    match subscription.rhythm:
        case "at_once":
            told = f"{what}, each time it's posted."
        case "daily":
            told = f"{what} {when}, if there is a new post."
        case "weekly":
            told = f"{what} {when}, as one digest of the posts since the last one."
        case _:
            assert_never(subscription.rhythm)
    if not zone_known:
        told += " Slack didn't tell me your time zone, so I used UTC."
    return told


def unsubscribed_words(subscription: Subscription, schedule: Schedule | None) -> str:
    """Say that a subscription has ended by its person's wish."""
    again = "" if schedule is None else f" To get it again, type `{COMMAND} subscribe {schedule.id}`."
    return f"I no longer send you {quote_text(subscription.title)}.{again}"


def cannot_subscribe(problem: SubscriptionProblem, schedule: Schedule | None) -> str:
    """Say why someone cannot subscribe to a schedule, and what to do instead."""
    label = "that" if schedule is None else schedule_label(schedule)
    match problem:
        case "one_off":
            return f"{label} runs only once, so nothing more will come that I could send you."
        case "direct":
            return f"{label} is posted to direct messages only, so I can't send it to anyone else."
        case "posted_to_you":
            return (
                f"{label} is posted to you in our direct messages already. "
                "Choose another time to get it once more."
            )
        case "not_reader":
            return f"You can't read where {label} is posted, so I can't send it to you. Please join first."
        case "untold":
            return f"Slack didn't tell me whether you can read {label}. Please try again in a minute."
        case "full":
            return f"I already send {label} to {MOST_OF_SCHEDULE} people, and can't send it to more."
        case "many":
            return (
                f"I already send you {MOST_OF_PERSON} schedules, which is the most I can. "
                f"Stop one first: `{COMMAND} subscriptions`."
            )
        case "time":
            return f"I can't send it at that time. Try {_TIMES}."
        case "not_subscribed":
            return f"I don't send you that. Type `{COMMAND} subscriptions` to see what I send you."


def not_reached() -> str:
    """Tell someone in a channel that Slack lets nobody write to them."""
    return "Slack doesn't let me write to you in direct messages, so I can't send it to you."


def copies_not_readable(subscription: Subscription) -> str:
    """Tell a subscriber who may not read the posts any more."""
    title = quote_text(subscription.title)
    return f"You can no longer read where {title} is posted, so I've stopped sending it."


def copies_left(subscriptions: Sequence[Subscription], *, channel: str) -> str:
    """Tell a subscriber who has left a channel."""
    titles = ", ".join(quote_text(subscription.title) for subscription in subscriptions)
    return f"You've left {place_name(channel)}, so I no longer send you {titles}."


def copies_deleted(subscription: Subscription) -> str:
    """Tell a subscriber that there will be no more posts."""
    return f"{quote_text(subscription.title)} was deleted, so I no longer send it to you."


def copies_paused(subscription: Subscription) -> str:
    """Tell a subscriber why nothing comes."""
    return f"{quote_text(subscription.title)} is paused. I'll send it to you again once it's resumed."


def subscription_list(
    own: Sequence[tuple[Subscription, Schedule | None]], *, now: datetime, reader: ReaderClock | None = None
) -> Reply:
    """A person's subscriptions, each with a button that stops it."""
    if not own:
        return Reply(
            text=(
                "I don't send you anyone's posts. Press *Send me this too* under a scheduled post, "
                f"or type `{COMMAND} subscribe &lt;name&gt;`."
            )
        )
    blocks: list[Block] = []
    lines = []
    for subscription, schedule in own:
        line = subscription_line(subscription, schedule, now=now, reader=reader)
        lines.append(f"• {line}")
        if len(blocks) < _MOST_LISTED:
            stop = make_button("Stop", Press(verb="unsubscribe", schedule=subscription.schedule), spot="post")
            blocks.append({**section_block(line), "accessory": stop})
    if rest := len(own) - len(blocks):
        more = f"… and {rest} more. Stop one with `{COMMAND} unsubscribe &lt;id&gt;`."
        blocks.append(context_block(mrkdwn_element(more)))
    foot = f"Type `{COMMAND} unsubscribe &lt;id&gt;` to stop one."
    return Reply(text=joined_lines(lines, foot), blocks=tuple(blocks))


def subscription_line(
    subscription: Subscription, schedule: Schedule | None, *, now: datetime, reader: ReaderClock | None = None
) -> str:
    """One subscription: what, from where, and when."""
    title = quote_text(subscription.title)
    where = "" if schedule is None else f" from {place_name(subscription.channel)}"
    is_paused = schedule is not None and (schedule.state == "paused" or schedule.is_on_break(now))
    paused = f" · {paused_words(schedule, now=now, reader=reader)}" if schedule and is_paused else ""
    when = _when_words(subscription, now=now, reader=reader)
    return f"{title}{where} · {when}{paused} · `{code_text(subscription.schedule)}`"


def _when_words(subscription: Subscription, *, now: datetime, reader: ReaderClock | None) -> str:
    timing = subscription.timing
    return "each time it's posted" if timing is None else timing_words(timing, now=now, reader=reader)
