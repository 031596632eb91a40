"""What a team has used, in words."""

from __future__ import annotations

from typing import Any, Final

from bot.budget import dollars
from bot.replies.buttons import Block
from bot.replies.schedules import label
from bot.replies.text import COMMAND, Reply, code, context, escape, plain, section
from bot.stats import Picture, Spender, Statistics, Usage

_UNKNOWN: Final = "What this workspace has used cannot be read right now. Please try again in a minute."
NO_PICTURE: Final = "The picture could not be made this time; the numbers are all there."
DRAWING: Final = "The picture is being drawn …"


def stats(statistics: Statistics | None, *, picture: Picture | None = None) -> Reply:
    """To whoever asks with `/precache stats`, with a picture that is there already."""
    if statistics is None:
        return Reply(text=_UNKNOWN)
    return Reply(
        text="\n".join((*_parts(statistics), f"_{foot(statistics.usage)}_")),
        blocks=tuple(stats_blocks(statistics, picture=picture)),
    )


def stats_blocks(
    statistics: Statistics, *, picture: Picture | None = None, note: str = ""
) -> list[dict[str, Any]]:
    """The same for a message or a window; `note` is about the picture that is not there."""
    return [
        *(section(part) for part in _parts(statistics)),
        *([_image(picture)] if picture else []),
        *([context(plain(note))] if note else []),
        context(plain(foot(statistics.usage))),
    ]


def picture_follows(picture: Picture | None) -> Reply:
    """What comes after the words: the picture, or that there is none."""
    if picture is None:
        return Reply(text=NO_PICTURE, blocks=(context(plain(NO_PICTURE)),))
    return Reply(text=escape(picture.alt), blocks=(_image(picture),))


def usage_lines(usage: Usage) -> list[str]:
    """The sums; what is none is left out."""
    if usage.is_empty:
        return [f"Nothing was used yet this month. A first question: `{COMMAND} What is a cache?`"]
    lines = []
    if usage.is_priced:
        lines.append(f"*{dollars(usage.spent)}* spent, *{dollars(usage.saved)}* saved by the cache")
    lines.append(f"{_count(usage.calls, 'call')} of the model, {_count(usage.posted, 'answer')} posted")
    if usage.hit_rate is not None:
        lines.append(
            f"*{usage.hit_rate:.0%}* of answers came from the cache, {usage.cached:,} of {usage.answers:,}"
        )
    if usage.tokens_in or usage.tokens_out:
        tokens = f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out"
        lines.append(f"{tokens}; the cache saved {usage.saved_tokens:,}" if usage.saved_tokens else tokens)
    if usage.unpriced:
        none = (
            "is in no sum of money: its model has"
            if usage.unpriced == 1
            else "are in no sum of money: their models have"
        )
        lines.append(f"{_count(usage.unpriced, 'call')} {none} no known price")
    if usage.unchanged:
        lines.append(f"{_count(usage.unchanged, 'run')} had nothing new to post")
    if usage.put_off:
        lines.append(f"{_count(usage.put_off, 'call')} put off by the limit")
    if usage.skipped:
        lines.append(f"{_count(usage.skipped, 'run')} skipped, for a holiday or a spending cap")
    if usage.failed:
        lines.append(f"{_count(usage.failed, 'run')} failed")
    return lines


def foot(usage: Usage) -> str:
    """How it was counted."""
    words = "Counted by days in UTC, previews and answers made ahead included."
    if usage.is_priced:
        words += " Money is reckoned from list prices; the provider's bill is what counts."
    return words


def _parts(statistics: Statistics) -> list[str]:
    usage, before = statistics.usage, statistics.before
    parts = ["\n".join((f"*This workspace in {usage.month:%B %Y}*", *usage_lines(usage)))]
    if statistics.top:
        rows = [f"{place}. {_row(each)}" for place, each in enumerate(statistics.top, start=1)]
        parts.append("\n".join(("*Top schedules*", *rows)))
    if before is not None:
        parts.append(f"{_span(before)}: {_in_short(before)}.")
    return parts


def _row(spender: Spender) -> str:
    name = f"`{code(spender.id)}`" if spender.schedule is None else label(spender.schedule)
    if spender.over is not None:
        name = f"{name} ({spender.over})"
    cost = f"{dollars(spender.cost)}, " if spender.cost else ""
    return f"{name}: {cost}{spender.calls:,} {'call' if spender.calls == 1 else 'calls'}"


def _span(usage: Usage) -> str:
    first = "" if usage.month.day == 1 else "1 to "
    return f"{first}{usage.month.day} {usage.month:%B}"


def _in_short(usage: Usage) -> str:
    facts = []
    if usage.is_priced:
        facts.append(f"{dollars(usage.spent)} spent, {dollars(usage.saved)} saved")
    else:
        facts.append(f"{usage.calls:,} calls, {usage.posted:,} answers")
    if usage.hit_rate is not None:
        facts.append(f"{usage.hit_rate:.0%} from the cache")
    return ", ".join(facts)


def _image(picture: Picture) -> Block:
    return {"type": "image", "slack_file": {"id": picture.file}, "alt_text": picture.alt}


def _count(number: int, noun: str) -> str:
    return f"*{number:,}* {noun}{'' if number == 1 else 's'}"
