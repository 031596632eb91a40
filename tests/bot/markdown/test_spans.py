"""Addresses, emphasis beside Chinese, Japanese and Korean, formulas, emoji and lists, as a post shows them.

A post is written in one line here: `<b>`, `<i>`, `<s>` and `<c>` for styles, `<a>U</a>` for a link that shows
its address, `<a U>label</a>` for one that does not, `<e name>` for an emoji.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import to_parts
from bot.sandbox.block_kit import block_problems

Json = dict[str, Any]


def shown_element(element: Json) -> str:
    if element["type"] == "emoji":
        return f"<e {element['name']}>"
    words = str(element["text"])
    if element["type"] == "link":
        url = element["url"]
        words = f"<a>{words}</a>" if words == url else f"<a {url}>{words}</a>"
    for style, mark in (("code", "c"), ("strike", "s"), ("italic", "i"), ("bold", "b")):
        if element.get("style", {}).get(style):
            words = f"<{mark}>{words}</{mark}>"
    return words


def shown_inline(element: Json) -> str:
    return "".join(map(shown_element, element["elements"]))


def shown(markdown: str) -> str:
    lines = []
    for part in to_parts(markdown):
        assert block_problems(list(part.blocks)) == []
        for block in part.blocks:
            for element in block["elements"]:
                if element["type"] != "rich_text_list":
                    lines.append(shown_inline(element))
                    continue
                for number, item in enumerate(element["elements"], start=element.get("offset", 0) + 1):
                    mark = f"{number}." if element["style"] == "ordered" else "-"
                    lines.append(f"{'  ' * element['indent']}{mark} {shown_inline(item)}")
    return "\n".join(lines)


H = "https://h.example"


@pytest.mark.parametrize(
    ("markdown", "post"),
    [
        (f"See {H}/pkg/__init__.py for it.", f"See <a>{H}/pkg/__init__.py</a> for it."),
        (f"Look at {H}/_next_/static now.", f"Look at <a>{H}/_next_/static</a> now."),
        (f"Look at {H}/a*b*c now.", f"Look at <a>{H}/a*b*c</a> now."),
        (f"Look at {H}/x**y**z now.", f"Look at <a>{H}/x**y**z</a> now."),
        (f"Look at {H}/~~x~~/y now.", f"Look at <a>{H}/~~x~~/y</a> now."),
        (f"Look at {H}/?q=__init__&r=1 now.", f"Look at <a>{H}/?q=__init__&r=1</a> now."),
        (f"- {H}/__x__/y", f"- <a>{H}/__x__/y</a>"),
        (f"(see {H}/__x__/y)", f"(see <a>{H}/__x__/y</a>)"),
        (f"[docs]({H}/__x__/y)", f"<a {H}/__x__/y>docs</a>"),
        (f"<{H}/__x__/y>", f"<a>{H}/__x__/y</a>"),
        (f"Run `{H}/__x__/y` as it is.", f"Run <c>{H}/__x__/y</c> as it is."),
        (f"**Note** {H}/a_b_c and _this_", f"<b>Note</b> <a>{H}/a_b_c</a> and <i>this</i>"),
        (f"See {H}/x?t=2026-11-28T10:00:00Z now.", f"See <a>{H}/x?t=2026-11-28T10:00:00Z</a> now."),
        (f"**{H}/x**", f"<b><a>{H}/x</a></b>"),
        (f"**Source: {H}/x**", f"<b>Source: </b><b><a>{H}/x</a></b>"),
        (f"_{H}/x_ and ~~{H}/y~~.", f"<i><a>{H}/x</a></i> and <s><a>{H}/y</a></s>."),
        (f"[{H}]({H})", f"<a>{H}</a>"),
        (f"{H}/A_(b), {H}/c.", f"<a>{H}/A_(b)</a>, <a>{H}/c</a>."),
        (f"詳細は{H}/aを参照。", f"詳細は<a>{H}/a</a>を参照。"),
        (f"見る：{H}/a。次は（{H}/b）", f"見る：<a>{H}/a</a>。次は（<a>{H}/b</a>）"),
        (f"**{H}/x**, then [{H}/y]", f"<b><a>{H}/x</a></b>, then [<a>{H}/y</a>]"),
        (rf"{H}/a\_b and {H}/?a=1&amp;b=2", f"<a>{H}/a_b</a> and <a>{H}/?a=1&b=2</a>"),
        (f"xhttps://h.example {H} http://", f"xhttps://h.example <a>{H}</a> http://"),
        (
            f"**Links:** {H}/a**b** and *c* {H}/d*",
            f"<b>Links:</b> <a>{H}/a**b**</a> and <i>c</i> <a>{H}/d*</a>",
        ),
        (f"**a** **{H}/x**", f"<b>a</b> <b><a>{H}/x</a></b>"),
        (f"[read {H}/__x__ now]({H}/y)", f"<a {H}/y>read {H}/__x__ now</a>"),
    ],
)
def test_an_address_is_one_link_whatever_marks_are_in_it(markdown: str, post: str) -> None:
    assert shown(markdown) == post


@pytest.mark.parametrize(
    ("markdown", "post"),
    [
        ("**重要：**次の点", "<b>重要：</b>次の点"),
        ("これは**「重要」**です", "これは<b>「重要」</b>です"),
        ("**中文（说明）**是", "<b>中文（说明）</b>是"),
        ("**API(인터페이스)**를 사용", "<b>API(인터페이스)</b>를 사용"),
        ("売上は**5％**の増加", "売上は<b>5％</b>の増加"),
        ("**C++**を使う", "<b>C++</b>を使う"),
        ("**`code`**を実行", "<b><c>code</c></b>を実行"),
        ("~~100円。~~無料", "<s>100円。</s>無料"),
        ("*強調。*次", "<i>強調。</i>次"),
        ("- **結論：**問題なし", "- <b>結論：</b>問題なし"),
        ("これは**太字**です", "これは<b>太字</b>です"),
        ("**重要：** 本文", "<b>重要：</b> 本文"),
        ("snake_case_name と 2 * 3 * 4", "snake_case_name と 2 * 3 * 4"),
        ('**"서울"**은 수도', '<b>"서울"</b>은 수도'),
        ("> **注意！**確認する", "<b>注意！</b>確認する"),
        ("***重要。***次", "<b><i>重要。</i></b>次"),
        ("先に**(注)**、次に~~「旧」~~の順", "先に<b>(注)</b>、次に<s>「旧」</s>の順"),
        ("**注意：**API 已更新", "<b>注意：</b>API 已更新"),
        ("**結論：**A社と**B：**C社", "<b>結論：</b>A社と<b>B：</b>C社"),
        ("API**（説明）**です", "API<b>（説明）</b>です"),
        ("報告_（最終）_v2 and **甲**、**B**", "報告_（最終）_v2 and <b>甲</b>、<b>B</b>"),
        ("**Note:**text", "**Note:**text"),
        ("가격은 **₩5,000**입니다", "가격은 <b>₩5,000</b>입니다"),
        ("**한국어(Korean)**와 **日本語？**と", "<b>한국어(Korean)</b>와 <b>日本語？</b>と"),
    ],
)
def test_marks_count_beside_scripts_that_put_no_space_there(markdown: str, post: str) -> None:
    assert shown(markdown) == post


@pytest.mark.parametrize(
    ("markdown", "post"),
    [
        (r"The area is \(\pi r^2\).", r"The area is <c>\pi r^2</c>."),
        ("So $x^*$ and $y^*$ are it.", "So <c>x^*</c> and <c>y^*</c> are it."),
        ("So $a*b$ and $c*d$ are it.", "So <c>a*b</c> and <c>c*d</c> are it."),
        (r"The set is \(\{x\}\).", r"The set is <c>\{x\}</c>."),
        (r"\[ E = m c^2 \]", "<c>E = m c^2</c>"),
        (r"$$\sum_{i}^{n} a_i$$ and **more**", r"<c>\sum_{i}^{n} a_i</c> and <b>more</b>"),
        ("It costs $5 and *not* $6.", "It costs $5 and <i>not</i> $6."),
        ("Between **$5** and **$10**, or $3-*$4*", "Between <b>$5</b> and <b>$10</b>, or $3-<i>$4</i>"),
        ("US$5 *now* or 6$ *later*", "US$5 <i>now</i> or 6$ <i>later</i>"),
        ("echo $HOME_DIR and $PATH", "echo $HOME_DIR and $PATH"),
        (r"\[1\] and \(a\) stay", "[1] and (a) stay"),
        (rf"\[no *link*\]({H})", f"[no <i>link</i>](<a>{H}</a>)"),
        (r"Run `$a*b$ \(c^d\)`", r"Run <c>$a*b$ \(c^d\)</c>"),
        (r"never closed \(x^2 and *so*", "never closed (x^2 and <i>so</i>"),
    ],
)
def test_nothing_of_a_formula_is_eaten(markdown: str, post: str) -> None:
    assert shown(markdown) == post


@pytest.mark.parametrize(
    ("markdown", "post"),
    [
        (":white_check_mark: Done", "<e white_check_mark> Done"),
        ("**Ship it :rocket:** :tada::tada:", "<b>Ship it </b><e rocket> <e tada><e tada>"),
        ("At 10:30:45 it began, a:100:b", "At 10:30:45 it began, a:100:b"),
        ("Run `:tada:` now", "Run <c>:tada:</c> now"),
        (":no_such_name: and ::", ":no_such_name: and ::"),
        ("# Party :tada:", "<b>Party </b><e tada>"),
        ("See <https://a.example/doc|the document>.", "See <a https://a.example/doc>the document</a>."),
        ("Ask <mailto:ada@a.example|Ada>.", "Ask <a mailto:ada@a.example>Ada</a>."),
        ("<javascript:x|y> <!here|z>", "<javascript:x|y> <!here|z>"),
        (
            "<https://evil.example|https://bank.example>",
            "<a https://evil.example>https://bank.example</a> (evil.example)",
        ),
    ],
)
def test_codes_of_emoji_and_links_of_slack_are_what_they_stand_for(markdown: str, post: str) -> None:
    assert shown(markdown) == post


@pytest.mark.parametrize(
    ("markdown", "post"),
    [
        ("1. one\n  - a\n  - b\n2. two\n  - c", "1. one\n  - a\n  - b\n2. two\n  - c"),
        ("1. one\n   - a\n2. two", "1. one\n  - a\n2. two"),
        ("10. ten\n  - a\n    - b\n11. eleven", "10. ten\n  - a\n    - b\n11. eleven"),
        ("1. one\n  1. a\n    - b\n2. two", "1. one\n  1. a\n    - b\n2. two"),
        ("- one\n  - a\n- two", "- one\n  - a\n- two"),
        ("```\n1. one\n  - a\n```", "1. one\n  - a"),
        ("1. one\n\n  - a\n\nText\n\n- b", "1. one\n  - a\nText\n- b"),
    ],
)
def test_items_two_spaces_deep_are_one_level_below_a_number(markdown: str, post: str) -> None:
    assert shown(markdown) == post


@given(
    st.lists(
        st.sampled_from(
            [
                *"/*_$:<>|()[]重。 \n`a",
                "https://",
                "h.example",
                "**",
                "~~",
                "\\(",
                "\\)",
                "tada",
                "1. ",
                "  - ",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_any_mixture_becomes_blocks_that_slack_takes(markdown: str) -> None:
    for part in to_parts(markdown):
        assert block_problems(list(part.blocks)) == []


@pytest.mark.parametrize(
    "piece",
    [
        "https://h.example/__x__ ",
        "**https://h.example/x** ",
        "(https://h.example/(((((( ",
        "\\(x^2 ",
        "$x^2 ",
        "<https://h.example|",
        ":tada:",
        "**重。**",
        "1. a\n  - b\n",
        "https://",
        "A sentence of plain prose. ",
        "**Bold**, and [a link](https://h.example/x). ",
        "- **item**: words\n",
        "# Heading\n\nWords.\n\n",
        "    code\n",
    ],
)
def test_long_answers_take_work_in_proportion(piece: str) -> None:
    assert calls_made(piece, 12_000) < 2.5 * calls_made(piece, 6_000)


@pytest.mark.parametrize("piece", ["A sentence of plain prose. ", "一つの文です。"])
def test_a_long_paragraph_is_not_taken_apart_into_words(piece: str) -> None:
    assert calls_made(piece, 12_000) < 1_500  # it has 2,200 words


def calls_made(piece: str, size: int) -> int:
    """The number of functions called for an answer of that size, which is not the first one."""
    count = 0

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    text = piece * (size // len(piece))
    to_parts(text)
    sys.setprofile(count_call)
    try:
        to_parts(text)
    finally:
        sys.setprofile(None)
    return count
