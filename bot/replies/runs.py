"""One run's outcome, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final, assert_never

from bot.replies.money import cost_words
from bot.replies.text import escape_mrkdwn, past_words, person_mention, place_name, place_words
from bot.schedules import NOBODY, Place, Run
from bot.slack import ReaderClock


def run_words(
    run: Run, zone: str, *, now: datetime, reader: ReaderClock | None = None, places: Sequence[Place] = ()
) -> str:
    """Say when it ran, with which outcome, by which model, for how much and, of several `places`, where."""
    at = past_words(run.at, zone, now=now, reader=reader)
    place = f" {_where_words(run, places)}:" if run.channel else ""
    return " · ".join((f"{at} –{place} {outcome_words(run)}", *cost_words(run.model, run.cost)))


def last_run_words(
    run: Run, zone: str, *, now: datetime, reader: ReaderClock | None = None, places: Sequence[Place] = ()
) -> str:
    """The same of the newest run alone: where it was posted would read as if that were the only place."""
    if run.outcome == "posted" and len(places) > 1:
        run = replace(run, channel=None)
    return run_words(run, zone, now=now, reader=reader, places=places)


def _where_words(run: Run, places: Sequence[Place]) -> str:
    known = next((place for place in places if place.channel == run.channel), None)
    return place_name(run.channel or "") if known is None else place_words(known)


def history_lines(
    runs: Sequence[Run],
    zone: str,
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    places: Sequence[Place] = (),
) -> list[str]:
    """A line for each run; the places of a slot that came to the same share it."""
    lines: list[str] = []
    for _, group in groupby(runs, key=lambda run: run.slot or run):
        slot = list(group)
        if len(slot) == 1:
            lines.append(run_words(slot[0], zone, now=now, reader=reader, places=places))
            continue
        came_to: dict[str, list[str]] = {}
        for run in reversed(slot):
            came_to.setdefault(outcome_words(run), []).append(_where_words(run, places))
        told = "; ".join(f"{', '.join(named)}: {words}" for words, named in came_to.items())
        costs = next((words for run in slot if run.cost and (words := cost_words(run.model, run.cost))), ())
        at = past_words(slot[-1].at, zone, now=now, reader=reader)
        lines.append(" · ".join((f"{at} – {told}", *costs)))
    return lines


def outcome_words(run: Run) -> str:
    """Say what came of it."""
    match run.outcome:
        case "posted":
            words = "posted"
        case "stale":
            words = "posted the last good answer, because there was no new one"
        case "unchanged":
            words = "posted that nothing was new" if run.ts else "nothing was new, so nothing was posted"
        case "quiet":
            words = "not posted, because its condition wasn't met"
            if run.detail:
                words += f": {escape_mrkdwn(run.detail)}"
        case "skipped":
            words = f"skipped: {SKIPS.get(run.detail) or escape_mrkdwn(run.detail)}"
        case "failed":
            words = f"failed: {FAILURES.get(run.detail, 'something went wrong')}"
        case _:
            assert_never(run.outcome)
    if run.by:
        words = _with_review(words, run)
    return f"{words}, deleted by {person_mention(run.deleted_by)}" if run.deleted_by else words


def reviewed_words(name: str, *, edited: bool) -> str:
    """How a post, and its line of history, say who has looked at it first."""
    if name == NOBODY:
        return "not reviewed, because nobody decided in time"
    return f"reviewed by {escape_mrkdwn(name)}{', who edited it' if edited else ''}"


def _with_review(words: str, run: Run) -> str:
    if run.outcome == "skipped":
        if run.detail == BY_HAND:
            return f"skipped by {person_mention(run.by)}"
        return f"skipped by {escape_mrkdwn(run.by)}" if run.detail == SKIPPED else words
    return f"{words}, {reviewed_words(run.by, edited=run.edited)}"


SKIPPED: Final = "review_skip"
"""The detail of a run that a reviewer skipped."""
BY_HAND: Final = "by_hand"
"""That of a run that its schedule's owner or an admin wanted to be left out."""
UNDECIDED: Final = "undecided"
"""That of one about which no reviewer decided."""

SKIPS: Final = {
    UNDECIDED: "no reviewer decided in time",
    SKIPPED: "a reviewer skipped it",
    BY_HAND: "someone skipped it",
    "cap_schedule": "the schedule had reached its limit",
    "cap_team": "this workspace had reached its limit",
    "cap_all": "I had reached my limit",
    "missed": "it didn't run in time",
    "ended": "the schedule had ended",
    "asks_consent": "nobody has agreed to who would see it",
    "owner_out": "the owner was no longer in the channel",
}


FAILURES: Final = {
    "readers_untold": "Slack didn't say who reads there",
    "owner_untold": "Slack didn't say whether the owner was still in the channel",
    "gave_up": "I tried several times and got no answer",
    "model_down": "no model responded",
    "limited": "too many questions came in at once",
    "missed": "it didn't run, and a second try failed",
    "model_gone": "its model was no longer available",
    "model_refused": "the model rejected the question",
    "model_too_long": "the question was too long for the model",
    "model_no_room": "the answer didn't fit in my limit for answers",
    "model_declined": "the model declined to answer",
    "model_empty": "the model gave an empty answer",
    "model_missing": "the provider didn't have the model",
    "model_credit": "the credit for the model was used up",
    "model_key": "the model's provider didn't accept my key",
    "model_away": "the model wasn't available for a while",
    "no_model": "no model was set up",
    "not_in_channel": "I wasn't in the channel",
    "channel_not_found": "I wasn't in the channel",
    "is_archived": "the channel was archived",
    "thread_not_found": "its thread was gone",
    "msg_too_long": "the answer was too long for Slack",
    "msg_blocks_too_long": "the answer was too long for Slack",
    "person_gone": "that person had left",
    "user_disabled": "that person had left",
    "user_not_found": "that person had left",
    "restricted_action": "Slack didn't let me post",
    "missing_scope": "I didn't have a permission that it needs",
    "token_expired": "my access to Slack had expired",
    "token_revoked": "my access to Slack was revoked",
    "invalid_auth": "Slack didn't accept my sign-in",
    "not_authed": "Slack didn't accept my sign-in",
    "account_inactive": "I was deactivated in this workspace",
    "team_access_not_granted": "I wasn't allowed in that workspace",
    "slack_refused": "Slack didn't let me post",
    "source_not_in_channel": "I wasn't in a channel that it reads",
    "source_refused": "Slack didn't let me read a source",
    "source_empty": "there was nothing to read",
    "source_wordless": "the messages had no words to read",
    "source_gone": "a source no longer existed",
    "source_too_large": "a source was too large",
    "source_slow": "a source took too long to load",
    "source_unreachable": "a source couldn't be reached, or answered with an error",
    "source_garbled": "a source's server answered with faulty headers",
    "source_bad_link": "a link was broken",
    "source_not_public": "a link led to a private address",
    "source_login": "a source needed a login",
    "source_barred": "a site refused bots",
    "source_legal": "a site didn't show a source for legal reasons",
    "source_robots": "a site didn't allow bots",
    "source_nothing_new": "there was nothing new to read",
    "source_not_text": "a source wasn't a page, a feed, a PDF or text",
    "source_no_text": "a source had no text",
    "source_broken": "a source was damaged",
    "source_encrypted": "a source was protected by a password",
    "source_no_sight": "the model doesn't take pictures",
    "source_scanned": "a PDF had only pictures, and the model doesn't take any",
    "source_too_many_points": "a picture had too many pixels",
    "source_too_small": "a picture was too small",
    "source_too_many_pictures": "there were too many pictures",
    "source_unseen": "the model refused a picture",
    "source_soundless": "a video had no sound",
    "source_silent": "a recording was silent",
    "source_speechless": "nobody spoke in a recording",
    "source_not_english": "a recording was not in English",
    "source_too_long": "a recording was longer than four hours",
    "source_no_transcriber": "nothing here can hear a recording",
    "source_transcriber_refused": "the transcription service refused a recording",
    "source_transcriber_away": "the transcription service didn't answer",
    "unsettled": "Slack didn't confirm the post",
}
