"""Usage of a workspace, in words."""

from __future__ import annotations

from typing import Final

from bot.budget import dollars
from bot.replies.buttons import Block
from bot.replies.text import (
    COMMAND,
    Reply,
    code_text,
    context_block,
    plain_element,
    schedule_label,
    section_block,
)
from bot.replies.views.chart import day_lines, usage_blocks
from bot.stats import Spender, Statistics, Usage

_LINES: Final = 16
"""Of days in a section, which takes 3,000 characters."""
UNKNOWN: Final = "I can't read this workspace's usage right now. Please try again in a minute."


def usage_reply(statistics: Statistics | None) -> Reply:
    """Answer `/precache stats`; the text has all numbers, for people whose Slack draws no chart."""
    if statistics is None:
        return Reply(text=UNKNOWN)
    parts, usage = _usage_parts(statistics), statistics.usage
    return Reply(
        text="\n".join((*parts, *_each_day(usage), f"_{usage_foot(usage)}_")),
        blocks=(*map(section_block, parts), *usage_blocks(usage), _foot_block(usage)),
    )


def window_blocks(statistics: Statistics) -> list[Block]:
    """The same for a window, where Slack has no chart and no table: the days are lines."""
    usage = statistics.usage
    days = _each_day(usage)
    parts = ["\n".join(days[start : start + _LINES]) for start in range(0, len(days), _LINES)]
    return [*map(section_block, [*_usage_parts(statistics), *parts]), _foot_block(usage)]


def _each_day(usage: Usage) -> list[str]:
    days = day_lines(usage)
    return ["*Each day*", *days] if days else []


def _foot_block(usage: Usage) -> Block:
    return context_block(plain_element(usage_foot(usage)))


def usage_lines(usage: Usage) -> list[str]:
    """The sums, but for those that are zero."""
    if usage.is_empty:
        return [
            f"Nothing has been used this month. Ask a first question: `{COMMAND} What is a feature flag?`"
        ]
    lines = []
    if usage.is_priced:
        lines.append(f"*{dollars(usage.spent)}* spent, *{dollars(usage.saved)}* saved by reusing answers")
    lines.append(f"{_count_words(usage.calls, 'model call')}, {_count_words(usage.posted, 'post')}")
    if usage.hit_rate is not None:
        lines.append(f"*{usage.hit_rate:.0%}* of answers were reused, {usage.cached:,} of {usage.answers:,}")
    if usage.tokens_in or usage.tokens_out:
        tokens = f"{usage.tokens_in:,} tokens sent, {usage.tokens_out:,} received"
        saved = f", {usage.saved_tokens:,} saved by reusing answers" if usage.saved_tokens else ""
        lines.append(f"{tokens}{saved}")
    if usage.unpriced and usage.is_priced:
        without = (
            "has no known price, so it isn't"
            if usage.unpriced == 1
            else "have no known price, so they aren't"
        )
        lines.append(f"{_count_words(usage.unpriced, 'model call')} {without} in what was spent")
    if usage.votes_up or usage.votes_down:
        lines.append(f"Votes on answers: *{usage.votes_up:,}* up, *{usage.votes_down:,}* down")
    if usage.unchanged:
        lines.append(f"{_count_words(usage.unchanged, 'run')} had nothing new to post")
    if usage.quiet:
        whose = "its" if usage.quiet == 1 else "their"
        lines.append(f"{_count_words(usage.quiet, 'run')} posted nothing, as {whose} condition wasn't met")
    if usage.put_off:
        lines.append(
            f"{_count_words(usage.put_off, 'model call')} had to wait, because too many came at once"
        )
    if usage.skipped:
        whose = "its" if usage.skipped == 1 else "their"
        lines.append(f"{_count_words(usage.skipped, 'run')} skipped; {whose} history says why")
    if usage.failed:
        lines.append(f"{_count_words(usage.failed, 'run')} failed")
    return lines


def usage_foot(usage: Usage) -> str:
    """Say how it was counted."""
    words = "Model calls include previews."
    if usage.hit_rate is not None and usage.posted != usage.answers:
        words += " An answer counts once, even if it was posted in many places or in none."
    if usage.is_priced:
        words += " Amounts are estimated from list prices; your provider's bill may differ."
    return words


def _usage_parts(statistics: Statistics) -> list[str]:
    usage, before = statistics.usage, statistics.before
    parts = ["\n".join((f"*This workspace in {usage.month:%B %Y}*", *usage_lines(usage)))]
    if statistics.top:
        rows = [f"{place}. {_spender_row(spender)}" for place, spender in enumerate(statistics.top, start=1)]
        parts.append("\n".join(("*Top schedules*", *rows)))
    if before is not None:
        parts.append(f"{_days_counted(before)}: {_in_short(before)}.")
    return parts


def _spender_row(spender: Spender) -> str:
    name = f"`{code_text(spender.id)}`" if spender.schedule is None else schedule_label(spender.schedule)
    if spender.over is not None:
        name = f"{name} ({spender.over})"
    cost = f"{dollars(spender.cost)}, " if spender.cost else ""
    return f"{name}: {cost}{spender.calls:,} {'model call' if spender.calls == 1 else 'model calls'}"


def _days_counted(usage: Usage) -> str:
    first = "" if usage.month.day == 1 else "1 to "
    return f"{first}{usage.month.day} {usage.month:%B}"


def _in_short(usage: Usage) -> str:
    facts = []
    if usage.is_priced:
        facts.append(f"{dollars(usage.spent)} spent, {dollars(usage.saved)} saved")
    else:
        facts.append(f"{usage.calls:,} model calls, {usage.posted:,} posts")
    if usage.hit_rate is not None:
        facts.append(f"{usage.hit_rate:.0%} of answers reused")
    return ", ".join(facts)


def _count_words(number: int, noun: str) -> str:
    return f"*{number:,}* {noun}{'' if number == 1 else 's'}"
