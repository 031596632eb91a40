"""No text is dear to read: twice as long takes about twice the time, whatever it repeats."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from scheduler.errors import WhenError
from scheduler.language.command import find_timing, perhaps_timing, read_timing
from tests.measuring import grows_evenly

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
LONG = 2_000
REPEATED = [
    "!", " ", "\t", "\n", ".", "…", ",", ", ", "@", "@a ", "<@", "`", '"', "(", "()", "thanks, ", ", thanks",
    "a", "a ", "a-", "a/b", "x x", "every ", "every day at 9 ", "at 9 ", "9 ", "1,", "1-", "1h", "0 9 * * * ",
    "* ", "in 1 ", "in Paris ", "Europe/", "monday,", "monday ", "until ", "starting ", "holidays ", "DE ",
    "TZ=a ", "remind me ", "\u00a0", "\u200b", "🙏", "½", "jeden a ", ":a:", "tomorrow ", "1/2/",
    "in a few hours ", "every so often ", "that people do ", "to do ", "every firday ", "daily ",
]  # fmt: skip
BEGINNINGS = ["", "every day at 9 ", "every day at 9 except ", "every day at 9am in ", "remind me ", "cron "]


def find(text: str) -> object:
    return find_timing(text, now=NOW, zone="Europe/Berlin"), perhaps_timing(text)


def repeated(beginning: str, piece: str, length: int) -> str:
    return (beginning + piece * length)[:length] + " x!x"


@pytest.mark.parametrize("piece", REPEATED)
def test_a_text_of_twice_the_length_takes_less_than_three_times_as_long(piece: str) -> None:
    for beginning in BEGINNINGS:
        find_or_refuse(repeated(beginning, piece, 50))  # what is loaded once, is loaded
        short, long = (repeated(beginning, piece, length) for length in (LONG, 2 * LONG))
        assert grows_evenly(find_or_refuse, short, long), f"{beginning!r} {piece!r}"


def find_or_refuse(text: str) -> None:
    with suppress(WhenError):
        find(text)


@pytest.mark.parametrize("piece", ["!", " ", "every day at 9 "])
def test_what_is_longer_than_any_command_is_not_read_at_all(piece: str) -> None:
    assert find_timing(f"every day at 9 {piece * 100_000}x", now=NOW, zone="UTC") is None
    assert read_timing(f"every day at 9{piece * 2_000}", now=NOW, zone="UTC") is None
    assert perhaps_timing(f"{piece * 100_000}every night") is None
