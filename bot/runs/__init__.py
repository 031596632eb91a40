"""The road from a delivery to one post: announce, claim, prepare, post, and write down what became of it."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.runs.announce import Announcer
    from bot.runs.cap_alerts import CapAlerts
    from bot.runs.demo_notice import DemoNotice
    from bot.runs.eyes.notes import ReaderNotes
    from bot.runs.eyes.reader_guard import ReaderGuard
    from bot.runs.finish import Finish
    from bot.runs.follow_ups import EarlierAnswers
    from bot.runs.ledger.ledger import Ledger
    from bot.runs.owner_check import OwnerCheck
    from bot.runs.places.admission import Admission
    from bot.runs.places.fan_out import FanOut
    from bot.runs.places.telling_once import TellingOnce
    from bot.runs.post import Sleep, post_answer
    from bot.runs.prepare import Prepare
    from bot.runs.preview import PreviewDelivery
    from bot.runs.progress import Progress
    from bot.runs.results import Results
    from bot.runs.review.ahead import ReviewAhead
    from bot.runs.review.asking import ReviewDesk
    from bot.runs.review.cards import ReviewCards
    from bot.runs.review.records import OpenReview, ReviewKey
    from bot.runs.review.review_store import Decided, NotDecided, ReviewStore
    from bot.runs.review.reviewers import Reviewers
    from bot.runs.review.waiting import AskedPage, AskedReview
    from bot.runs.runner import MayRun, Runs
    from bot.runs.state.claims import LEASE, Begun, Busy, Ending, OpenPost, Standing, Taken, standing_of
    from bot.runs.state.taken_run import TakenRun
    from bot.runs.verdict import SOON, is_nothing_posted
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "LEASE",
    "SOON",
    "Admission",
    "Announcer",
    "AskedPage",
    "AskedReview",
    "Begun",
    "Busy",
    "CapAlerts",
    "Decided",
    "DemoNotice",
    "EarlierAnswers",
    "Ending",
    "FanOut",
    "Finish",
    "Ledger",
    "MayRun",
    "NotDecided",
    "OpenPost",
    "OpenReview",
    "OwnerCheck",
    "Prepare",
    "PreviewDelivery",
    "Progress",
    "ReaderGuard",
    "ReaderNotes",
    "Results",
    "ReviewAhead",
    "ReviewCards",
    "ReviewDesk",
    "ReviewKey",
    "ReviewStore",
    "Reviewers",
    "Runs",
    "Sleep",
    "Standing",
    "Taken",
    "TakenRun",
    "TellingOnce",
    "is_nothing_posted",
    "post_answer",
    "standing_of",
]
