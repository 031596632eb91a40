"""To whoever asked, when a run is given up."""

from __future__ import annotations

from typing import Final

from bot.replies.text import quote


def gave_up(query: str, *, reason: str, name: str = "") -> str:
    """To whoever asked; `reason` is one of `REASONS`, `name` the source that it is about, in mrkdwn."""
    about = f"{name}: " if name else ""
    return f"I could not answer {quote(query)}: {about}{REASONS[reason]}"


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
    "slack_refused": "Slack does not let me post in that channel.",
    "source_not_in_channel": "I am not in the channel that it is to read. Type `/invite @Precache` there.",
    "source_refused": "Slack does not let me read what it is about.",
    "source_empty": "nobody has written anything there that I could read.",
    "source_gone": "what it is to read is not there any more.",
    "source_too_large": "what it is to read is too large for me. I take 10 MB, and less if it is intricate.",
    "source_slow": "what it is to read took too long to come.",
    "source_unreachable": "the server of what it is to read does not answer as it should.",
    "source_bad_link": "the link that it is to read leads to no address that I can follow.",
    "source_not_public": "the link that it is to read leads into a private network, where I do not go. "
    "Whoever runs me can allow a network.",
    "source_login": "one has to log in to read that link, and I cannot.",
    "source_robots": "that site does not let robots read it (its robots.txt says so).",
    "source_nothing_new": "nothing in what it is to read is new.",
    "source_not_text": "what it is to read is neither a page, a feed, a PDF nor text.",
    "source_no_text": "there is no text in what it is to read: a page that scripts fill, or a PDF of scans.",
    "source_broken": "what it is to read is damaged.",
    "source_encrypted": "what it is to read has a password.",
    "asker_out": "you are not in that private channel any more.",
    "missed": "nothing came of it at its time, nor when I had it sent once more. It goes on at its next "
    "time.",
    "unsettled": "Slack did not confirm the post, and I may not read that channel to see whether it is "
    "there. To be safe I have not posted it again.",
}
