"""Links that a prompt names, and the kind of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import File, Link, Source, Thread, are_readable, links_in


@pytest.mark.parametrize(
    ("prompt", "urls"),
    [
        ("Summarise https://example.com/a", ["https://example.com/a"]),
        ("What is new on http://example.com?", ["http://example.com"]),
        ("(see https://example.com/a).", ["https://example.com/a"]),
        (
            'see [https://example.com/a], "https://example.com/b"',
            ["https://example.com/a", "https://example.com/b"],
        ),
        (
            "'https://example.com/a', “https://example.com/b”!",
            ["https://example.com/a", "https://example.com/b"],
        ),
        (
            "https://en.wikipedia.org/wiki/Slack_(software)",
            ["https://en.wikipedia.org/wiki/Slack_(software)"],
        ),
        (
            "(https://en.wikipedia.org/wiki/Slack_(software))",
            ["https://en.wikipedia.org/wiki/Slack_(software)"],
        ),
        (
            "**https://example.com/a** and _https://example.com/b_",
            ["https://example.com/a", "https://example.com/b"],
        ),
        ("<https://example.com/a>", ["https://example.com/a"]),
        ("<https://example.com/a|a label, with comma>", ["https://example.com/a"]),
        ("<https://example.com/?a=1&amp;b=2>", ["https://example.com/?a=1&b=2"]),
        ("<https://example.com/a.>", ["https://example.com/a."]),
        ("[label](https://example.com/a)", ["https://example.com/a"]),
        ("https://example.com/?a=1&b=[2]#c", ["https://example.com/?a=1&b=[2]#c"]),
        ("HTTPS://Example.com/A", ["HTTPS://Example.com/A"]),
        ("https://example.com/a https://example.com/a", ["https://example.com/a"]),
        ("https://example.com/a…", ["https://example.com/a"]),
        ("https://example.com:8443/a;", ["https://example.com:8443/a"]),
        ("https://bücher.example/ü", ["https://bücher.example/ü"]),
        (
            " ".join(f"https://example.com/{n}" for n in range(9)),
            [f"https://example.com/{n}" for n in range(5)],
        ),
        ("What is a link?", []),
        ("ftp://example.com mailto:a@example.com example.com example.org/www", []),
        ("https:// http:///a https://user@example.com/ http://[", []),
        ("<#C0GENERAL01> <@U0ADA000001> <!here>", []),
        (f"https://example.com/{'a' * 2_000}", []),
        ("", []),
    ],
)
def test_links_stand_in_a_prompt_as_people_write_them(prompt: str, urls: list[str]) -> None:
    assert links_in(prompt) == tuple(Link(url=url) for url in urls)


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://acme.slack.com/files/U0ADA000001/F0FILE00001/report.pdf", File(file="F0FILE00001")),
        ("https://acme.enterprise.slack.com/files/W0ADA000001/F0FILE00001", File(file="F0FILE00001")),
        (
            "https://files.slack.com/files-pri/T0TEAM00001-F0FILE00001/download/a.pdf",
            File(file="F0FILE00001"),
        ),
        (
            "https://acme.slack.com/archives/C0GENERAL01/p1700000000123456",
            Thread(channel="C0GENERAL01", ts="1700000000.123456"),
        ),
        (
            "https://acme.slack.com/archives/C0GENERAL01/p1700000009000001"
            "?thread_ts=1700000000.123456&cid=C0GENERAL01",
            Thread(channel="C0GENERAL01", ts="1700000000.123456"),
        ),
    ],
)
def test_links_into_slack_are_what_they_show(url: str, source: Source) -> None:
    assert links_in(f"Summarise <{url.replace('&', '&amp;')}|this>.") == (source,)
    assert links_in(f"Summarise {url}.") == (source,)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.slack.com.evil.example/archives/C0GENERAL01/p1700000000123456",
        "https://notslack.com/files/U0ADA000001/F0FILE00001/a.pdf",
        "https://slack.com/help/articles/1",
        "https://acme.slack.com/archives/C0GENERAL01",
    ],
)
def test_links_that_only_look_so_are_links(url: str) -> None:
    assert links_in(url) == (Link(url=url),)


def test_links_into_the_sandbox_are_links_into_slack() -> None:
    url = "http://127.0.0.1:3000/archives/C0GENERAL01/p1700000000123456"
    source = Thread(channel="C0GENERAL01", ts="1700000000.123456")
    assert links_in(url, sandbox="http://127.0.0.1:3000") == (source,)
    assert links_in(url, sandbox="http://127.0.0.1:3001") == links_in(url) == (Link(url=url),)


def test_a_thread_that_is_none_is_no_source() -> None:
    assert links_in("https://acme.slack.com/archives/C0GENERAL01/p1700000000123456?thread_ts=../x") == ()


@given(
    st.text()
    | st.lists(st.sampled_from(["https://", "a.b", "(", ")", "<", ">", "|", ".", "/", " "])).map("".join)
)
def test_whatever_is_found_can_be_read(prompt: str) -> None:
    found = links_in(prompt)
    assert are_readable(found)
    assert len(found) == len({str(source) for source in found}) <= 5
