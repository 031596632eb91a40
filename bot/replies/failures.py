"""To whoever asked, when a run is given up."""

from __future__ import annotations

from typing import Final

from bot.replies.sources import advice, unread
from bot.replies.text import quote
from bot.sources import problem_behind


def gave_up(query: str, *, reason: str, name: str = "") -> str:
    """To whoever asked; `reason` and `name` as in `reason_words`."""
    return f"I could not answer {quote(query)}: {reason_words(reason, name)}"


def reason_words(reason: str, name: str = "") -> str:
    """Why there is no answer: one of `REASONS`, or that of the source called `name`."""
    if (problem := problem_behind(reason)) is not None:
        return f"{unread(problem, name)}. {advice(problem)}".rstrip()
    return REASONS[reason]


_OPERATOR: Final = "The people who run me can install me again, and find the reason in my log."

REASONS: Final = {
    "gave_up": "it did not work out, several times over, and there is no earlier answer to show. "
    "A schedule goes on at its next time; anything else can be asked again.",
    "model_down": "no model answered, several times over, and there is no earlier answer to show. "
    "A schedule goes on at its next time; anything else can be asked again.",
    "limited": "too much is asked at once: the limit on model calls left no room for it, several times over.",
    "model_refused": "the model's provider refuses the question or its key. Whoever runs me finds out "
    "more in my log.",
    "model_away": "the model's provider wants to be asked again much later, and there is no earlier answer "
    "to show.",
    "model_gone": "the model that it asks for may not be used any more. Choose another one by editing it.",
    "no_model": "no model is set up. Whoever runs me sets OPENAI_API_KEY (or OPENAI_BASE_URL, or "
    "PRECACHE_MODEL with its provider's key).",
    "not_in_channel": "I am not in that channel (any more). Type `/invite @Precache` there.",
    "is_archived": "that channel is archived.",
    "channel_not_found": "I am not in that channel (any more). Type `/invite @Precache` there.",
    "thread_not_found": "the thread that it belongs to is gone.",
    "msg_too_long": "the answer is longer than Slack takes. Ask for a shorter one.",
    "msg_blocks_too_long": "the answer is longer than Slack takes. Ask for a shorter one.",
    "missing_scope": f"my installation lacks a permission that this needs. {_OPERATOR}",
    "token_expired": f"my access to Slack has run out. {_OPERATOR}",
    "token_revoked": f"my access to Slack was taken away. {_OPERATOR}",
    "invalid_auth": f"Slack does not know my token. {_OPERATOR}",
    "not_authed": f"Slack does not know my token. {_OPERATOR}",
    "account_inactive": f"Slack has deactivated me in this workspace. {_OPERATOR}",
    "team_access_not_granted": f"I am not allowed into that workspace. {_OPERATOR}",
    "slack_refused": "Slack does not let me post in that channel.",
    "owner_out": "whom the schedule belongs to is not in that private channel any more.",
    "asker_out": "you are not in that private channel any more.",
    "missed": "nothing came of it at its time, nor when I had it sent once more. It goes on at its next "
    "time.",
    "unsettled": "Slack did not confirm the post, and I may not read that channel to see whether it is "
    "there. To be safe I have not posted it again.",
}
