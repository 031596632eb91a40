"""No text is dear to read: twice as long takes about twice the time, whatever it repeats."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from scheduler.errors import WhenError
from scheduler.language.command import find_timing, perhaps_timing, read_timing

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
LONG = 2_000
TRIES = 12
REPEATED = [
    "!", " ", "\t", "\n", ".", "…", ",", ", ", "@", "@a ", "<@", "`", '"', "(", "()", "thanks, ", ", thanks",
    "a", "a ", "a-", "a/b", "x x", "every ", "every day at 9 ", "at 9 ", "9 ", "1,", "1-", "1h", "0 9 * * * ",
    "* ", "in 1 ", "in Paris ", "Europe/", "monday,", "monday ", "until ", "starting ", "holidays ", "DE ",
    "TZ=a ", "remind me ", "\u00a0", "\u200b", "🙏", "½", "jeden a ", ":a:", "tomorrow ", "1/2/",
    "in a few hours ", "every so often ", "that people do ", "to do ", "every firday ", "daily ",
]  # fmt: skip
BEGINNINGS = ["", "every day at 9 ", "every day at 9 except ", "every day at 9am in ", "remind me ", "cron "]


def process_seconds(read: Callable[[str], object], text: str) -> float:
    """The processor's time that one reading of `text` takes."""
    began = time.process_time()
    with suppress(WhenError):
        read(text)
    return time.process_time() - began


def grows_evenly(read: Callable[[str], object], short: str, long: str) -> bool:
    """Whether `long`, of twice the length, takes less than three times as long: the best of several tries."""
    least = [float("inf"), float("inf")]
    for _ in range(TRIES):
        least = [min(least[0], process_seconds(read, short)), min(least[1], process_seconds(read, long))]
        if least[1] < 3 * least[0] + 0.001:
            return True
    return False


def find(text: str) -> object:
    return find_timing(text, now=NOW, zone="Europe/Berlin"), perhaps_timing(text)


def repeated(beginning: str, piece: str, length: int) -> str:
    return (beginning + piece * length)[:length] + " x!x"


@pytest.mark.parametrize("piece", REPEATED)
def test_a_text_of_twice_the_length_takes_less_than_three_times_as_long(piece: str) -> None:
    for beginning in BEGINNINGS:
        find_or_refuse(repeated(beginning, piece, 50))  # what is loaded once, is loaded
        short, long = (repeated(beginning, piece, length) for length in (LONG, 2 * LONG))
        assert grows_evenly(find, short, long), f"{beginning!r} {piece!r}"


def find_or_refuse(text: str) -> None:
    with suppress(WhenError):
        find(text)


@pytest.mark.parametrize("piece", ["!", " ", "every day at 9 "])
def test_what_is_longer_than_any_command_is_not_read_at_all(piece: str) -> None:
    assert find_timing(f"every day at 9 {piece * 100_000}x", now=NOW, zone="UTC") is None
    assert read_timing(f"every day at 9{piece * 2_000}", now=NOW, zone="UTC") is None
    assert perhaps_timing(f"{piece * 100_000}every night") is None
