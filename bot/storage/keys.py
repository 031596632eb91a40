"""Every key that the bot keeps in Redis, each made here and nowhere else.

A key names its kind and, where it belongs to a team, the team as a part of its own: `teams` finds and deletes
all of them when the team leaves. A part that people or models wrote is quoted or hashed, so that no text can
make another key.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date
from typing import Final
from urllib.parse import quote

NAMESPACE: Final = "precache"


def _make_key(*parts: str) -> str:
    return ":".join((NAMESPACE, *parts))


# Runs and answers. A question's key, made by `bot.answers`, begins with its team.


def run_key(run: str) -> str:
    """The hash of a run's state; `run` begins with its team."""
    return _make_key("run", run)


def stored_answer_key(question: str) -> str:
    """The hash of the newest answer to a question."""
    return _make_key("answer", question)


def flight_key(question: str, day: date | None = None) -> str:
    """The lease of the process that is asking the model, for that date where the answer has one."""
    return _make_key("flight", question, *([day.isoformat()] if day else []))


def sharers_key(question: str) -> str:
    """The set of schedules that have used answers to this question lately."""
    return _make_key("sharers", question)


def withdrawn_key(team: str) -> str:
    """The sorted set of a team's answers that are never to be shown again, by when that was said."""
    return _make_key("withdrawn", quote(team, safe=""))


def withdrawals_key() -> str:
    """The list of what all teams have withdrawn lately, newest first, for what each process holds."""
    return _make_key("withdrawals")


def votes_key(team: str, subject: str) -> str:
    """The hash of what people think of a schedule's answers, or, after `@`, of one asked for at once."""
    return _make_key("votes", team, subject)


def told_key(run: str) -> str:
    """The set of reasons for which a run's owner was told that a place has no post; `run` is the first's."""
    return _make_key("told", run)


def channel_turns_key(team: str, channel: str) -> str:
    """The hash of a channel's turns to post: the next one, and the last that is waited for."""
    return _make_key("turns", team, channel)


def team_turns_key(team: str) -> str:
    """The hash of the same of all channels of a team together."""
    return _make_key("turns", team)


# Schedules


def schedule_key(team: str, schedule: str) -> str:
    """The hash of a schedule's record."""
    return _make_key("schedule", team, schedule)


def schedule_ids_key(team: str) -> str:
    """The set of the ids of a team's schedules."""
    return _make_key("schedules", team)


def schedule_index_key(team: str) -> str:
    """The hash of what lists need of each of a team's schedules, by its id; kept as long as the ids."""
    return _make_key("index", team)


def schedule_name_key(team: str, name: str) -> str:
    """The id of the schedule that has this name; names that people would take for one share it."""
    return _make_key("name", team, folded_name(name))


def folded_name(name: str) -> str:
    """The form that two names share which people would take for one."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def open_posts_key(team: str, schedule: str, place: str | None = None) -> str:
    """The sorted set of a schedule's posts of which a part may stand in its channel, by their slots.

    Of its first place, or of a further one, by its channel.
    """
    return _make_key("begun", team, schedule, *([place] if place else []))


def newest_slots_key(team: str, schedule: str, place: str | None = None) -> str:
    """The hash of a schedule's newest slots: the one that is over, and the one that a copy has taken.

    Each of its places has its own; `place` as in `open_posts_key`.
    """
    return _make_key("slots", team, schedule, *([place] if place else []))


def review_key(team: str, schedule: str, occasion: str) -> str:
    """The hash of what is looked at before a run of a schedule posts it, and of what was decided."""
    return _make_key("review", team, schedule, occasion)


def asked_key(team: str, user: str) -> str:
    """The sorted set of the reviews that a person was asked to decide about, by their time."""
    return _make_key("asked", team, user)


def history_key(team: str, schedule: str) -> str:
    """The list of a schedule's latest runs, newest first."""
    return _make_key("history", team, schedule)


def deleted_schedule_key(team: str, schedule: str) -> str:
    """The hash of a schedule that was deleted a moment ago, as it was."""
    return _make_key("deleted", team, schedule)


def deleted_history_key(team: str, schedule: str) -> str:
    """The list of its latest runs."""
    return _make_key("deleted", team, schedule, "history")


def paused_schedules_key(team: str) -> str:
    """The set of the ids of a team's schedules that the operator has paused together."""
    return _make_key("paused", team)


def renewal_key(team: str, user: str) -> str:
    """The hash of the question to an owner whether schedules shall go on that nobody looks at."""
    return _make_key("renewal", team, user)


def watched_key() -> str:
    """The sorted set of all teams' schedules by their next slot, for housekeeping."""
    return _make_key("watched")


def promised_key() -> str:
    """The sorted set of all teams' runs that somebody waits for, and that are not over, by their moment."""
    return _make_key("promised")


def chore_key(chore: str) -> str:
    """The lock of a chore of housekeeping: one copy at a time does it."""
    return _make_key("chore", chore)


# Subscriptions: posts of schedules that people have sent to themselves


def subscribers_key(team: str, schedule: str) -> str:
    """The hash of a schedule's subscriptions, by person; each is kept until it ends."""
    return _make_key("subscribers", team, schedule)


def subscribed_key(team: str, user: str) -> str:
    """The set of the ids of the schedules that a person has subscribed to; kept as long as these."""
    return _make_key("subscribed", team, user)


def copied_key(team: str, schedule: str) -> str:
    """The hash of the newest post of a schedule that each subscriber has; kept as long as these."""
    return _make_key("copied", team, schedule)


def all_subscriptions_key() -> str:
    """The set of all teams' subscriptions, for housekeeping; kept as long as these."""
    return _make_key("subscriptions")


def newest_post_key(team: str, schedule: str) -> str:
    """The hash of a schedule's newest post, where somebody has subscribed to it."""
    return _make_key("posted", team, schedule)


def week_posts_key(team: str, schedule: str) -> str:
    """The list of its posts of about a week, newest first, as far as a digest tells of them."""
    return _make_key("posted", team, schedule, "week")


# Money and limits


def tally_key(team: str, day: date) -> str:
    """The hash of all that is counted for a team on one day in UTC."""
    return _make_key("tally", team, day.isoformat())


def team_spending_key(team: str, span: str) -> str:
    """The hash of what a team has spent in a day or a month."""
    return _make_key("spent", quote(team, safe=""), span)


def overall_spending_key(span: str) -> str:
    """The hash of what all teams have spent in a day or a month."""
    return _make_key("spent", span)


def rate_limit_prefix() -> str:
    """The beginning of the keys under which upstash-ratelimit counts; they end by themselves."""
    return _make_key("limit")


def put_off_key(team: str, day: date) -> str:
    """The count of a team's model calls that were put off on one day in UTC."""
    return f"{rate_limit_prefix()}:put_off:{quote(team, safe='')}:{day.isoformat()}"


# Sources


def link_key(team: str, url: str) -> str:
    """The hash of a link that was read."""
    return _make_key("link", team, _digest_url(url))


def seen_items_key(team: str, url: str) -> str:
    """The hash of a feed: when each item was first seen, and, as `read`, when the feed was last read."""
    return _make_key("seen", team, _digest_url(url))


def transcript_key(team: str, content: str) -> str:
    """The hash of what is said in a recording, by its content's fingerprint."""
    return _make_key("transcript", team, content)


def heard_source_key(team: str, source: str) -> str:
    """The content's fingerprint of a recording that was heard, by the file or link that held it."""
    return _make_key("heard_source", team, _digest_url(source))


def _digest_url(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]


# Screens of people


def form_key(team: str, form: str) -> str:
    """A form of the composer that waits behind a button or a preview."""
    return _make_key("form", team, form)


def open_form_key(team: str, view: str) -> str:
    """A modal with a preview in it, as it is shown."""
    return _make_key("open", team, view)


def shown_preview_key(team: str, preview: str) -> str:
    """The blocks of a preview in its modal."""
    return _make_key("preview", team, preview)


def submission_key(team: str, view: str) -> str:
    """The fate of a submission that was heard already."""
    return _make_key("submitted", team, view)


def home_page_key(team: str, user: str) -> str:
    """The page of their Home that a person has open."""
    return _make_key("home", team, user)


def welcomed_key(team: str, user: str) -> str:
    """A person who has been welcomed in the Messages tab."""
    return _make_key("welcomed", team, user)


def looking_at_key(team: str, user: str) -> str:
    """The channel that a person looks at beside the Messages tab."""
    return _make_key("looking_at", team, user)


def demo_notice_key(team: str, channel: str) -> str:
    """The run that has told a channel today that a demo model answers."""
    return _make_key("demo", team, channel)


def heard_event_key(team: str, event: str) -> str:
    """An event of Slack's that was taken: it may come again."""
    return _make_key("heard", team, event)


def thread_questions_key(team: str, channel: str, thread: str) -> str:
    """The set of the questions that were asked in a thread within a day."""
    return _make_key("questions", team, channel, thread)


def intent_key(team: str, intent: str) -> str:
    """Something that a person asked for, and that is not answered yet."""
    return _make_key("intent", team, intent)


def intents_key() -> str:
    """The sorted set of all that is not answered yet, of all teams, by the time it was heard."""
    return _make_key("intents")


# Workspaces


def installation_key(owner: str) -> str:
    """The record of an installation; `owner` is a team or an enterprise, `*` finds all."""
    return _make_key("installation", owner)


def enterprise_teams_key(enterprise: str) -> str:
    """The set of an organisation's teams that have used Precache."""
    return _make_key("teams", enterprise)


def install_state_key(state: str) -> str:
    """The browser that was sent to Slack with an OAuth state."""
    return _make_key("install", state)


def leaving_key() -> str:
    """The hash of the teams that are leaving, and since when; it is gone once all of them have left."""
    return _make_key("leaving")


def check_key(message: str) -> str:
    """The signature of a message to ourselves that came back to another copy than its sender's."""
    return _make_key("check", message)


def team_keys_pattern(team: str) -> str:
    """A pattern that finds every key of a team, and some others: compare the parts of what is found."""
    return _make_key("*", f"{team}*")
