"""To whoever asked, when a run is given up."""

from __future__ import annotations

from typing import Final

from bot.replies.text import quote


def gave_up(query: str, *, reason: str) -> str:
    """To whoever asked, when a run is given up; `reason` is one of `REASONS`."""
    return f"I could not answer {quote(query)}: {REASONS[reason]}"


REASONS: Final = {
    "gave_up": "it did not work out, several times over, and there is no earlier answer to show. "
    "A schedule goes on at its next time; anything else can be asked again.",
    "model_refused": "the model's provider refuses the question or its key. Whoever runs me finds out "
    "more in my log.",
    "no_model": "no model is set up. Whoever runs me sets OPENAI_API_KEY (or OPENAI_BASE_URL, or "
    "PRECACHE_MODEL with its provider's key).",
    "not_in_channel": "I am not in that channel (any more). Type `/invite @Precache` there.",
    "is_archived": "that channel is archived.",
    "slack_refused": "Slack does not let me post in that channel.",
    "source_not_in_channel": "I am not in the channel that it is to read. Type `/invite @Precache` there.",
    "source_gone": "the thread that it is to read is not there any more.",
    "source_empty": "nobody has written anything there that I could read.",
    "source_refused": "Slack does not let me read what it is about.",
    "missed": "nothing came of it at its time, nor when I had it sent once more. It goes on at its next "
    "time.",
    "unsettled": "Slack did not confirm the post, and I may not read that channel to see whether it is "
    "there. To be safe I have not posted it again.",
}
