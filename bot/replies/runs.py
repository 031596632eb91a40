"""What became of a run, in a few words."""

from __future__ import annotations

from typing import Final, assert_never

from bot.replies.text import clock, escape
from bot.schedules import Run


def run_words(run: Run, zone: str) -> str:
    """What became of a run."""
    match run.outcome:
        case "posted":
            words = "posted"
        case "stale":
            words = "the last good answer was posted, for there was no new one"
        case "unchanged":
            words = "nothing new, which was posted" if run.ts else "nothing new, so nothing was posted"
        case "skipped":
            words = f"skipped, {_SKIPS.get(run.detail) or escape(run.detail)}"
        case "failed":
            words = f"failed, {_FAILURES.get(run.detail, 'it did not work out')}"
        case _:
            assert_never(run.outcome)
    return f"{clock(run.at, zone)}: {words}"


_SKIPS: Final = {
    "cap_schedule": "what this schedule may use was used up",
    "cap_team": "what this workspace may use was used up",
    "cap_all": "what I may use was used up",
    "missed": "nothing came of it in time",
    "ended": "it had come to its end",
    "owner_out": "its owner was not in that private channel any more",
}


_FAILURES: Final = {
    "gave_up": "it did not work out, several times over",
    "model_down": "no model answered",
    "limited": "the limit on model calls left no room for it",
    "missed": "nothing came of it, nor when I had it sent once more",
    "model_gone": "its model may not be used any more",
    "model_refused": "the model's provider refused",
    "model_away": "the model's provider wanted to be asked much later",
    "no_model": "no model is set up",
    "not_in_channel": "I was not in the channel",
    "channel_not_found": "I was not in the channel",
    "is_archived": "the channel was archived",
    "slack_refused": "Slack did not let me post",
    "source_not_in_channel": "I was not in the channel that it reads",
    "source_refused": "Slack did not let me read what it is about",
    "source_empty": "there was nothing to read",
    "source_gone": "what it reads was gone",
    "source_too_large": "what it reads was too large",
    "source_slow": "what it reads took too long to come",
    "source_unreachable": "the server of what it reads did not answer as it should",
    "source_bad_link": "its link led to no address that I can follow",
    "source_not_public": "its link led into a private network",
    "source_login": "what it reads wanted a login",
    "source_barred": "the site that it reads refused programs like me",
    "source_legal": "the site that it reads does not show it for legal reasons",
    "source_robots": "the site that it reads lets no robots read it",
    "source_nothing_new": "there was nothing new to read",
    "source_not_text": "what it reads was no text",
    "source_no_text": "there was no text in what it reads",
    "source_broken": "what it reads was damaged",
    "source_encrypted": "what it reads had a password",
    "unsettled": "Slack did not confirm the post",
}
