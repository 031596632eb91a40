"""A link in a post shows where it leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.mrkdwn import link_markup


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://example.com", "<https://example.com|example.com>"),
        ("https://example.com/a/b?c=d&e=f", "<https://example.com/a/b?c=d&amp;e=f|example.com/a/b>"),
        ("https://example.com:8443/", "<https://example.com:8443/|example.com:8443>"),
        (
            "https://example.com/a/very/long/way/to/a/page/about/bridges",
            "<https://example.com/a/very/long/way/to/a/page/about/bridges|example.com/a/very/long/way/to/a/page/ab…>",
        ),
        (
            "https://аpple.com/",
            "<https://xn--pple-43d.com/|xn--pple-43d.com>",
        ),  # its first letter is Cyrillic
        ("https://example.com/*a*_`b`", "<https://example.com/%2Aa%2A_%60b%60|example.com/%2Aa%2A_%60b%60>"),
        ("https://user@example.com/", "a link"),
        ("javascript:alert(1)", "a link"),
    ],
)
def test_it_is_made_of_the_address(url: str, text: str) -> None:
    assert link_markup(url) == text


@given(st.text(max_size=300))
def test_nothing_in_it_ends_the_link(path: str) -> None:
    text = link_markup(f"https://example.com/{path}")
    assert text == "a link" or (
        text.startswith("<https://example.com")
        and text.endswith(">")
        and text.count("<") == text.count(">") == text.count("|") == 1
    )
