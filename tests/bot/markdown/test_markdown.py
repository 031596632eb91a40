"""Each piece of Markdown as it becomes in Slack, and none of it is live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import to_parts
from bot.sandbox.block_kit import block_problems

Json = dict[str, Any]


def blocks_of(markdown: str) -> list[Json]:
    (part,) = to_parts(markdown)
    assert block_problems(list(part.blocks)) == []
    return list(part.blocks)


def elements_of(markdown: str) -> list[Json]:
    (block,) = blocks_of(markdown)
    assert block["type"] == "rich_text"
    elements: list[Json] = block["elements"]
    return elements


def inline_of(markdown: str) -> list[Json]:
    (element,) = elements_of(markdown)
    assert element["type"] == "rich_text_section"
    inline: list[Json] = element["elements"]
    return inline


def text(words: str, *styles: str) -> Json:
    style = {"style": dict.fromkeys(styles, True)} if styles else {}
    return {"type": "text", "text": words, **style}


def link(label: str, url: str, *styles: str) -> Json:
    return {**text(label, *styles), "type": "link", "url": url}


def section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def inside(value: object) -> Iterator[Json]:
    """Every object in a payload."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for child in value:
            yield from inside(child)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("plain", [text("plain")]),
        ("**bold** *italic*", [text("bold", "bold"), text(" "), text("italic", "italic")]),
        ("**a *b* c**", [text("a ", "bold"), text("b", "bold", "italic"), text(" c", "bold")]),
        ("***~~all~~***", [text("all", "bold", "italic", "strike")]),
        ("**`x < y`**", [text("x < y", "bold", "code")]),
        ("2 * 3 * 4 and snake_case_name", [text("2 * 3 * 4 and snake_case_name")]),
        ("hard  \nbreak\\\nand soft\nbreak", [text("hard\nbreak\nand soft\nbreak")]),
        ("a<br>b<BR />c", [text("a\nb\nc")]),
        ("`<br>` \\<br>", [text("<br>", "code"), text(" <br>")]),
        ("<b>raw</b> &lt;i&gt; &amp; &copy;", [text("<b>raw</b> <i> & ©")]),
        ("<div>\n**still** Markdown", [text("<div>\n"), text("still", "bold"), text(" Markdown")]),
        ("<!channel> <@U1> <#C1> @here :toda:", [text("<!channel> <@U1> <#C1> @here :toda:")]),
        ("\x00\x1b[0m\ud800", [text("\ufffd\ufffd[0m\ufffd")]),
        ("half \ud83d\ude00 made whole", [text("half 😀 made whole")]),
    ],
)
def test_inline_markdown_becomes_text_with_styles(markdown: str, expected: list[Json]) -> None:
    assert inline_of(markdown) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[docs](https://a.example/x)", [link("docs", "https://a.example/x")]),
        ("**[docs](https://a.example)**", [link("docs", "https://a.example", "bold")]),
        (
            "[a **b**](http://a.example)",
            [link("a ", "http://a.example"), link("b", "http://a.example", "bold")],
        ),
        ("<https://a.example>", [link("https://a.example", "https://a.example")]),
        ("<me@a.example>", [link("me@a.example", "mailto:me@a.example")]),
        ("[mail](mailto:me@a.example)", [link("mail", "mailto:me@a.example")]),
        ("![alt](https://a.example/i.png)", [link("alt", "https://a.example/i.png")]),
        ("![](https://a.example/i.png)", [link("https://a.example/i.png", "https://a.example/i.png")]),
        ("[![alt](https://i.example/i.png)](https://a.example)", [link("alt", "https://a.example")]),
        ("[](https://a.example)", [link("https://a.example", "https://a.example")]),
        ("[one][1]\n\n[1]: https://a.example", [link("one", "https://a.example")]),
        (
            "see https://a.example/b_(c), or (http://d.example).",
            [
                text("see "),
                link("https://a.example/b_(c)", "https://a.example/b_(c)"),
                text(", or ("),
                link("http://d.example", "http://d.example"),
                text(")."),
            ],
        ),
        ("`https://a.example`", [text("https://a.example", "code")]),
        ("[home](/start)", [text("home (/start)")]),
        ("[file](ftp://a.example/f)", [text("file (ftp://a.example/f)")]),
        ("[run](slack://open)", [text("run (slack://open)")]),
        ("[x](javascript:alert)", [text("[x](javascript:alert)")]),
        ("[x](https://)", [text("x (https://)")]),
        ("[x](http://[)", [text("x (http://%5B)")]),
    ],
)
def test_only_web_and_mail_addresses_become_links(markdown: str, expected: list[Json]) -> None:
    assert inline_of(markdown) == expected


@pytest.mark.parametrize(
    ("label", "url", "shown"),
    [
        ("google.com", "https://evil.example/x", "evil.example"),
        ("https://google.com/login", "https://evil.example", "evil.example"),
        ("https://localhost", "https://evil.example", "evil.example"),
        ("**google**.com", "https://evil.example", "evil.example"),
        ("google.com", "https://google.com@evil.example/", "evil.example"),
        ("google.com", "https://google.com.evil.example/", "google.com.evil.example"),
        ("google\u200b.com", "https://evil.example", "evil.example"),
        ("google．com", "https://evil.example", "evil.example"),
        ("аpple.com", "https://аpple.com", "xn--pple-43d.com"),
        ("docs.a.example", "https://a.example", "a.example"),
        ("\u202emoc.elgoog", "https://evil.example", "evil.example"),
        ("boss@a.example", "mailto:eve@evil.example", "eve@evil.example"),
        ("a.example", "https://a.example/deep", None),
        ("www.a.example", "https://a.example", None),
        ("a.example", "https://docs.a.example", None),
        ("version 1.2.3", "https://a.example", None),
        ("the docs", "https://a.example", None),
    ],
)
def test_a_label_that_reads_like_another_address_is_followed_by_the_true_one(
    label: str, url: str, shown: str | None
) -> None:
    last = inline_of(f"[{label}]({url})")[-1]
    assert (last == text(f" ({shown})")) if shown else (last["type"] == "link")


def test_a_heading_is_a_header_or_a_bold_line() -> None:
    assert blocks_of("# Week *42*") == [
        {"type": "header", "text": {"type": "plain_text", "text": "Week 42", "emoji": False}}
    ]
    assert inline_of("### Small") == [text("Small", "bold")]
    assert inline_of("# " + "long " * 40) == [text(("long " * 40).strip(), "bold")]


@pytest.mark.parametrize("heading", ["# <!channel>", "# @here", "# R&D", "# [a](https://a.example)"])
def test_a_heading_that_slack_might_interpret_is_rich_text(heading: str) -> None:
    assert blocks_of(heading)[0]["type"] == "rich_text"


def test_lists_keep_their_depth_and_numbers_around_what_stands_between() -> None:
    markdown = (
        "3. three\n   - deep\n     - deeper\n4. four\n   ```\n   x = 1\n   ```\n5. five\n\n   more of five"
    )
    assert elements_of(markdown) == [
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 0,
            "offset": 2,
            "elements": [section(text("three"))],
        },
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [section(text("deep"))]},
        {"type": "rich_text_list", "style": "bullet", "indent": 2, "elements": [section(text("deeper"))]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 0,
            "offset": 3,
            "elements": [section(text("four"))],
        },
        {"type": "rich_text_preformatted", "elements": [text("x = 1")]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 0,
            "offset": 4,
            "elements": [section(text("five\nmore of five"))],
        },
    ]


def test_tasks_have_boxes() -> None:
    (bullets,) = elements_of("- [ ] open\n- [x] *done*\n- [link] text")
    assert bullets["elements"] == [
        section(text("☐ open")),
        section(text("☑ "), text("done", "italic")),
        section(text("[link] text")),
    ]


def test_an_empty_item_still_counts() -> None:
    (items,) = elements_of("1. one\n2.\n3. three")
    assert items["elements"] == [section(text("one")), section(text(" ")), section(text("three"))]


@pytest.mark.parametrize("number", [0, 10_001, 999_999_999])
def test_a_number_that_slack_cannot_count_to_is_text(number: int) -> None:
    assert inline_of(f"{number}. things") == [text(f"{number}. things")]


def test_quotes_hold_lists_and_code_behind_the_same_border() -> None:
    assert elements_of("> said *so*\n> again\n>\n> - item\n>\n> ```\n> code\n> ```") == [
        {
            "type": "rich_text_quote",
            "elements": [text("said "), text("so", "italic"), text("\nagain")],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 0,
            "border": 1,
            "elements": [section(text("item"))],
        },
        {"type": "rich_text_preformatted", "border": 1, "elements": [text("code")]},
    ]


def test_what_follows_a_quote_in_an_item_is_not_in_the_quote() -> None:
    bullets, quote, rest = elements_of("- item\n\n  > quote\n\n  rest")
    assert bullets["elements"] == [section(text("item"))]
    assert quote == {"type": "rich_text_quote", "elements": [text("quote")]}
    assert rest == section(text("rest"))


def test_code_is_kept_to_the_letter() -> None:
    code = "def f(x):\n\n\treturn x < 1 & **x**  # <!here>"
    assert elements_of(f"```python\n{code}\n```") == [
        {"type": "rich_text_preformatted", "elements": [text(code)]}
    ]


def test_a_thematic_break_is_one_divider_between_texts() -> None:
    assert [block["type"] for block in blocks_of("a\n\n---\n***\n\nb")] == [
        "rich_text",
        "divider",
        "rich_text",
    ]


def cell(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [section(*elements)]}


def test_a_table_is_a_table_with_its_alignment_and_styles() -> None:
    (table,) = blocks_of("| a | b | c |\n|---|--:|:-:|\n| 1 | **2** |\n| [x](https://a.example) | | 3 |")
    assert table == {
        "type": "table",
        "column_settings": [
            {"align": "left", "is_wrapped": True},
            {"align": "right", "is_wrapped": True},
            {"align": "center", "is_wrapped": True},
        ],
        "rows": [
            [cell(text("a")), cell(text("b")), cell(text("c"))],
            [cell(text("1")), cell(text("2", "bold")), cell(text(" "))],
            [cell(link("x", "https://a.example")), cell(text(" ")), cell(text("3"))],
        ],
    }


def test_a_table_of_many_rows_has_pages_and_numbers_to_sort_by() -> None:
    rows = [f"| [n{number}](https://a.example) | {number},000 | {number} % | |" for number in range(1, 12)]
    (table,) = blocks_of("\n".join(["| **who** | sum | part | |", "|---|--:|---|---|", *rows]))
    assert (table["type"], table["caption"], table["page_size"]) == ("data_table", "who, sum, part", 10)
    assert [cell["type"] for cell in table["rows"][1]] == ["rich_text", "raw_number", "raw_text", "raw_text"]
    assert table["rows"][0][0] == {"type": "raw_text", "text": "who"}
    assert table["rows"][2][1] == {"type": "raw_number", "value": 2_000, "text": "2,000"}
    assert table["rows"][2][3] == {"type": "raw_text", "text": " "}
    assert block_problems([table]) == []
    (few,) = blocks_of("\n".join(["| who | sum | part | |", "|---|--:|---|---|", *rows[:10]]))
    assert few["type"] == "table"


def test_the_second_table_of_a_message_is_aligned_text() -> None:
    first, second = blocks_of("|a|\n|-|\n|1|\n\n| name | n |\n|---|--:|\n| **日本** | 1 |\n| b | 22 |")
    assert first["type"] == "table"
    (element,) = second["elements"]
    assert element["type"] == "rich_text_preformatted"
    assert element["elements"] == [text("name |   n\n---- | ---\n日本 |   1\nb    |  22")]


def test_a_table_too_wide_for_slack_is_aligned_text() -> None:
    (block,) = blocks_of("|" + "a|" * 21 + "\n|" + "-|" * 21)
    assert block["elements"][0]["type"] == "rich_text_preformatted"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| `a || b` | c |", [cell(text("a || b", "code")), cell(text("c"))]),
        ("| one | two | three |", [cell(text("one")), cell(text("two | three"))]),
        (r"| a \| b | c |", [cell(text("a | b")), cell(text("c"))]),
    ],
)
def test_a_row_with_too_many_cells_loses_none(row: str, expected: list[Json]) -> None:
    (table,) = blocks_of(f"| x | y |\n|---|---|\n{row}")
    assert table["rows"][1] == expected


def test_a_link_definition_that_nothing_uses_is_shown() -> None:
    markdown = "Answer [1].\n\n[1]: https://used.example\n[2]: https://unused.example 'Title'"
    (part,) = to_parts(markdown)
    assert "unused.example" in part.text
    assert "Title" in part.text
    assert part.text.count("https://used.example") == 1


@pytest.mark.parametrize("markdown", ["", " \n\t\n", "&nbsp;", "```\n```", "#", ">", "---", "[](<>)"])
def test_an_answer_with_nothing_in_it_is_still_a_message(markdown: str) -> None:
    (part,) = to_parts(markdown)
    assert part.text.strip()
    assert part.blocks
    assert block_problems(list(part.blocks)) == []


def test_the_text_says_what_the_blocks_show_and_is_escaped() -> None:
    (part,) = to_parts(
        "# Title\n\nA <!channel> & [link](https://a.example?a=1&b=2)\n\n"
        "1. one\n   - two\n\n> quote\n> goes on\n\n```\na<b\n```\n\n| h | i |\n|---|---|\n| 1 | 2 |"
    )
    assert part.text == (
        "Title\n\nA &lt;!channel&gt; &amp; link (https://a.example?a=1&amp;b=2)\n\n"
        "1. one\n  • two\n\n&gt; quote\n&gt; goes on\n\na&lt;b\n\nh | i\n1 | 2"
    )


LIVE = st.sampled_from(
    [
        "<!channel>",
        "<!here|x>",
        "<@U012AB3CD>",
        "<#C1|general>",
        "<!subteam^S1>",
        "@here",
        "@everyone",
        "#general",
        "<!date^1^{date}^https://a.example|x>",
        "<https://a.example|bank>",
        "&lt;!channel&gt;",
        "&#60;!here>",
    ]
)
AROUND = st.sampled_from(
    [
        "{}",
        "# {}",
        "- {}",
        "> {}",
        "`{}`",
        "```\n{}\n```",
        "**{}**",
        "[{}](https://a.example)",
        "[x](<{}>)",
        "[x](https://a.example/{})",
        "![{}](https://a.example)",
        "|{}|\n|-|\n|{}|",
        "<{}>",
        "[1]: {}",
    ]
)


@given(st.lists(st.builds(lambda around, live: around.replace("{}", live), AROUND, LIVE), min_size=1))
def test_nothing_a_model_writes_is_live(pieces: list[str]) -> None:
    inert = {"text", "link", "rich_text", "header", "plain_text", "table", "divider"}
    for part in to_parts("\n\n".join(pieces)):
        for element in inside(part.blocks):
            kind = element.get("type", "text")
            assert kind in inert or kind.startswith("rich_text_")
            if kind == "plain_text":
                assert not set("<>&@#") & set(element["text"])
            if kind == "link":
                assert element["url"].startswith(("http://", "https://", "mailto:"))
        assert "<" not in part.text
        assert ">" not in part.text
