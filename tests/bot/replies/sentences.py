"""All that the bot can say, with realistic values: `make sentences` prints it for people to read.

Each entry calls what says it, in each case that has words of its own; a test holds that nothing is missing.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args, get_type_hints

from starlette.responses import Response

from bot import replies
from bot.answers import Answer, Judgement
from bot.budget import Kind, Near, Period, Scope
from bot.commands import BulkVerb, UsageError
from bot.errors import CapReached
from bot.feedback import Feedback, Recorded, Target
from bot.markdown import Part, to_parts
from bot.readers import Exposure, ExposureReason
from bot.replies.breaks import (
    break_unclear,
    break_untimed,
    paused_until,
    run_skipped,
    skip_taken_back,
    skipped_reply,
    would_run_once,
)
from bot.replies.commands import (
    GUIDES,
    TOPICS,
    all_changed,
    answered_alone,
    ask_about_all,
    begun_again,
    cannot_join,
    condition_fault,
    database_down,
    edited_mention,
    files_left_out,
    guide_text,
    help_text,
    join_button,
    needs_review_here,
    no_channel,
    no_new_place,
    no_owner,
    no_schedule_called,
    not_a_command,
    not_finished,
    not_installed,
    not_opened,
    not_read,
    not_yours_to_delete,
    nothing_asked,
    nothing_to_read,
    nothing_to_repeat,
    only_seen_by_one,
    perhaps_done,
    perhaps_opened,
    post_deleted,
    post_gone,
    schedule_list,
    schedule_moved,
    slack_down,
    slack_refuses,
    too_many_questions,
    unknown_person,
    usage_error,
    went_wrong,
    which_schedule,
    working_on_it,
)
from bot.replies.feedback import (
    ReadBy,
    feedback_words,
    not_yours_to_withdraw,
    nothing_to_withdraw,
    reason_kept,
    reason_passed_on,
    reason_told,
    vote_counted,
    vote_in_vain,
    vote_window,
    with_thumbs,
    withdraw_latest_row,
    withdrawn_part,
    withdrawn_post,
    withdrawn_words,
)
from bot.replies.readers import (
    agree_to_post,
    consent_dropped,
    consent_kept,
    consent_question,
    consent_stale,
    not_shown,
    owner_asked,
    veiled_schedule,
)
from bot.replies.refusals import POINTLESS
from bot.replies.review import (
    ReviewerProblem,
    ReviewFace,
    ReviewPress,
    WaitingPost,
    decided_card,
    edit_empty,
    edit_too_long,
    edit_window,
    late_edit_window,
    made_anew,
    nobody_decided,
    not_a_reviewer,
    replaced_card,
    review_anew,
    review_card,
    review_gone,
    review_not_theirs,
    review_outcome,
    review_pointless,
    reviewers_unfit,
    settled_card,
    sources_changed,
    too_long_to_edit,
    waiting_words,
)
from bot.replies.runs import FAILURES, SKIPS, run_words
from bot.replies.subscriptions import (
    cannot_subscribe,
    copies_deleted,
    copies_left,
    copies_not_readable,
    copies_paused,
    copy_parts,
    digest_part,
    not_reached,
    subscribed_words,
    subscription_list,
    subscription_window,
    unsubscribed_words,
    welcome_reply,
)
from bot.replies.text import Reply, without_marks
from bot.replies.views import (
    HOME_PAGE,
    Line,
    Trial,
    agent_words,
    ask_window,
    callback_id,
    composer_words,
    details_window,
    help_window,
    home_view,
    install_pages,
    modal_window,
    note_block,
    question_window,
    saving_words,
    statistics_window,
    trial_parts,
    trial_words,
    usage_reply,
)
from bot.replies.views.usage import UNKNOWN
from bot.schedules import (
    NOBODY,
    BadName,
    CannotPost,
    CannotRead,
    CannotReview,
    ChangedMeanwhile,
    MembershipUntold,
    Moved,
    NeedsConsent,
    NoSuchPlace,
    NotAllowed,
    NotMember,
    NotPublished,
    NotReader,
    NotYours,
    Outside,
    Place,
    PlaceProblem,
    Pointless,
    Review,
    Run,
    Schedule,
    Skip,
    SomePlaces,
    TooLate,
    TooManyPlaces,
    TooMuchToRead,
    Undecided,
    Unknown,
)
from bot.slack import ReaderClock
from bot.sources import (
    Asked,
    Channel,
    ChannelMembers,
    File,
    FileViewers,
    ForeignSource,
    Link,
    Material,
    Piece,
    Problem,
    Thread,
    Unread,
    Unreadable,
    Window,
)
from bot.stats import Spender, Statistics, Usage
from bot.stats.usage import Day
from bot.subscriptions import KeptPost, PostLine, Subscription, SubscriptionProblem
from scheduler import DailyLimit, PublishError, QuotaReached, Refused, TimeFault
from tests.bot.replies.test_times import SENTENCES, refused

NOW: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
DOLLAR: Final = 10**9
NEWS: Final = Schedule(
    id="kolu-tane",
    team="T0TEAM00001",
    channel="C0NEWS00001",
    user="U0ADA000001",
    query="Summarise what changed in Python this week, with a link for each change",
    zone="Europe/Berlin",
    cron="0 9 * * 1-5",
    name="Python news",
    state="active",
)
UNNAMED: Final = replace(NEWS, id="bafo-riku", name=None)
ONCE: Final = replace(NEWS, id="mira-velo", name=None, cron=None, at=NOW + 2 * HOUR)
SPREAD: Final = NEWS.at_places(
    [
        Place(channel="C0NEWS00001"),
        Place(channel="C0OPS000001"),
        Place(channel="D0BOB000001", user="U0BOB000001"),
    ]
)
RUNS: Final = (NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY)
READING: Final = replace(
    NEWS,
    sources=(
        Link(url="https://example.org/news"),
        Channel(channel="C0OPS000001"),
        Channel(channel="C0OPS000002", hours=168),
        Thread(channel="C0OPS000001", ts="1700000000.000100"),
        File(file="F1"),
        ForeignSource(wire={"type": "of another version"}),
    ),
    model="openai:gpt-5",
    mentions=("here", "S0GROUP0001", "U0BOB000001"),
)
ANSWER: Final = Answer(text="Python 3.15 is out.", made=NOW - HOUR, model="openai:gpt-5", cost=12_000_000)
LINK: Final = "<https://example.org/news|example.org/news>"

EXPOSURES: Final = [
    Exposure(
        readers=FileViewers(file="F1") if why == "guests" else ChannelMembers(channel="C0OPS000001"),
        place=place,
        why=why,
        is_closed_source=why != "guests",
        is_open=why == "public",
        is_shared=why == "shared",
    )
    for why in get_args(ExposureReason)
    for place in (("U0BOB000001", "D0BOB000001") if why == "person" else ("C0NEWS00001",))
]
Entries = Iterator[object]


def answers_to_commands() -> Entries:
    yield working_on_it()
    yield working_on_it(thread=True)
    yield working_on_it(perhaps="every monday")
    yield answered_alone(is_reviewed=False)
    yield answered_alone(is_reviewed=True)
    yield answered_alone(is_reviewed=True, perhaps="every monday")
    yield needs_review_here()
    yield review_not_theirs()
    yield too_many_questions()
    yield nothing_asked()
    yield nothing_to_repeat("every day at 8")
    yield no_schedule_called("news")
    yield ask_window(metadata="{}")
    yield replies.earlier_answer_name(NOW, withheld=False)
    yield replies.earlier_answer_name(NOW, withheld=True)
    yield no_channel("attic")
    yield no_channel("attic", archived=True)
    yield join_button("0123456789abcdef")
    yield cannot_join()
    yield files_left_out(["logo.png"])
    yield files_left_out(["1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png"])
    yield not_read(Unread(kind="address", said="file:///notes.txt"))
    yield not_read(Unread(kind="file", said="report.pdf"))
    yield not_read(Unread(kind="channel", said="our channel"))
    yield not_read(Unread(kind="thread", said="this thread"))
    yield nothing_to_read(Asked(query=""))
    yield nothing_to_read(Asked(query="", over=400 * DAY))
    for problem in ("no_prompt", "no_name", "no_user"):
        yield usage_error(UsageError(problem=problem), typed="rename kolu-tane")
    yield usage_error(UsageError(problem="too_long", length=12_345), typed="What is new? …")
    yield usage_error(UsageError(problem="no_id", word="pause"), typed="pause")
    yield which_schedule(
        UsageError(problem="no_id", word="pause"), Reply(text="• …", blocks=({"type": "divider"},))
    )
    yield usage_error(UsageError(problem="from_now_on"), typed="pause all tomorrow")
    yield usage_error(UsageError(problem="did_you_mean", word="list"), typed="lsit")
    yield usage_error(UsageError(problem="no_time"), typed="schedule a joke")
    yield usage_error(
        UsageError(problem="perhaps_time", word="every friday"), typed="weekly report every friday"
    )
    for faulty in (
        UsageError(problem="condition_alone", word="something is down"),
        UsageError(problem="no_condition"),
        UsageError(problem="timed_condition"),
    ):
        yield usage_error(faulty, typed="every day at 9: only if something is down")
    yield condition_fault("long_condition", length=1_234)
    yield not_a_command()
    for guide in GUIDES:
        yield guide_text(guide)
    yield unknown_person("ada")
    yield database_down()
    yield perhaps_done()
    yield begun_again(database_down())
    yield not_finished()
    yield perhaps_opened()
    yield slack_down()
    yield slack_refuses()
    yield edited_mention()
    yield not_opened()
    yield no_owner()
    yield not_installed()
    yield went_wrong()
    yield replies.summarising_thread("C0NEWS00001")
    yield {"blocks": [replies.follow_button("form")]}


def times() -> Entries:
    for fault, cases in SENTENCES.items():
        for typed in cases:
            error = refused(typed, zone=None if fault is TimeFault.ZONE_NEEDED else "Europe/Berlin")
            yield replies.bad_time(error, typed=typed).text
            yield replies.time_refused(error)
    for time_field in get_args(replies.TimeField):
        yield replies.not_a_time(time_field)
    yield replies.not_a_time("when", nearest=("every 5 minutes",))
    yield replies.time_missing()
    yield replies.one_calendar()
    yield replies.zone_untold()


def help_texts() -> Entries:
    for topic in TOPICS:
        yield help_text(topic)
    yield help_window()


def schedules() -> Entries:
    for schedule in (NEWS, UNNAMED, ONCE):
        yield replies.schedule_made(schedule, RUNS, zone_known=schedule is NEWS, now=NOW)
    yield replies.schedule_made(SPREAD, RUNS, zone_known=True, now=NOW, here="C0NEWS00001")
    yield schedule_list([(SPREAD, RUNS[0])], scope="here", changeable=lambda _: True, now=NOW)
    yield replies.running_now(SPREAD)
    yield replies.schedule_made(
        replace(NEWS, holidays="DE"), [datetime(2040, 1, 2, 8, tzinfo=UTC)], zone_known=True, now=NOW
    )
    yield replies.schedule_made(
        replace(NEWS, cron="0 9 31 * *"), RUNS, zone_known=True, now=NOW, other="every month on the 31st at 9"
    )
    conditioned = replace(NEWS, post_if="something is down")
    yield replies.schedule_made(conditioned, RUNS, zone_known=True, now=NOW)
    yield replies.schedule_made(NEWS, RUNS, zone_known=True, now=NOW, perhaps_if=True)
    yield replies.schedule_card(conditioned, RUNS, None, now=NOW)
    for changes in ("only", "difference"):
        yield replies.schedule_card(replace(READING, changes=changes), RUNS, None, now=NOW)
    yield replies.schedule_card(
        UNNAMED, RUNS, Run(at=NOW - HOUR, outcome="posted"), now=NOW, changeable=False
    )
    yield replies.schedule_card(replace(NEWS, state="paused"), RUNS, None, now=NOW)
    yield replies.schedule_card(ONCE, [], None, now=NOW)
    yield replies.schedule_card(ONCE, [NOW + HOUR], None, now=NOW)
    for source in READING.sources:
        yield replies.source_name(source)


def lists() -> Entries:
    for scope in ("here", "mine", "all", "some"):
        yield schedule_list([], scope=scope, changeable=_is_named, now=NOW)
    rows = [
        (NEWS, RUNS[0]),
        (UNNAMED, RUNS[0]),
        (replace(NEWS, state="paused"), None),
        (ONCE, ONCE.at),
        (replace(NEWS, name="Old"), None),
    ]
    yield schedule_list(rows, scope="here", changeable=_is_named, now=NOW)
    yield schedule_list([(NEWS, RUNS[0])] * 60, scope="some", changeable=_is_named, now=NOW)


def _is_named(schedule: Schedule) -> bool:
    return schedule.name is not None


def many_at_once() -> Entries:
    for verb in get_args(BulkVerb):
        yield ask_about_all(verb, [], now=NOW)
        yield ask_about_all(verb, [(NEWS, RUNS[0])], now=NOW)
        yield ask_about_all(verb, [(NEWS, RUNS[0]), (ONCE, ONCE.at)] * 25, now=NOW)
        yield all_changed(verb, [NEWS, UNNAMED], [NotYours(schedule=NEWS)], left=0)
    yield all_changed("delete", [NEWS], [], left=2)
    yield all_changed("delete", [NEWS], [], left=2, database=True)


def histories() -> Entries:
    yield replies.run_history(NEWS, [], now=NOW)
    yield replies.run_history(NEWS, [Run(at=NOW - DAY, outcome="posted")], now=NOW)
    yield run_words(Run(at=NOW - 400 * DAY, outcome="posted"), "Europe/Berlin", now=NOW)
    yield run_words(Run(at=NOW, outcome="stale"), "Europe/Berlin", now=NOW)
    paid = Run(at=NOW, outcome="posted", model="openai:gpt-5", cost=12_000_000)
    yield run_words(paid, "Europe/Berlin", now=NOW)
    for ts in (None, "1700000000.000100"):
        yield run_words(Run(at=NOW, outcome="unchanged", ts=ts), "Europe/Berlin", now=NOW)
    for reason in ("Every service is up.", ""):
        yield run_words(Run(at=NOW, outcome="quiet", detail=reason), "Europe/Berlin", now=NOW)
    for detail in (*SKIPS, "Christmas Day"):
        yield run_words(Run(at=NOW, outcome="skipped", detail=detail), "Europe/Berlin", now=NOW)
    for detail in (*FAILURES, "unheard_of"):
        yield run_words(Run(at=NOW, outcome="failed", detail=detail), "Europe/Berlin", now=NOW)


def changes_to_schedules() -> Entries:
    for schedule in (NEWS, UNNAMED):
        yield replies.schedule_paused(schedule)
        yield replies.schedule_resumed(schedule, RUNS, now=NOW)
        yield replies.schedule_deleted(schedule)
        yield replies.deleted_reply(schedule)
        yield replies.schedule_restored(schedule)
        yield replies.schedule_renamed(schedule)
        yield replies.schedule_transferred(schedule)
        yield replies.running_now(schedule)
        yield replies.schedule_given(schedule, RUNS, by="U0BOB000001", now=NOW)
    yield replies.running_now(replace(NEWS, channel="D0ADA000001"))
    yield replies.running_now(replace(NEWS, review=Review(by=("U0BOB000001",)), post_if="something is down"))
    yield replies.schedule_given(replace(NEWS, state="paused"), RUNS, by="U0BOB000001", now=NOW)
    yield replies.schedule_gone()
    yield replies.button_outdated()
    yield replies.answer_too_old()
    yield replies.asking_again()
    yield schedule_moved(Moved(schedule=NEWS, before=SPREAD.places))
    yield schedule_moved(Moved(schedule=SPREAD, before=NEWS.places))
    yield no_new_place()
    yield post_deleted(None)
    yield post_deleted(NEWS)
    yield post_deleted(ONCE)
    yield post_gone()
    yield only_seen_by_one()
    yield not_yours_to_delete("U0BOB000001")
    yield not_yours_to_delete("")
    yield run_words(Run(at=NOW, outcome="posted", deleted_by="U0BOB000001"), "Europe/Berlin", now=NOW)
    mine = replace(NEWS, person=NEWS.user, channel="D0ADA000001")
    yield replies.schedule_made(mine, RUNS, zone_known=True, now=NOW, here="C0NEWS00001")
    yield question_window("move", SPREAD, metadata="")
    for asks in ("rename", "transfer", "move"):
        yield question_window(asks, NEWS, metadata="")
        yield callback_id(asks)[:0]


def left_out() -> Entries:
    """Runs that people leave out, and another time."""
    skipped = replace(NEWS, skips=(Skip(slot=RUNS[0], by=NEWS.user),))
    resting = replace(NEWS, paused_until=NOW + 7 * DAY)
    midnight = replace(NEWS, paused_until=datetime(2026, 11, 29, 23, tzinfo=UTC))
    for schedule in (skipped, resting, midnight):
        yield replies.schedule_card(schedule, RUNS, None, now=NOW)
        yield schedule_list([(schedule, RUNS[1])], scope="here", changeable=_is_named, now=NOW)
        yield paused_until(schedule, RUNS[1:], now=NOW)
        yield replies.coming_runs(schedule, RUNS, now=NOW)
    yield paused_until(resting, [], now=NOW)
    yield replies.coming_runs(ONCE, RUNS, now=NOW)
    yield run_skipped(skipped, RUNS[1], now=NOW)
    yield run_skipped(skipped, None, now=NOW)
    yield run_skipped(NEWS, RUNS[1], now=NOW)
    yield skipped_reply(skipped, RUNS[1], now=NOW)
    yield skip_taken_back(NEWS)
    yield break_untimed(NEWS.id)
    yield break_unclear("someday")
    yield would_run_once(NEWS)
    yield replies.time_changed(NEWS, now=NOW)
    yield run_words(Run(at=NOW, outcome="skipped", detail=replies.BY_HAND, by=NEWS.user), NEWS.zone, now=NOW)
    for until in ("2027-01-07", str(int(RUNS[0].timestamp()))):
        yield ask_about_all("pause", [(NEWS, RUNS[0])], now=NOW, until=until)


def refusals() -> Entries:
    yield replies.refusal_words(Unknown(name="all", near=()))
    yield replies.refusal_words(Unknown(name="kolu-tene", near=("kolu-tane", "kolu-bane")))
    yield replies.refusal_words(Outside(schedule=NEWS))
    yield replies.refusal_words(Outside(schedule=ONCE))
    yield replies.refusal_words(NotYours(schedule=NEWS))
    yield replies.refusal_words(NotYours(schedule=veiled_schedule(UNNAMED, here=None)))
    yield replies.refusal_words(NotReader(schedule=NEWS))
    yield replies.refusal_words(NotYours(schedule=UNNAMED))
    yield replies.refusal_words(NotAllowed(what="channel", channel="C0NEWS00001"))
    yield replies.refusal_words(NotAllowed(what="group"))
    yield replies.refusal_words(NotAllowed(what="channel", channel="D1", user="U0BOB000001"))
    yield replies.refusal_words(TooManyPlaces(count=21))
    missing = [NoSuchPlace(name="#nws", problem=problem) for problem in get_args(PlaceProblem)]
    for unplaced in missing:
        yield replies.refusal_words(unplaced)
    several = SomePlaces(
        refused=(missing[0], CannotPost(code="is_archived", channel="C0NEWS00001")), fit=SPREAD.places[:2]
    )
    yield replies.with_fitting_places(replies.refusal_words(several), "every monday at 9 to #ops: say hello")
    yield replies.refusal_words(NotMember(channel="C0NEWS00001"))
    for is_refused in (True, False):
        yield replies.refusal_words(MembershipUntold(channel="C0NEWS00001", is_refused=is_refused))
    yield without_marks(replies.refusal_words(NotMember(channel="C0NEWS00001")))  # at a field
    yield without_marks(replies.refusal_words(NotYours(schedule=NEWS)))
    for channel in (None, "C0NEWS00001"):
        for problem in _READING_PROBLEMS:
            for new_owner in (False, True):
                yield replies.refusal_words(CannotRead(channel=channel, problem=problem, new_owner=new_owner))
    yield replies.refusal_words(TooMuchToRead(count=12))
    for unfit in get_args(get_type_hints(CannotReview)["problem"]):
        yield replies.refusal_words(CannotReview(who="U0BOB000001", problem=unfit))
    for name_problem in ("taken", "too_long", "like_an_id", "empty"):
        yield replies.refusal_words(BadName(name="Python news", problem=name_problem))
    for exposure in EXPOSURES:
        yield replies.refusal_words(NeedsConsent(exposures=(exposure,)))
    for code in ("not_in_channel", "is_archived", "restricted_action"):
        yield replies.refusal_words(CannotPost(code=code, channel="C0NEWS00001"))
    for error in (QuotaReached("full"), DailyLimit("full"), Refused("no"), PublishError("down")):
        yield replies.refusal_words(NotPublished(error=error))
    yield replies.refusal_words(NotPublished(error=PublishError("down"), unsettled=True))
    yield replies.refusal_words(ChangedMeanwhile(schedule=NEWS))
    yield replies.refusal_words(TooLate())
    for pointless in POINTLESS:
        yield replies.refusal_words(Pointless(schedule=NEWS, problem=pointless))


_READING_PROBLEMS: Final = ("not_member", "not_in_channel", "archived", "not_shared", "refused", "untold")


def failures() -> Entries:
    for reason in replies.REASONS:
        for recurs in (False, True):
            yield replies.gave_up("What is new in Python?", reason=reason, recurs=recurs)
    for problem in get_args(Problem):
        yield replies.gave_up("What is new in Python?", reason=f"source_{problem}", name=LINK)
    yield replies.gave_up("What is new in Python?", reason="source_refused")
    yield replies.gave_up("What is new in Python?", reason="source_not_public", name=LINK, sandbox=True)
    yield replies.gave_up("What is new in Python?", reason="source_unreachable", name=LINK, status=502)
    yield replies.run_missed(NEWS, slot=NOW, coming=NOW + DAY)
    yield replies.run_missed(UNNAMED, slot=NOW, coming=None)
    for schedule in (NEWS, ONCE):
        yield replies.one_off_missed(schedule, due=NOW)
    yield replies.one_off_incomplete(SPREAD, due=NOW, missing=SPREAD.also)
    for number in (1, 3, 5):
        slots = [NOW + run * HOUR for run in range(number)]
        yield replies.runs_missed(NEWS, slots, most=4, coming=NOW + DAY)


def things_that_happen() -> Entries:
    for gone in (True, False):
        yield replies.channel_closed([NEWS], gone=gone)
        yield replies.channel_closed([NEWS, UNNAMED], gone=gone)
    yield replies.owner_gone([NEWS, UNNAMED], name="Ada Lovelace")
    yield replies.owner_gone([NEWS], name="")
    for notice in ("", "We move house until five."):
        yield replies.all_paused([NEWS, UNNAMED], notice=notice)
        yield replies.all_resumed([NEWS], notice=notice)
    for schedule in (NEWS, ONCE):
        for reads in (True, False):
            yield replies.owner_out(schedule, reads=reads)
    yield replies.no_place_open(SPREAD)
    yield replies.run_missed(SPREAD, slot=NOW, coming=RUNS[0], missing=SPREAD.also)
    for channel in ("C0OPS000001", "D0BOB000001", "C0OPS000002"):
        for reason in ("not_in_channel", "is_archived", "owner_out", "person_gone", "restricted_action"):
            yield replies.place_closed(SPREAD, channel, reason=reason)
    yield replies.place_removed(SPREAD, Place(channel="C0OPS000002"))
    for rows in ([(NEWS, NOW - 100 * DAY)], [(NEWS, NOW - 100 * DAY), (UNNAMED, NOW - 400 * DAY)]):
        yield replies.ask_to_renew(
            rows, until=NOW + 14 * DAY, now=NOW, reader=ReaderClock(zone="Europe/Berlin", is_twelve_hour=True)
        )
        yield replies.paused_unseen(
            rows, now=NOW, reader=ReaderClock(zone="Europe/Berlin", is_twelve_hour=True)
        )
    yield replies.schedule_kept(NEWS)
    yield replies.all_kept([NEWS, UNNAMED], [])
    yield replies.all_kept([NEWS], [Outside(schedule=UNNAMED)])
    unseen = replace(NEWS, state="paused", unseen_since=NOW - 400 * DAY)
    yield replies.schedule_card(unseen, RUNS, None, now=NOW)


def exposed() -> Entries:
    """Who would see what they could not read."""
    yield replies.exposure_words(EXPOSURES)
    yield replies.needs_consent(EXPOSURES[:1])
    for once in (False, True):
        yield consent_question(EXPOSURES[:1], kept="0123456789abcdef", once=once)
    yield agree_to_post(replies.exposure_words(EXPOSURES[:1]), action="preview_agree", value="p t")
    yield consent_dropped()
    for schedule in (NEWS, ONCE):
        yield owner_asked(schedule, EXPOSURES[:1], ticket="0123456789abcdef")
    yield consent_stale(NEWS, EXPOSURES[:2], ticket="0123456789abcdef")
    for runs_now in (False, True):
        yield consent_kept(NEWS, runs_now=runs_now)
    yield not_shown("What is new?", EXPOSURES[:1])
    yield from replies.consent_lines([exposure.accept(by="U0BOB000001", at=NOW) for exposure in EXPOSURES])


def limits() -> Entries:
    ends = NOW + DAY
    cases: list[tuple[Scope, Period, Kind, int, int]] = [
        ("schedule", "day", "money", 2_050_000_000, 5 * DOLLAR // 2),
        ("schedule", "month", "calls", 33, 40),
        ("team", "month", "calls", 1_000, 1_200),
        ("team", "day", "money", 8 * DOLLAR, 10 * DOLLAR),
        ("all", "day", "money", 80 * DOLLAR, 100 * DOLLAR),
    ]
    for scope, period, kind, used, most in cases:
        for schedule in (NEWS, UNNAMED, None):
            near = Near(scope=scope, period=period, kind=kind, used=used, most=most, ends=ends)
            yield replies.near_cap(near, schedule=schedule)
            reached = CapReached(scope=scope, period=period, kind=kind, most=most, ends=ends)
            yield replies.cap_reached(reached, schedule=schedule, query="What is new in Python?")


def posts() -> Entries:
    def post(answer: Answer, **more: Any) -> tuple[Part, ...]:
        options: dict[str, Any] = {"query": NEWS.query, "schedule": None, "demo": False, "cached": False}
        return replies.answer_parts(answer, **options | more)

    window = Window(since=NOW - DAY, until=NOW)
    moment = Window(since=NOW, until=NOW)
    pieces = (
        Piece(title="t", name=LINK, text="x"),
        Piece(title="t", name="<#C0OPS000001>", text="x", window=window, left_out="Some."),
        Piece(title="t", name="<#C0OPS000002>", text="x", window=moment),
    )
    unread = tuple(Unreadable(problem=problem, name=LINK) for problem in get_args(Problem))
    yield post(ANSWER)
    yield post(ANSWER, costs=True)
    yield [
        *replies.preview_in_form(replace(ANSWER, text="A sentence. \n\n" * 9_000), cached=False, demo=True)
    ]
    asked = replace(ANSWER, asked="What is due by Monday, 23 November 2026?")
    yield post(asked)
    yield [*replies.preview_in_form(asked, query="What is due by {date}?", cached=False, demo=False)]
    yield [*replies.preview_in_form(ANSWER, query="Until {tomorrow}?", cached=False, demo=False)]
    yield post(ANSWER, schedule=NEWS, shared=3)
    yield post(ANSWER, schedule=UNNAMED, cached=True)
    yield post(
        replace(ANSWER, whole="All of it.", credit=replies.source_credit(Material(pieces=pieces))),
        schedule=NEWS,
    )
    yield post(replace(ANSWER, unjudged=True, complete=False), schedule=NEWS)
    yield post(replace(ANSWER, judgement=Judgement(outcome="open")), schedule=NEWS)
    yield post(replace(ANSWER, partly_read=True))
    yield replies.source_credit(Material(pieces=pieces[:1], unread=unread))
    yield post(replace(ANSWER, text="A sentence of some length. " * 400), demo=True)
    yield replies.model_hint(demo=True)
    yield replies.model_hint(demo=False)
    for why in ("source_slow", "gave_up", "model_down"):
        yield post(ANSWER, stale_at=NOW + 2 * HOUR, why=why)
    yield replies.at_work()
    yield replies.reading_progress(3, 7)
    yield replies.nothing_new(NEWS.query, NEWS)
    yield replies.nothing_new(NEWS.query, NEWS, unjudged=True)
    for reason in ("Every service is up.", ""):
        yield replies.kept_back(NEWS.query, "something is down", reason)
    yield replies.no_answer(NEWS.query, UNNAMED, reason="model_down")


def reviews() -> Entries:
    review = Review(by=("U0BOB000001", "S0EDITORS01"), lead=HOUR)
    news = replace(NEWS, review=review)
    body = to_parts(ANSWER.text)
    press = ReviewPress(verb="post", schedule=NEWS.id, occasion="1800000000", round=1)
    face = ReviewFace(
        schedule=news,
        answer=replace(ANSWER, credit=LINK),
        body=body,
        value=press.value,
        slot=NOW + HOUR,
        due=NOW + HOUR,
        until=NOW + 13 * HOUR,
        undecided="skip",
        waits=False,
    )
    waits = replace(face, slot=None, waits=True, undecided="post")
    for asked in (face, waits):
        yield list(review_card(asked))
    for state in ("post", "late", "skip", "unseen", "undecided", "asked"):
        yield settled_card(face)
        yield decided_card(face, state, by="U0BOB000001", can_post_late=state == "undecided")
    edited = replace(waits, answer=replace(ANSWER, edited=True))
    yield review_outcome(edited, "post", by="U0BOB000001")
    yield replaced_card(face)
    yield settled_card(face)
    yield sources_changed(face)
    yield edit_window(news, "Some words. " * 400, metadata="")
    yield late_edit_window(review_gone(), "My words.")
    yield edit_too_long(23_456)
    yield too_long_to_edit()
    yield edit_empty()
    yield review_anew()
    yield made_anew()
    for known in (None, news):
        yield not_a_reviewer(known)
    for known in (None, replace(news, state="paused"), news):
        yield review_pointless(known)
    for slot in (None, NOW):
        yield nobody_decided(news, slot=slot)
        yield waiting_words(
            WaitingPost(schedule=news, slot=slot, due=NOW, link="https://town.slack.com/archives/D1/p1")
        )
    unfit = [("U0BOB000001", problem) for problem in get_args(ReviewerProblem)]
    for nobody in (False, True):
        yield reviewers_unfit(news, unfit, nobody=nobody, undecided="skip")
    yield reviewers_unfit(news, [], nobody=True, undecided="post")
    for undecided in get_args(Undecided):
        yield replies.schedule_card(
            replace(news, review=replace(review, undecided=undecided)), RUNS, None, now=NOW
        )
    for name in ("Grace Hopper", NOBODY):
        yield replies.answer_parts(
            replace(ANSWER, reviewed=name, edited=name != NOBODY, posted_for=NOW),
            query=NEWS.query,
            schedule=news,
            demo=False,
            cached=False,
        )
        yield run_words(Run(at=NOW, outcome="posted", by=name), "Europe/Berlin", now=NOW)
    skipped = Run(at=NOW, outcome="skipped", detail=replies.SKIPPED, by="Grace Hopper")
    yield run_words(skipped, "Europe/Berlin", now=NOW)


def subscriptions() -> Entries:
    at_once = Subscription(
        team=NEWS.team,
        schedule=NEWS.id,
        user="U0BOB000001",
        rhythm="at_once",
        channel=NEWS.channel,
        direct="D0BOB000001",
        title="Python news",
        since=NOW,
    )
    daily = replace(at_once, rhythm="daily", cron="0 8 * * *", zone="Europe/Berlin")
    weekly = replace(daily, rhythm="weekly", cron="0 16 * * 5")
    for own in (at_once, daily, weekly):
        yield subscribed_words(own, NEWS, now=NOW)
    yield welcome_reply(daily, NEWS, now=NOW, zone_known=False)
    for problem in get_args(SubscriptionProblem):
        yield cannot_subscribe(
            problem, NEWS if problem not in ("not_subscribed", "not_reader", "untold") else None
        )
    yield not_reached()
    for before, zone in ((None, "Europe/Berlin"), (weekly, None)):
        yield subscription_window(NEWS, before, zone=zone, metadata="")
    places = {NEWS.channel: "1700000000.000100"}
    post = KeptPost(at=NOW - HOUR, slot=NOW - HOUR, query=NEWS.query, answer=ANSWER, places=places)
    for age, text in ((HOUR, "Well."), (timedelta(0), "One more. " * 500)):
        told = replace(post, at=NOW - age, answer=replace(ANSWER, text=text))
        yield from copy_parts(told, NEWS, channel=NEWS.channel, link="https://a.example", now=NOW)
    line = PostLine(at=NOW - DAY, text="## Releases\n\nPython 3.15 is out.", places=places)
    for more in (0, 1, 2):
        yield digest_part([(line, "https://a.example")] * (2 if more else 1), NEWS, more=more)
    for schedule in (NEWS, None):
        yield unsubscribed_words(at_once, schedule)
    paused = replace(NEWS, state="paused")
    yield subscription_list([(at_once, NEWS), (daily, paused), (weekly, None)], now=NOW)
    yield subscription_list([(at_once, NEWS)] * 50, now=NOW)
    yield subscription_list([], now=NOW)
    yield copies_not_readable(at_once)
    yield copies_left([at_once, daily], channel=NEWS.channel)
    yield copies_deleted(at_once)
    yield copies_paused(at_once)
    for count in (1, 3):
        yield replies.schedule_card(NEWS, RUNS, None, now=NOW, subscribers=count)
    yield home_view(
        [],
        page=0,
        mine=0,
        others=0,
        failures=[],
        usage=None,
        channels_known=True,
        now=NOW,
        sent=[(daily, NEWS)] * 12,
    )


def votes() -> Entries:
    for recorded in get_args(Recorded):
        yield vote_counted(recorded)
    yield vote_in_vain()
    yield reason_kept()
    for asker in (NEWS.user, ""):
        yield not_yours_to_withdraw(asker)
    for is_new in (True, False):
        yield withdrawn_words(is_new=is_new)
    for read_by in get_args(ReadBy):
        yield vote_window(read_by=read_by, may_withdraw=True, metadata="")
    yield reason_passed_on(NEWS.user)
    for link in ("https://example.slack.com/archives/C1/p1", ""):
        yield reason_told("Too long", link)
    yield nothing_to_withdraw()
    yield from withdraw_latest_row(NEWS.id, channel=NEWS.channel, ts="1.2")
    for is_remade in (True, False):
        yield withdrawn_words(is_new=True, is_remade=is_remade)
        yield withdrawn_post(NEWS.user, head=None, buttons=None, is_remade=is_remade)
    yield withdrawn_part()
    yield from with_thumbs(to_parts("Well."), Target(answer="abcdef123456", asker=NEWS.user))
    told = feedback_words(Feedback(up=5, down=2, reasons=("Too long", "Out of date")))
    yield told
    yield replies.schedule_card(NEWS, RUNS, None, now=NOW, feedback=told)


def home() -> Entries:
    paused = replace(UNNAMED, state="paused")
    last = Run(at=NOW - DAY, outcome="failed", detail="model_down")
    lines = [
        Line(schedule=NEWS, coming=RUNS[0], last=None, mine=True, changeable=True),
        Line(schedule=paused, coming=None, last=last, mine=True, changeable=True),
        Line(schedule=ONCE, coming=ONCE.at, last=None, mine=True, changeable=True),
        Line(schedule=READING, coming=None, last=last, mine=False, changeable=False),
    ]
    for shown, left_out in ((lines, 1), ([], 2), (lines * 20, 0)):
        failures = [(line.schedule, last) for line in shown]
        yield home_view(
            sorted(shown, key=lambda line: not line.mine)[:HOME_PAGE],
            page=left_out,
            mine=sum(line.mine for line in shown),
            others=sum(not line.mine for line in shown),
            failures=failures,
            usage=_usage() if shown else None,
            channels_known=bool(shown),
            now=NOW,
            left_out=left_out,
            note=replies.schedule_paused(NEWS) if shown else "",
            undo=NEWS.id if shown else "",
        )
    yield home_view(
        lines, page=1, mine=60, others=20, failures=[], usage=_usage(), channels_known=True, now=NOW
    )
    card = replies.schedule_card(NEWS, RUNS, last, now=NOW, buttons=False)
    history = replies.run_history(NEWS, [last], now=NOW, back=False)
    yield details_window(card, history, NEWS, channel=NEWS.channel, changeable=True, now=NOW)
    yield details_window(card, history, NEWS, channel="", changeable=False, now=NOW)
    yield modal_window([note_block(replies.schedule_gone())])


def _usage(**more: Any) -> Usage:
    sums: dict[str, Any] = {
        "month": date(2026, 11, 23),
        "calls": 123,
        "put_off": 1,
        "posted": 200,
        "cached": 90,
        "failed": 2,
        "tokens_in": 120_000,
        "tokens_out": 34_000,
        "missed": 110,
        "skipped": 3,
        "unchanged": 4,
        "quiet": 5,
        "spent": 4 * DOLLAR,
        "saved": 3 * DOLLAR,
        "saved_tokens": 50_000,
        "unpriced": 2,
        "days": (Day(calls=3, cached=2, spent=3 * DOLLAR), Day(calls=9, spent=DOLLAR, saved=3 * DOLLAR)),
    }
    return Usage(**sums | more)


def statistics() -> Entries:
    top = (
        Spender(id=NEWS.id, calls=40, cost=2 * DOLLAR, schedule=NEWS),
        Spender(id=UNNAMED.id, calls=1, cost=DOLLAR, schedule=UNNAMED),
        Spender(id="mira-velo", calls=2, cost=0, over="deleted"),
        Spender(id="zuno-kali", calls=2, cost=0, over="ended"),
    )
    money = Statistics(usage=_usage(), top=top, before=_usage(month=date(2026, 10, 23)))
    unpriced = _usage(spent=0, saved=0, unpriced=1, saved_tokens=0)
    calls = Statistics(
        usage=unpriced, top=(replace(top[0], cost=0),), before=replace(unpriced, month=date(2026, 10, 1))
    )
    empty = Usage(
        month=date(2026, 11, 23), calls=0, put_off=0, posted=0, cached=0, failed=0, tokens_in=0, tokens_out=0
    )
    yield UNKNOWN
    yield usage_reply(None)
    yield usage_reply(Statistics(usage=empty))
    yield usage_reply(Statistics(usage=_usage(unpriced=1)))
    for month in (money, calls):
        yield usage_reply(month)
        yield statistics_window(month)


def composer() -> Entries:
    for name, value in (vars(composer_words) | vars(saving_words)).items():
        if name.isupper() and isinstance(value, str):
            yield value
        elif name.isupper() and isinstance(value, Mapping):
            yield list(value.values())
        elif name.isupper() and isinstance(value, tuple):
            yield [words for _, words in value]
    yield composer_words.when_hint(needed=False)
    yield composer_words.when_hint(needed=True)
    yield composer_words.when_hint(needed=True, zone="Europe/Berlin")
    yield composer_words.on_the(1)
    yield composer_words.last_hours("48")
    yield composer_words.default_model("openai:gpt-5")
    yield composer_words.default_model()
    yield composer_words.model_gone("openai:gpt-3")
    yield composer_words.default_freshness(max_age=HOUR, lead=timedelta(minutes=5))
    yield composer_words.default_freshness(max_age=timedelta(0), lead=timedelta(0))
    yield composer_words.other_freshness("5400")
    times = "Tue 24 Nov 09:00 · Wed 25 Nov 09:00"
    yield composer_words.next_times(f"{times} your time", ends=False, zone="Europe/Berlin")
    for ends in (False, True):
        yield composer_words.next_times(times, ends=ends, zone="Europe/Berlin")
    yield composer_words.prompt_too_long(12_345)
    yield composer_words.name_too_long(77)
    yield composer_words.links_too_long(3_456, most=3_000)
    for count in (1, 2, 12):
        yield composer_words.no_links([f"example{number}.org" for number in range(count)])
    yield composer_words.too_many_channels(5, most=3)
    yield composer_words.too_many_places(21)
    yield composer_words.too_many_sources(12)
    yield composer_words.too_many_reviewers(12)
    yield composer_words.other_lead("600")
    yield saving_words.asked_now(NEWS)
    yield saving_words.asked_now(replace(NEWS, channel="D0ADA000001"))
    yield saving_words.asked_now(replace(NEWS, review=Review(by=("U0BOB000001", "S0EDITORS01"))))
    for outcome in get_args(get_type_hints(Judgement)["outcome"]):
        for made in (None, NOW - DAY):
            for reason in ("Every service is up.", ""):
                trial = Trial(made=made, judgement=Judgement(outcome=outcome, reason=reason))
                yield trial_parts("something is down", [trial], demo=False)
    yield trial_words("something is down", [], demo=True)
    for schedule in (NEWS, UNNAMED, ONCE, replace(NEWS, post_if="something is down")):
        for seen, kept in ((None, False), (NOW, True), (NOW - DAY, False)):
            yield saving_words.form_saved(schedule, [], first=RUNS[0], seen=seen, kept=kept, now=NOW)


def messages_tab() -> Entries:
    words = agent_words
    yield words.agent_welcome()
    yield words.agent_welcome(in_threads=False)
    yield words.TRY_THIS
    for failed, coming in ((None, None), (UNNAMED, NEWS)):
        for prompt in words.suggested_prompts(failed=failed, coming=coming, channel="news"):
            yield prompt.title
            yield f"`{prompt.message}`"
    yield f"Precache {words.status_thinking()}"
    yield f"Precache {words.status_reading(3, 8)}"


def pages() -> Entries:
    yield install_pages.invitation_page(authorize_url="https://slack.com/oauth/v2/authorize")
    yield install_pages.installed_page(name="Analytical Engines", open_url="https://slack.com/app_redirect")
    yield install_pages.denied_page(install_url="/slack/install")
    yield install_pages.start_again(install_url="/slack/install")
    yield install_pages.not_possible(code="token_rotation_enabled", install_url="/slack/install")
    yield install_pages.slack_silent(install_url="/slack/install")
    yield install_pages.database_down(install_url="/slack/install")


PLACES: Final[Mapping[str, Callable[[], Entries]]] = {
    "Answers to commands, mentions and shortcuts": answers_to_commands,
    "Times that cannot be kept": times,
    "Help": help_texts,
    "A schedule: confirmations and cards": schedules,
    "Lists": lists,
    "Many schedules at once": many_at_once,
    "History": histories,
    "What was done with a schedule": changes_to_schedules,
    "Runs that are left out by hand": left_out,
    "Refusals": refusals,
    "Failures": failures,
    "Things that happen around schedules": things_that_happen,
    "Who would see it": exposed,
    "Limits": limits,
    "Posts": posts,
    "Posts that are looked at first": reviews,
    "Subscriptions": subscriptions,
    "Votes, and answers that are withdrawn": votes,
    "The App Home": home,
    "The Messages tab": messages_tab,
    "Statistics": statistics,
    "The form": composer,
    "Pages in a browser": pages,
}


def texts_in(entry: object) -> Iterator[str]:
    """Everything in an entry that people read, whatever carries it."""
    match entry:
        case str():
            yield from entry.splitlines()
        case Reply():
            yield from entry.text.splitlines()
            yield from texts_in(entry.blocks or ())
        case Part():
            yield from texts_in(entry.blocks)
        case Response():
            body = bytes(entry.body).decode().partition("<body>")[2]
            for piece in re.split(r"</?(?:p|h1|li|ol|ul|a|main|body|html)\b[^>]*>", body):
                text = re.sub(r"</?code>", "`", piece)
                yield from texts_in(html.unescape(text.strip()))
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            yield from text.splitlines()
        case Mapping():
            for key, value in entry.items():
                if key in ("blocks", "elements", "options", "fields") or isinstance(value, Mapping):
                    yield from texts_in(value)
                elif key == "alt_text":
                    yield str(value)
        case Sequence():
            for part in entry:
                yield from texts_in(part)
        case _:
            return


def readable(text: str) -> str:
    """As Slack shows it, roughly."""
    text = re.sub(r"<!date\^(\d+)\^[^|]*\|[^>]*>", _shown_date, text)
    text = re.sub(r"<!subteam\^\w+>", "@writers", text)
    text = re.sub(r"<https?://[^|>]*\|([^>]*)>", r"\1", text)
    text = text.replace("<#C0NEWS00001>", "#news").replace("<#C0OPS000001>", "#ops")
    text = text.replace("<#C0OPS000002>", "#support")
    text = text.replace("<@U0ADA000001>", "@ada").replace("<@U0BOB000001>", "@bob")
    return html.unescape(text).strip()


def _shown_date(found: re.Match[str]) -> str:
    moment = datetime.fromtimestamp(int(found[1]), UTC)
    days = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    day = days.get((moment.date() - NOW.date()).days, f"{moment:%b} {moment.day}, {moment.year}")
    return f"{day} at {moment.hour % 12 or 12}:{moment:%M %p}"


def all_sentences() -> dict[str, list[str]]:
    """All that can be read in each place, once."""
    known: set[str] = set()
    found: dict[str, list[str]] = {}
    for place, entries in PLACES.items():
        found[place] = []
        for entry in entries():
            for text in map(readable, texts_in(entry)):
                if text and text not in known:
                    known.add(text)
                    found[place].append(text)
    return found


def main() -> None:
    for place, sentences in all_sentences().items():
        lines = ("", place, "=" * len(place), *(f"- {sentence}" for sentence in sentences))
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
