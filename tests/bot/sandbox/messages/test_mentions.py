"""Notifications: every way in which text can come alive, and every way in which it must not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.messages import compose_text, find_notified
from tests.bot.sandbox.town import new_workspace

WORKSPACE = new_workspace()


def section(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, **fields}}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("<!channel>", ("channel",)),
        ("<!here> and <!everyone>", ("here", "everyone")),
        ("<!here|here> labelled", ("here",)),
        ("<@U0ADA000001> twice <@U0ADA000001>", ("U0ADA000001",)),
        ("<@U0ADA000001|ada>", ("U0ADA000001",)),
        ("<!subteam^S0TEAM00001>", ("S0TEAM00001",)),
        ("`<!channel>` in code", ("channel",)),
        ("&lt;!channel&gt;", ()),
        ("< !channel>", ()),
        ("@channel @here @everyone", ()),
        ("<#C0NEWS00001|news>", ()),
        ("<https://example.com/@channel>", ()),
        ("<!date^1^{date}|then>", ()),
    ],
)
def test_top_level_text_reads_markup_and_nothing_else(text: str, who: tuple[str, ...]) -> None:
    assert find_notified(text, ()) == who


@pytest.mark.parametrize(
    ("block", "who"),
    [
        (section("<!channel>"), ("channel",)),
        (section("<!channel>", verbatim=True), ("channel",)),
        (section("@channel"), ("channel",)),
        (section("(@here)"), ("here",)),
        (section("@channel", verbatim=True), ()),
        (section("me@channel.example"), ()),
        (section("@channels"), ()),
        ({"type": "header", "text": {"type": "plain_text", "text": "<!channel> @here"}}, ()),
        ({"type": "markdown", "text": "<!channel> and @here"}, ("channel", "here")),
        ({"type": "context", "elements": [{"type": "mrkdwn", "text": "<@U0ADA000001>"}]}, ("U0ADA000001",)),
        (rich({"type": "text", "text": "<!channel> @here <@U0ADA000001>"}), ()),
        (rich({"type": "broadcast", "range": "channel"}), ("channel",)),
        (rich({"type": "user", "user_id": "U0ADA000001"}), ("U0ADA000001",)),
        (rich({"type": "usergroup", "usergroup_id": "S1"}), ("S1",)),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "<!here>"}]]}, ()),
        ({"type": "table", "rows": [[rich({"type": "broadcast", "range": "here"})]]}, ("here",)),
    ],
    ids=str,
)
def test_blocks_notify_where_slack_reads_its_markup(block: dict[str, Any], who: tuple[str, ...]) -> None:
    assert find_notified("", [block]) == who


def test_bare_names_in_text_come_alive_only_when_asked_for() -> None:
    assert find_notified("@here", (), link_names=True) == ("here",)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("@nobody, ask @ada.", "@nobody, ask <@U0ADA000001>."),
        ("@channel!", "<!channel>!"),
        ("@editors: look", "<!subteam^S0EDITORS01>: look"),
        ("see #news or #nowhere, not #leads", "see <#C0NEWS00001|news> or #nowhere, not #leads"),
        ("https://example.com/a?b=1&c=2.", "<https://example.com/a?b=1&amp;c=2>."),
        ("https://example.com/#news", "<https://example.com/#news>"),
        ("ada@ada.example", "ada@ada.example"),
    ],
)
def test_the_composer_turns_what_is_typed_into_markup(line: str, text: str) -> None:
    assert compose_text(line, WORKSPACE) == text


@given(st.text())
def test_what_a_person_types_notifies_nobody_without_an_at_sign(line: str) -> None:
    assert find_notified(compose_text(line.replace("@", ""), WORKSPACE), ()) == ()
