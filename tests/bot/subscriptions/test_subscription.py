"""Subscriptions as values: their times, their records, and the jobs that are sent for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import NewerRecord
from bot.subscriptions import (
    Rhythm,
    Subscription,
    make_copy_job,
    mark_of,
    read_subscription_id,
    read_subscription_time,
    rhythm_of,
)
from scheduler import Cron, Job, Timing, WhenError

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
REF = ("T1", "kolu-tane")
AT_ONCE = Subscription(
    team="T1",
    schedule="kolu-tane",
    user="U2",
    rhythm="at_once",
    channel="C1",
    direct="D2",
    title="Why?",
    since=NOON,
)
DAILY = replace(AT_ONCE, rhythm="daily", cron="0 8 * * *", zone="Europe/Berlin")
WEEKLY = replace(AT_ONCE, rhythm="weekly", cron="0 16 * * 5", zone="UTC")


@pytest.mark.parametrize("own", [AT_ONCE, DAILY, WEEKLY, replace(DAILY, is_pending=True, told_paused=True)])
def test_a_record_is_read_as_it_was_written(own: Subscription) -> None:
    assert Subscription.decode(own.encode(), ref=REF, user="U2") == own


def test_a_record_of_a_newer_version_is_not_guessed_at() -> None:
    with pytest.raises(NewerRecord):
        Subscription.decode(AT_ONCE.encode().replace('"v":1', '"v":2'), ref=REF, user="U2")


@pytest.mark.parametrize(
    ("job", "own"),
    [
        (make_copy_job(REF, "U2", slot=NOON), AT_ONCE),
        (DAILY.slot_job, DAILY),
        (WEEKLY.slot_job, WEEKLY),
    ],
)
def test_a_job_is_for_the_subscription_as_it_was_when_it_was_published(job: Job, own: Subscription) -> None:
    for other in (AT_ONCE, DAILY, WEEKLY, replace(DAILY, zone="UTC"), replace(WEEKLY, cron="0 17 * * 5")):
        assert (mark_of(job) in other.encode()) == (other == own)
    assert Job.decode(job.encode()) == job
    assert read_subscription_id(job.id or job.schedule) == ("kolu-tane", "U2")


@pytest.mark.parametrize(
    "text", [None, "", "kolu-tane", "kolu-tane.", ".U2", "kolu-tane.u2", "a.U2.U3", "x y.U2"]
)
def test_what_is_no_id_is_none(text: str | None) -> None:
    assert read_subscription_id(text) is None


@pytest.mark.parametrize(
    ("words", "cron", "rhythm"),
    [
        ("at 8", "0 8 * * *", "daily"),
        ("at nine", "0 9 * * *", "daily"),
        ("nine", "0 9 * * *", "daily"),
        ("8", "0 8 * * *", "daily"),
        ("7:30", "30 7 * * *", "daily"),
        ("every weekday at 7:30", "30 7 * * 1-5", "daily"),
        ("every friday at 4pm", "0 16 * * 5", "weekly"),
        ("weekly on friday at 16:00", "0 16 * * 5", "weekly"),
        ("every month on the 1st at 8", "0 8 1 * *", None),
        ("every 5 minutes", "*/5 * * * *", None),
    ],
)
def test_a_time_is_read_as_people_say_it(words: str, cron: str, rhythm: Rhythm | None) -> None:
    timing = read_subscription_time(words, now=NOON, zone="Europe/Berlin")
    assert timing is not None
    assert isinstance(timing.when, Cron)
    assert (timing.when.expression, timing.when.zone) == (cron, "Europe/Berlin")
    assert rhythm_of(timing) == rhythm


def test_a_time_with_an_end_is_none_that_a_subscription_has() -> None:
    cron = Cron.parse("0 8 * * *", zone="UTC")
    assert rhythm_of(Timing(when=cron)) == "daily"
    assert rhythm_of(Timing(when=cron, until=NOON)) is None


@pytest.mark.parametrize("words", ["soon", "whenever", "at the office"])
def test_what_is_no_time_is_none(words: str) -> None:
    assert read_subscription_time(words, now=NOON, zone="UTC") is None


def test_a_time_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(WhenError):
        read_subscription_time("at 25:00", now=NOON, zone="UTC")
