"""Reasons why a run was given up, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.replies.sources import source_advice, source_unread
from bot.replies.text import COMMAND, places_words, quote_text, schedule_label, slack_date
from bot.schedules import Place, Schedule
from bot.sources import problem_behind


def gave_up(
    query: str,
    *,
    reason: str,
    name: str = "",
    status: int = 0,
    recurs: bool = False,
    sandbox: bool = False,
) -> str:
    """Tell the person who asked, or the owner; the rest as in `reason_words`."""
    if reason == UNSETTLED:
        return f"My answer to {quote_text(query)} may be missing: {reason_words(reason)}"
    opening = "I couldn't answer"
    if problem_behind(reason) is not None:
        opening = "I have no answer to"
    elif reason in _NOT_POSTED:
        opening = "I couldn't post the answer to"
    return (
        f"{opening} {quote_text(query)}: {reason_words(reason, name, status, recurs=recurs, sandbox=sandbox)}"
    )


def run_missed(
    schedule: Schedule,
    *,
    slot: datetime,
    coming: datetime | None,
    missing: Sequence[Place] = (),
) -> str:
    """Tell the owner that a run did not happen, or not in the `missing` places, and when the next one is."""
    if missing:
        return (
            f"The post of {schedule_label(schedule)} for {slack_date(slot)} didn't reach "
            f"{places_words(missing)}, and a second try failed. {_word_next_run(coming)}"
        )
    return (
        f"The run of {schedule_label(schedule)} for {slack_date(slot)} didn't happen, "
        f"and a second try failed. {_word_next_run(coming)}"
    )


def runs_missed(schedule: Schedule, slots: Sequence[datetime], *, most: int, coming: datetime | None) -> str:
    """Tell the owner that these runs did not happen, and when the next one is; `most` are counted."""
    first, last, following = slack_date(slots[0]), slack_date(slots[-1]), _word_next_run(coming)
    if len(slots) == 1:
        return f"The run of {schedule_label(schedule)} for {first} didn't happen. {following}"
    if len(slots) > most:
        return f"{schedule_label(schedule)} missed more than {most} runs since {first}. {following}"
    return f"{schedule_label(schedule)} missed {len(slots)} runs, from {first} to {last}. {following}"


def one_off_missed(schedule: Schedule, *, due: datetime) -> str:
    """Tell the one who waits for it that a one-off, or a run by hand, did not happen, and how to run it."""
    return (
        f"Sorry, the run of {schedule_label(schedule)} for {slack_date(due)} didn't happen. "
        f"To run it now, type `{COMMAND} run {schedule.command_name}`."
    )


def one_off_incomplete(schedule: Schedule, *, due: datetime, missing: Sequence[Place]) -> str:
    """Tell them that it has not reached these places, and how to run it once more."""
    return (
        f"Sorry, the post of {schedule_label(schedule)} for {slack_date(due)} didn't reach "
        f"{places_words(missing)}. To post it everywhere once more, type "
        f"`{COMMAND} run {schedule.command_name}`."
    )


def _word_next_run(coming: datetime | None) -> str:
    if coming is None:
        return "It won't run again."
    return f"Next run: {slack_date(coming)}."


def reason_words(
    reason: str, name: str = "", status: int = 0, *, recurs: bool = False, sandbox: bool = False
) -> str:
    """Say why: one of `REASONS`, or the problem of the source called `name`, whose site told `status`.

    Where another try may help, say when it comes: of itself if the prompt `recurs`, else when it is asked.
    """
    if (problem := problem_behind(reason)) is not None:
        advice = "" if status else source_advice(problem, name, sandbox=sandbox)
        return f"{source_unread(problem, name, status)}. {advice}".rstrip()
    if reason not in _PASSING:
        return REASONS[reason]
    again = "The next run tries again." if recurs else f"Please ask again{_PASSING[reason]}."
    return f"{REASONS[reason]} {again}"


UNSETTLED: Final = "unsettled"
_REINSTALL: Final = "Please ask your admin to install me again; the reason is in my log."

_NOT_POSTED: Final = {
    "not_in_channel": "I'm not in that channel. Type `/invite @Precache` there.",
    "is_archived": "that channel is archived.",
    "channel_not_found": "I'm not in that channel. Type `/invite @Precache` there.",
    "thread_not_found": "the thread that it belongs to is gone.",
    "msg_too_long": "the answer is too long for Slack. Please ask for a shorter one.",
    "msg_blocks_too_long": "the answer is too long for Slack. Please ask for a shorter one.",
    "missing_scope": f"I don't have a permission that this needs. {_REINSTALL}",
    "token_expired": f"my access to Slack has expired. {_REINSTALL}",
    "token_revoked": f"my access to Slack was revoked. {_REINSTALL}",
    "invalid_auth": f"Slack doesn't accept my sign-in. {_REINSTALL}",
    "not_authed": f"Slack doesn't accept my sign-in. {_REINSTALL}",
    "account_inactive": f"I'm deactivated in this workspace. {_REINSTALL}",
    "team_access_not_granted": f"I'm not allowed in that workspace. {_REINSTALL}",
    "unreviewed": "reviewers look at posts in that channel first. Ask me there again, or schedule it.",
    "slack_refused": "Slack doesn't let me post in that channel. Its settings may limit who can post.",
}
"""Slack's reasons to refuse a post, whose answer was there."""

REASONS: Final = {
    **_NOT_POSTED,
    "gave_up": "I tried several times and got no answer.",
    "lost": "sorry, it got lost on its way.",
    "model_down": "I tried several times, and no model responded.",
    "limited": "too many questions came in at once.",
    "model_refused": "the model rejected the question. Please tell your admin; the reason is in my log.",
    "model_too_long": "the question is too long for the model. Please ask for less, or let it read less.",
    "model_no_room": "the answer didn't fit in my limit for answers. Please ask for a shorter one.",
    "model_declined": "the model declined to answer this. Please ask it in another way.",
    "model_empty": "the model gave an empty answer.",
    "model_missing": "the provider doesn't have this model. Please tell your admin; the reason is in my log.",
    "model_credit": "the credit for the model is used up. Please tell your admin.",
    "model_key": "the model's provider doesn't accept my key. Please tell your admin.",
    "model_away": "the model won't be available for a while.",
    "model_gone": "its model is no longer available. Please choose another model.",
    "no_model": "no model is set up. Please tell your admin.",
    "owner_out": "the schedule's owner is no longer in that channel.",
    "owner_untold": (
        "Slack didn't tell me whether the schedule's owner is still in its channels. "
        "It runs again at its next time."
    ),
    "readers_untold": (
        "Slack didn't tell me who reads there, so I didn't post it. It runs again at its next time."
    ),
    "asker_out": "you're no longer in the channel that it reads.",
    "asker_no_viewer": "I couldn't confirm that you can still see the file it reads. Please share it again.",
    UNSETTLED: "Slack didn't confirm the post. To be safe, I didn't post it again.",
}
_PASSING: Final = {
    "gave_up": "",
    "lost": "",
    "model_down": "",
    "limited": " in a few minutes",
    "model_empty": "",
    "model_away": " later",
}
"""Reasons that pass, and how long a person should wait."""
