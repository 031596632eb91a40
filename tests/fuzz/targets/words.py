"""Commands, prompts and times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bot.commands import parse_command
from bot.replies import bad_time
from bot.sandbox.block_kit import block_problems
from bot.sources import find_unread, links_in, read_prompt
from scheduler import (
    Closures,
    Cron,
    Once,
    Timing,
    WhenError,
    describe_timing,
    find_timing,
    is_free,
    may_name_calendar,
    read_timing,
    runs_at,
    upcoming_runs,
)
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

NOW: Final = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
BERLIN: Final = "Europe/Berlin"
_ZONES: Final = (BERLIN, None, "America/New_York", "Asia/Kathmandu", "Pacific/Chatham")


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _check_runs(timing: Timing) -> None:
    """Its next runs come in order, after now, and are those of which it says that it runs."""
    runs = upcoming_runs(timing, after=NOW, count=3, closures=Closures())
    assert runs == sorted(set(runs)), runs
    assert all(run > NOW for run in runs), runs
    if isinstance(timing.when, Cron):
        assert all(runs_at(timing, run, closures=Closures()) for run in runs), runs


def _read_back(timing: Timing) -> None:
    """Its own words mean the same; those of a moment tell no seconds."""
    said = describe_timing(timing, reader=BERLIN)
    try:
        again = read_timing(said, now=NOW, zone=BERLIN)
    except WhenError as exc:
        raise AssertionError(f"{said!r}: {exc}") from exc
    if isinstance(timing.when, Once):
        assert again is not None, said
        assert isinstance(again.when, Once), said
        assert abs((again.when.at - timing.when.at).total_seconds()) < 60, said
        return
    assert again == timing, f"{said!r} is {again}, not {timing}"


@target(
    *(
        "every weekday at 9am",
        "in 90 minutes",
        "tomorrow at noon UTC",
        "0 9 * * 1-5",
        "on 3 May 2027 at 18:00",
    ),
    *("every other friday at 4 pm until 1 March", "the last working day of each month at 8", "twice a day"),
    *(
        "every day at 9 except holidays in DE-BY",
        "next monday",
        "every 15 minutes between 9 and 17 on mondays",
    ),
    *("every second tuesday of the month at 7:30 in New York", "at 17h", "daily 9:30 for 3 weeks"),
    longest=300,
)
def times(data: bytes) -> None:
    text = as_text(data)
    for zone in (BERLIN, None):
        try:
            timing = read_timing(text, now=NOW, zone=zone)
        except WhenError as exc:
            reply = bad_time(exc, typed=text[:500])
            assert not block_problems([*(reply.blocks or ())]), reply
            continue
        if timing is not None and timing.when.zone:
            _check_runs(timing)
            _read_back(timing)


@target(
    *(
        "every weekday at 9am: what is new on https://example.com?",
        "list",
        "pause kolu-tane",
        "why is the sky blue?",
    ),
    *(
        "remind me at 5pm to stretch",
        "delete all",
        "rename a to b",
        "give kolu to <@U0ADA000001|ada>",
        "help times",
    ),
    *(
        "summarise this thread every monday",
        "“list every day”",
        "undo",
        "stats",
        "run Morning News now!",
        "preview x",
    ),
    longest=400,
)
def commands(data: bytes) -> None:
    choices = Choices(data)
    zone, in_thread = choices.pick(_ZONES), bool(choices.take_number(2))
    text = as_text(choices.take_rest())
    try:
        parse_command(text, now=NOW, zone=zone, in_thread=in_thread)
    except WhenError as exc:
        reply = bad_time(exc, typed=text[:500])
        assert not block_problems([*(reply.blocks or ())]), reply


@target("every day at 9: tell a joke", "tell a joke every day at 9", "news until friday", longest=300)
def split_commands(data: bytes) -> None:
    text = as_text(data)
    try:
        found = find_timing(text, now=NOW, zone=BERLIN)
    except WhenError:
        return
    if found is not None:
        timing, prompt = found
        assert len(prompt) < len(text)
        _check_runs(timing)
        _read_back(timing)


@target("0 9 * * 1-5", "*/15 9-16 1,15 jan-jun mon", "0 0 29 2 *", "59 23 31 12 7", "@daily", longest=80)
def crons(data: bytes) -> None:
    choices = Choices(data)
    zone = choices.pick((BERLIN, "UTC", "America/New_York", "Lord_Howe", "Australia/Lord_Howe"))
    try:
        cron = Cron.parse(as_text(choices.take_rest()), zone=zone)
        timing = Timing(when=cron)
    except WhenError:
        return
    assert Cron.parse(cron.expression, zone=cron.zone) == cron
    _check_runs(timing)


@target("DE-BY", "Bavaria", "new york", "2026-12-24..2027-01-01, 2027-05-07", "31/12", longest=120)
def calendars(data: bytes) -> None:
    """A calendar by its name or code, and an operator's own days."""
    text = as_text(data)
    may_name_calendar(text)
    for said in (f"every weekday at 9 except holidays in {text}", f"every day until {text}"):
        try:
            timing = read_timing(said, now=NOW, zone=BERLIN)
        except WhenError:
            continue
        if timing is not None:
            _check_runs(timing)
            _read_back(timing)
    try:
        closures = Closures.parse(text)
    except ValueError:
        return
    is_free(NOW.date(), calendar=None, closures=closures)


@target(
    *(
        "compare https://a.example/x?y=1 with <https://b.example|b>",
        "sum up the last 24 hours of <#C0NEWS00001|news>",
    ),
    *(
        "summarise this thread",
        "what is in this file?",
        "read www.example.com and C:\\x",
        "what happened here today?",
    ),
    *(
        "https://ada.slack.com/archives/C0NEWS00001/p1700000000000100?thread_ts=1700000000.000100",
        "ftp://x [a](b)",
    ),
    longest=600,
)
def prompts(data: bytes) -> None:
    text = as_text(data)
    links_in(text)
    find_unread(text)
    for channel, thread in (("C0NEWS00001", None), ("C0NEWS00001", "1700000000.000100"), (None, None)):
        read_prompt(text, links_in=links_in, channel=channel, thread=thread)
