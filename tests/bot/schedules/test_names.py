"""Names of schedules."""

from __future__ import annotations

import pytest

from bot.schedules.names import ID, NEW_ID, bad_name, new_id, tidy_name


@pytest.mark.parametrize(
    ("typed", "kept", "problem"),
    [
        (None, None, None),
        ("News", "News", None),
        (" Morning  news ", "Morning  news", None),
        ("\u202enews\u2066", "news", None),
        ("שלום עולם", "שלום עולם", None),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family", None),
        ("", "", "empty"),
        ("\x00\u202e ", "", "empty"),
        ("two\nlines", "two\nlines", "too_long"),
        ("n" * 61, "n" * 61, "too_long"),
        ("kolu-tane", "kolu-tane", "like_an_id"),
    ],
)
def test_a_name_is_kept_without_what_is_not_seen_and_is_one_of_its_own(
    typed: str | None, kept: str | None, problem: str | None
) -> None:
    assert tidy_name(typed) == kept
    bad = bad_name(kept)
    assert (bad.problem if bad else None) == problem


def test_an_id_can_be_spoken() -> None:
    assert all(ID.fullmatch(name) and NEW_ID.fullmatch(name) for name in (new_id() for _ in range(100)))
