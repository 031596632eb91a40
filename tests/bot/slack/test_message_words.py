"""The words of a message are found wherever they stand, and told once."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import words_of_message, words_sent_along
from bot.slack.message_words import MOST_WORDS

Json = dict[str, Any]


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def said(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def cells(*texts: str) -> list[Json]:
    return [{"type": "raw_text", "text": text} for text in texts]


def section(text: str, *fields: str) -> Json:
    return {"type": "section", "text": mrkdwn(text), "fields": [mrkdwn(field) for field in fields]}


UNSEEN = "[no preview available]"

MESSAGES: list[tuple[Json, list[str]]] = [
    ({"blocks": [section("*SEV1* checkout is down since 09:12")]}, ["*SEV1* checkout is down since 09:12"]),
    (
        {
            "blocks": [
                {"type": "header", "text": plain("DB down")},
                {"type": "context", "elements": [mrkdwn("host db-3")]},
            ]
        },
        ["DB down", "host db-3"],
    ),
    (
        {"text": "This content can't be displayed.", "blocks": [section("disk full on db-3")]},
        ["disk full on db-3"],
    ),
    (
        {"text": "This content can’t be displayed", "attachments": [{"text": "oven too hot"}]},
        ["oven too hot"],
    ),
    (
        {
            "attachments": [
                {
                    "title": "CPU 99% on db-3",
                    "fields": [{"title": "Zone", "value": "eu-7"}],
                    "fallback": UNSEEN,
                }
            ]
        },
        ["CPU 99% on db-3", "Zone: eu-7"],
    ),
    (
        {
            "attachments": [
                {
                    "pretext": "Deploy of shop",
                    "title": "Build 12 failed",
                    "text": "unit tests",
                    "fallback": "x",
                    "footer": "Builds",
                    "author_name": "ci",
                }
            ]
        },
        ["ci", "Deploy of shop", "Build 12 failed", "unit tests", "Builds"],
    ),
    ({"attachments": [{"fallback": "Only a fallback: 7 apples"}]}, ["Only a fallback: 7 apples"]),
    (
        {"attachments": [{"fallback": UNSEEN, "blocks": [section("Latency over 2 s")]}]},
        ["Latency over 2 s"],
    ),
    (
        {
            "text": "FYI",
            "attachments": [
                {"is_share": True, "author_name": "Quentin", "text": "We ship Monday", "fallback": "x"}
            ],
        },
        ["FYI", "(forwarded, by Quentin:)", "We ship Monday"],
    ),
    (
        {
            "attachments": [
                {
                    "is_share": True,
                    "author_subname": "Rosa",
                    "fallback": UNSEEN,
                    "message_blocks": [
                        {
                            "team": "T1",
                            "channel": "C1",
                            "ts": "1.000001",
                            "message": {"blocks": [rich(line(said("The pump needs oil")))]},
                        }
                    ],
                    "files": [{"name": "pump.png", "alt_txt": "A rusty pump"}],
                }
            ]
        },
        ["(forwarded, by Rosa:)", "The pump needs oil", "(file: pump.png, shows: A rusty pump)"],
    ),
    (
        {
            "attachments": [
                {
                    "fallback": UNSEEN,
                    "blocks": [{"type": "table", "rows": [cells("part", "kg"), cells("nut", "17")]}],
                }
            ]
        },
        ["part | kg", "nut | 17"],
    ),
    (
        {
            "blocks": [
                {"type": "table", "rows": [[rich(line(said("bolt"))), {"type": "raw_number", "value": 4}]]}
            ]
        },
        ["bolt | 4"],
    ),
    (
        {"username": "Standup", "blocks": [rich(line(said("Yesterday: shipped. Today: docs.")))]},
        ["Yesterday: shipped. Today: docs."],
    ),
    ({"text": "plain words here", "blocks": [rich(line(said("plain words here")))]}, ["plain words here"]),
    (
        {
            "text": "a *bold* word, &amp; <@U1> in <#C1|news>",
            "blocks": [
                rich(
                    line(
                        said("a "),
                        said("bold", bold=True),
                        said(" word, & "),
                        {"type": "user", "user_id": "U1"},
                        said(" in "),
                        {"type": "channel", "channel_id": "C1"},
                    )
                )
            ],
        },
        ["a *bold* word, &amp; <@U1> in <#C1|news>"],
    ),
    (
        {"text": "Disk full", "blocks": [section("*Disk full*", "*Host* db-3", "*Since* 9:12")]},
        ["*Disk full*", "*Host* db-3", "*Since* 9:12"],
    ),
    (
        {"text": "New vote by Ada", "blocks": [section("Lunch on Friday?")]},
        ["New vote by Ada", "Lunch on Friday?"],
    ),
    (
        {"text": "Deploy failed", "attachments": [{"title": "Deploy failed", "fallback": "Deploy failed"}]},
        ["Deploy failed"],
    ),
    (
        {
            "blocks": [
                {"type": "section", "text": plain("Vote now"), "fields": [plain("A: 7"), plain("B: 2")]}
            ]
        },
        ["Vote now", "A: 7", "B: 2"],
    ),
    (
        {
            "blocks": [
                rich(
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "elements": [line(said("mix")), line(said("stir"))],
                    },
                    {
                        "type": "rich_text_list",
                        "style": "bullet",
                        "indent": 1,
                        "elements": [line(said("gently"))],
                    },
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "offset": 2,
                        "elements": [line(said("bake"))],
                    },
                    {"type": "rich_text_quote", "elements": [said("to be\nor not")]},
                    {"type": "rich_text_preformatted", "elements": [said("if a < b:")]},
                )
            ]
        },
        [
            "1. mix",
            "2. stir",
            "  • gently",
            "3. bake",
            "&gt; to be",
            "&gt; or not",
            "```",
            "if a &lt; b:",
            "```",
        ],
    ),
    (
        {
            "blocks": [
                rich(
                    line(
                        {"type": "broadcast", "range": "here"},
                        said(" "),
                        {"type": "usergroup", "usergroup_id": "S0EDITORS01"},
                        said(" meet "),
                        {
                            "type": "date",
                            "timestamp": 1_700_000_000,
                            "format": "{date}",
                            "fallback": "Nov 14",
                        },
                        said(" or "),
                        {"type": "date", "timestamp": 1_700_000_000, "format": "{date}"},
                        said(" "),
                        {"type": "emoji", "name": "tada"},
                        said(" paint it "),
                        {"type": "color", "value": "#F405B3"},
                    ),
                    line(
                        {"type": "link", "url": "https://a.example/?b=1&c=2", "text": "the plan"},
                        said(" "),
                        said("old", strike=True),
                        said(" "),
                        said("x = 1", code=True),
                    ),
                )
            ]
        },
        [
            "<!here> <!subteam^S0EDITORS01> meet Nov 14 or 2023-11-14 22:13 UTC :tada: paint it #F405B3",
            "<https://a.example/?b=1&amp;c=2|the plan> ~old~ `x = 1`",
        ],
    ),
    (
        {
            "blocks": [
                {
                    "type": "image",
                    "title": plain("Sales"),
                    "image_url": "https://x.example/1.png",
                    "alt_text": "Up by 4%",
                },
                {
                    "type": "video",
                    "title": plain("How to bake"),
                    "description": plain("In ten minutes"),
                    "alt_text": "An oven",
                    "video_url": "https://x.example/v",
                },
                {"type": "markdown", "text": "# Plan\n- eat <now>"},
                {
                    "type": "section",
                    "text": mrkdwn("Look"),
                    "accessory": {"type": "image", "alt_text": "a cake"},
                },
                {"type": "actions", "elements": [{"type": "button", "text": plain("Approve")}]},
                {"type": "divider"},
            ]
        },
        [
            "Sales",
            "(image: Up by 4%)",
            "How to bake",
            "In ten minutes",
            "An oven",
            "# Plan",
            "- eat &lt;now&gt;",
            "Look",
            "(image: a cake)",
        ],
    ),
    (
        {
            "blocks": [
                {"type": "data_table", "title": "Stock", "rows": [cells("jam", "12"), cells("tea", "3")]},
                {
                    "type": "data_visualization",
                    "title": "Share",
                    "chart": {
                        "type": "pie",
                        "segments": [{"label": "tea", "value": 40}, {"label": "milk", "value": 60}],
                    },
                },
                {
                    "type": "data_visualization",
                    "title": "Rain",
                    "chart": {
                        "type": "bar",
                        "series": [{"name": "2026", "data": [{"label": "May", "value": 7.5}]}],
                        "axis_config": {"categories": ["May", "June"]},
                    },
                },
                {"type": "card", "title": plain("A card"), "body": mrkdwn("with *words*"), "block_id": "b7"},
            ]
        },
        [
            "Stock",
            "jam | 12",
            "tea | 3",
            "Share",
            "tea: 40",
            "milk: 60",
            "Rain",
            "May | June",
            "2026",
            "May: 7.5",
            "A card: with *words*",
        ],
    ),
    (
        {"text": "see these", "files": [{"name": "a.txt"}, {"id": "F1"}, {"id": "F2", "mode": "tombstone"}]},
        ["see these", "(file: a.txt)", "(file: without a name)", "(file: deleted)"],
    ),
    (
        {
            "text": "read <https://n.example/a>",
            "attachments": [
                {
                    "from_url": "https://n.example/a",
                    "service_name": "News",
                    "title": "Bridge opens",
                    "text": "After nine years",
                }
            ],
        },
        ["read <https://n.example/a>", "Bridge opens", "After nine years"],
    ),
]


@pytest.mark.parametrize(("message", "lines"), MESSAGES)
def test_every_word_of_a_message_is_found_once(message: Json, lines: list[str]) -> None:
    assert words_of_message({"text": "", "ts": "1.000001", **message}).split("\n") == lines


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "blocks": None, "attachments": None, "files": None},
        {"text": "  \n", "blocks": [], "attachments": []},
        {"text": UNSEEN, "attachments": [{"fallback": UNSEEN}]},
        {"text": "This message contains interactive elements.", "blocks": [{"type": "divider"}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "text": plain("Go")}]}]},
        {"text": 7, "blocks": "none", "attachments": {"text": "no list"}},
        {"blocks": [None, {}, {"type": "section"}, {"type": "table", "rows": [None, 3]}, rich()]},
    ],
)
def test_a_message_without_words_says_nothing(message: Json) -> None:
    assert words_of_message(message) == ""


def test_what_is_sent_along_leaves_out_the_words_beside_it() -> None:
    forward = {"is_share": True, "author_name": "Quentin", "text": "The fuse box needs a 16 A breaker."}
    table = {"type": "table", "rows": [cells("bolt", "712")]}
    message = {
        "text": "what does this mean?",
        "blocks": [rich(line(said("what does this mean?"))), table],
        "attachments": [forward],
    }
    assert words_sent_along(message).split("\n") == [
        "bolt | 712",
        "(forwarded, by Quentin:)",
        "The fuse box needs a 16 A breaker.",
    ]
    assert words_sent_along({"text": "a question alone", "files": [{"name": "a.txt"}]}) == ""


def test_nothing_in_text_that_slack_does_not_interpret_becomes_live() -> None:
    blocks = [rich(line(said("<!channel> <@U1>"))), {"type": "header", "text": plain("<!here>")}]
    assert "<" not in words_of_message({"blocks": blocks})


def test_large_and_deep_messages_are_read_up_to_a_bound() -> None:
    deep: Json = section("at the bottom")
    for _ in range(400):
        deep = {"type": "container", "blocks": [deep]}
    assert words_of_message({"blocks": [deep]}) == ""
    forwarded: Json = {"text": "first"}
    for _ in range(200):
        forwarded = {"attachments": [{"message_blocks": [{"message": forwarded}]}]}
    assert words_of_message(forwarded) == ""
    wide = {"attachments": [{"text": f"line {number} " + "x" * 900} for number in range(1_000)]}
    assert len(words_of_message(wide)) <= MOST_WORDS + 100


def calls_made(message: Json) -> int:
    """The number of calls inside, as a measure of the work."""
    count = 0

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_call)
    try:
        words_of_message(message)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", ["blocks", "rows", "inline", "nested"])
def test_the_work_grows_with_the_message_and_no_faster(kind: str) -> None:
    def sized(size: int) -> Json:
        match kind:
            case "blocks":
                return {"blocks": [section(f"n{number}") for number in range(size)]}
            case "rows":
                return {"blocks": [{"type": "table", "rows": [cells("a", "b")] * size}]}
            case "inline":
                return {"blocks": [rich(line(*[said("x")] * size))]}
        return {"blocks": [{"type": "card", "elements": [{"label": "a", "value": 1}] * size}]}

    assert calls_made(sized(800)) < 2.5 * calls_made(sized(400))


NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["rich_text", "section", "table", "mrkdwn", "plain_text", "rich_text_list", "image"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "elements",
                    "blocks",
                    "rows",
                    "fields",
                    "title",
                    "style",
                    "attachments",
                    "message_blocks",
                    "message",
                    "timestamp",
                    "url",
                    "alt_text",
                    "files",
                    "name",
                    "cells",
                    "indent",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments", "files"]), NESTED))
def test_no_shape_of_a_message_is_too_much(message: Json) -> None:
    words = words_of_message(message)
    assert words == words_of_message(json.loads(json.dumps(message)))
