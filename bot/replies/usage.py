"""What a team has used, in words."""

from __future__ import annotations

from typing import Final

from bot.usage import Usage

COUNTED: Final = (
    "Counted by days in UTC. Calls include previews and answers made ahead; tokens do not, nor "
    "where a model does not tell them. Money is not counted: the provider's bill has it."
)


def stats(usage: Usage | None) -> str:
    """To whoever asks with `/precache stats`."""
    if usage is None:
        return "What this workspace has used cannot be read right now. Please try again in a minute."
    return "\n".join((f"*This workspace in {usage.month:%B %Y}*", *usage_lines(usage), f"_{COUNTED}_"))


def usage_lines(usage: Usage) -> list[str]:
    share = f" ({usage.cached / usage.posted:.0%})" if usage.posted else ""
    lines = [
        f"{_count(usage.calls, 'call')} of the model, {_count(usage.posted, 'answer')} posted, "
        f"*{usage.cached:,}*{share} of them from the cache",
    ]
    if usage.tokens_in or usage.tokens_out:
        lines.append(f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out, for what was posted")
    if usage.put_off:
        lines.append(f"{_count(usage.put_off, 'call')} put off by the limit")
    if usage.failed:
        lines.append(f"{_count(usage.failed, 'run')} failed")
    return lines


def _count(number: int, noun: str) -> str:
    return f"*{number:,}* {noun}{'' if number == 1 else 's'}"
