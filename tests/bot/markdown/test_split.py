"""A long answer comes whole, in messages that Slack takes and a reader can follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markdown import Part, to_parts
from bot.markdown.chunks import Chunk, Parting, TextRun, text_weight
from bot.markdown.split import Gap, cut_runs, cut_text, gap_after, pack_messages
from bot.sandbox.block_kit import block_problems, count_characters


def seen(value: Any) -> Iterator[str]:
    """The texts that blocks show, in order."""
    match value:
        case {"text": str() as text}:
            yield text
        case dict():
            yield from seen([*value.values()])
        case list() | tuple():
            for child in value:
                yield from seen(child)


def letters(parts: tuple[Part, ...]) -> str:
    return re.sub(r"\s", "", "".join(text for part in parts for text in seen(part.blocks)))


def accepted(markdown: str, limit: int = 3_000) -> tuple[Part, ...]:
    """The parts, each within Slack's limits and ours."""
    parts = to_parts(markdown, limit=limit)
    assert parts
    for part in parts:
        assert block_problems(list(part.blocks)) == []
        assert 1 <= len(part.blocks) <= 45
        assert count_characters(list(part.blocks)) <= limit
        assert part.text.strip()
        assert len(part.text) <= limit
        part.text.encode()
    return parts


def types(part: Part) -> list[str]:
    return [
        element["type"]
        for block in part.blocks
        for element in block.get("elements", [{"type": block["type"]}])
    ]


def test_an_answer_that_fits_is_one_message() -> None:
    assert len(accepted("word " * 590)) == 1


def test_headings_come_before_every_other_place_to_part() -> None:
    chapter = "## Chapter\n\n" + "A sentence of it. " * 30 + "\n\n" + "Another paragraph. " * 30
    parts = accepted("\n\n".join([chapter] * 5))
    assert len(parts) > 1
    assert all(part.blocks[0]["type"] == "header" for part in parts)


def test_a_heading_stays_with_what_follows() -> None:
    fill = "x" * 2_700
    parts = accepted(f"{fill}\n\n## Heading\n\n" + "Sentence here. " * 40)
    assert parts[0].text == fill
    assert parts[1].text.startswith("Heading\n\nSentence")


def test_two_headings_in_a_row_stay_together_with_what_follows() -> None:
    parts = accepted("x" * 2_700 + "\n\n# Title\n## Heading\n\n" + "Sentence here. " * 40)
    assert parts[1].text.startswith("Title\n\nHeading\n\nSentence")


def test_paragraphs_come_before_sentences_and_sentences_before_words() -> None:
    paragraph = "One two three. " * 40
    for part in accepted("\n\n".join([paragraph] * 12)):
        assert part.text.endswith("three.")
        assert len(part.text.split("\n\n")[0]) == len(paragraph.strip())
    for part in accepted("One two three. " * 1_000):
        assert part.text.startswith("One")
        assert part.text.rstrip().endswith("three.")
    for part in accepted("one two three " * 1_000):
        assert part.text.split()[0] in ("one", "two", "three")
        assert part.text.split()[-1] in ("one", "two", "three")


def test_a_fence_goes_on_as_a_fence_and_is_cut_between_lines() -> None:
    lines = [f"    line {number} = <{number}>" for number in range(400)]
    parts = accepted("Before:\n\n```python\n" + "\n".join(lines) + "\n```\n\nAfter.")
    assert len(parts) > 2
    assert all("rich_text_preformatted" in types(part) for part in parts)
    shown = [line for part in parts for text in seen(part.blocks) for line in text.split("\n")]
    assert [line for line in shown if "line" in line] == lines


def test_a_list_goes_on_with_its_numbers() -> None:
    parts = accepted("\n".join(f"{number}. item number {number}" for number in range(1, 400)))
    assert len(parts) > 2
    following = 1
    for part in parts:
        ((items,),) = [block["elements"] for block in part.blocks]
        assert items["offset"] == following - 1
        assert items["elements"][0]["elements"][0]["text"] == f"item number {following}"
        following += len(items["elements"])
    assert following == 400


def test_an_item_that_is_cut_goes_on_without_a_second_bullet() -> None:
    first, second = accepted("- " + "word " * 1_000)
    assert types(first) == ["rich_text_list"]
    assert types(second) == ["rich_text_section"]


def test_each_line_of_a_long_quote_is_said_to_be_one() -> None:
    parts = accepted("\n".join(f"> line {number}" for number in range(900)))
    assert len(parts) > 2
    shown = [line for part in parts for line in part.text.split("\n")]
    assert shown == [f"&gt; line {number}" for number in range(900)]


def test_outer_items_come_before_inner_ones() -> None:
    item = "- outer item\n" + "  - inner item, a little longer\n" * 12
    parts = accepted(item * 20)
    assert len(parts) > 2
    assert all(part.text.startswith("• outer") for part in parts)


def test_a_table_takes_its_header_along() -> None:
    rows = [f"| row {number} | {'some text in it ' * 4} |" for number in range(90)]
    parts = accepted("\n".join(["| name | what |", "|---|---|", *rows]))
    assert len(parts) > 1
    shown = []
    for part in parts:
        (table,) = part.blocks
        header, *body = table["rows"]
        assert list(seen(header)) == ["name", "what"]
        shown += [next(seen(row)) for row in body]
    assert shown == [f"row {number}" for number in range(90)]


def test_a_table_too_long_for_slack_takes_its_header_along_as_aligned_text() -> None:
    rows = [f"| {number} | odd |" for number in range(1_001, 1_500)]
    parts = accepted("\n".join(["| n | what |", "|---|---|", *rows]))
    assert len(parts) > 1
    shown = []
    for part in parts:
        header, rule, *body = next(seen(part.blocks)).split("\n")
        assert header == "n    | what"
        assert rule == "---- | ----"
        shown += [line.split()[0] for line in body]
    assert shown == [str(number) for number in range(1_001, 1_500)]


def test_a_table_whose_rows_are_too_long_is_text() -> None:
    (header, body) = ("| a | b |\n|---|---|\n", "| " + "word " * 700 + "| end |")
    assert all(types(part) == ["rich_text_preformatted"] for part in accepted(header + body))


@pytest.mark.parametrize(
    "character",
    [
        "e\u0301",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇩🇪",
        "👍🏽",
        "❤\ufe0f",
        "नि",
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
)
def test_a_word_is_never_cut_inside_a_character(character: str) -> None:
    for part in accepted(character * 2_000):
        assert part.text.replace(character, "") == ""


def test_what_is_past_parsing_is_still_there() -> None:
    parts = accepted("**bold** " * 10_000 + "the end")
    assert letters(parts).replace("*", "") == "bold" * 10_000 + "theend"


def _as_chunks(pieces: Iterable[tuple[str, Parting | None]]) -> list[Chunk]:
    chunks: list[Chunk] = []
    for text, parting in pieces:
        gap = gap_after(chunks[-1].said) if chunks else Gap.BLOCK
        weight = text_weight(text) + (0 if chunks else 2)
        chunks.append(Chunk("section", 1, gap, weight, (TextRun(text),), text, bool(chunks), parting))
    return chunks


def _units_of(text: str, size: int, *, code: bool) -> Iterator[str]:
    """Each word by itself, in code each line, and the words of a line that is too long."""
    if not code:
        yield from cut_text(text, size)
        return
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        yield from [line] if text_weight(line) <= size else cut_text(line, size)


@given(
    st.lists(
        st.sampled_from(
            ["word", "Stop. ", "(end!) ", "R&D <x>", "重。", "重", "\n", " ", "  ", "“so.” ", "9: "]
        )
        | st.sampled_from(["x" * 30, "<" * 40, "y" * 140, " " * 20]),
        min_size=150,
        max_size=400,
    ).map("".join),
    st.text("before. ", max_size=200),
    st.booleans(),
)
def test_a_paragraph_parts_where_it_would_if_each_of_its_words_were_looked_at(
    text: str, before: str, code: bool
) -> None:
    size = 100
    first = Chunk("section", 0, Gap.BLOCK, text_weight(before) + 2, said=before)

    def messages(chunks: list[Chunk]) -> list[str]:
        packed = pack_messages([first, *chunks], limit=4 * size)
        return ["".join(chunk.said for chunk in message) for message in packed]

    parts = [(runs[0].text, parting) for _, runs, parting in cut_runs([TextRun(text)], size, code=code)]
    units = [(unit, None) for unit in _units_of(text, size, code=code)]
    assert messages(_as_chunks(parts)) == messages(_as_chunks(units))


@pytest.mark.parametrize(("long", "code"), [("x" * 200, False), ("run(); " * 2_000, True)])
def test_what_is_too_long_for_a_line_takes_nothing_else_apart(long: str, code: bool) -> None:
    around = "Words and more.\n" * 500
    text = f"{around}{long}\n{around}"
    assert len(list(cut_runs([TextRun(text)], 750, code=code))) == 3


@pytest.mark.parametrize("limit", [99, 3_801])
def test_a_limit_that_cannot_be_kept_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="expected 100 to 3,800 characters"):
        to_parts("x", limit=limit)


EXTREME = {
    "one word": "x" * 40_000,
    "one letter and its accents": "e" + "\u0301" * 20_000,
    "only ampersands": "&" * 20_000,
    "quotes in quotes": ">" * 2_000 + "inside",
    "lists in lists": "- " * 2_000 + "inside",
    "lists by indentation": "".join("  " * depth + "- item\n" for depth in range(300)) + "inside",
    "quotes and lists": "> - " * 1_000 + "inside",
    "emphasis in emphasis": "*" * 20_000 + "inside" + "*" * 20_000,
    "links in links": "[" * 2_000 + "inside" + "](https://a.example)" * 2_000,
    "images in images": "![" * 20_000,
    "images that are closed": "![" * 2_000 + "inside" + "](https://a.example)" * 2_000,
    "brackets": "[" * 40_000,
    "a link longer than a message": f"[inside](https://a.example/{'x' * 5_000})",
    "a label longer than a message": f"[{'inside ' * 1_000}](https://a.example)",
    "thousands of cells": "|" + "a|" * 90 + "\n|" + "-|" * 90 + "\n" + ("|" + "b|" * 90 + "\n") * 90,
    "thousands of dividers and words": "---\n\nx\n\n" * 3_000,
    "nothing but lines in a fence": "```\n" + "\n" * 20_000 + "inside\n```",
    "right to left": "שלום עולם. مرحبا بالعالم؟ " * 800,
    "control characters": "".join(map(chr, range(32))) * 500,
    "halves of surrogates": "\ud800 \udfff" * 5_000,
    "no Markdown for a while": "a\n" * 30_000,
    "references": "".join(f"[a{number}]: https://a.example\n" for number in range(2_000)),
}


@pytest.mark.parametrize("markdown", EXTREME.values(), ids=EXTREME)
def test_extreme_answers_come_whole_and_within_limits(markdown: str) -> None:
    parts = accepted(markdown)
    if "inside" in markdown:
        assert "inside" in letters(parts)
    if markdown.isalnum():
        assert letters(parts) == markdown


WORD = st.sampled_from(
    [
        "W",
        "W W",
        "**W**",
        "*W W*",
        "~~W~~",
        "`W`",
        "**W *W* W**",
        "[W](https://a.example)",
        "W. W",
        "W\nW",
        "![W](https://a.example/i)",
        "W  \nW",
        "<W>",
        "W & W",
        "שלום W",
        "W 👩\u200d👩\u200d👧",
        "[W](ftp://x)",
    ]
)
LINE = st.lists(WORD, min_size=1, max_size=30).map(" ".join)
SHORT = st.lists(WORD.filter(lambda word: "\n" not in word), min_size=1, max_size=4).map(" ".join)


def _table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(["| H | H | H |", "|---|:-:|--:|", *lines])


def _indented(text: str, first: str, rest: str) -> str:
    return first + text.replace("\n", "\n" + rest)


LEAF = st.one_of(
    LINE,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), SHORT),
    st.lists(LINE, max_size=20).map(lambda lines: "```text\n" + "\n".join(lines) + "\n```"),
    st.lists(st.lists(SHORT, min_size=1, max_size=5), max_size=30).map(_table),
    st.just("---"),
)
DOCUMENT = st.recursive(
    st.lists(LEAF, min_size=1, max_size=6).map("\n\n".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("\n\n".join),
        inner.map(lambda text: _indented(text, "> ", "> ")),
        st.lists(inner, min_size=1, max_size=4).map(
            lambda items: "\n".join(_indented(item, "- ", "  ") for item in items)
        ),
        st.lists(inner, min_size=1, max_size=4).map(
            lambda items: "\n".join(_indented(item, "1. ", "   ") for item in items)
        ),
    ),
    max_leaves=8,
)


def _numbered(document: str) -> str:
    """`document` with a word of its own in place of each W."""
    numbers = count()
    return re.sub("[WH]", lambda found: f"{found[0]}{next(numbers)}x", document)


@settings(deadline=None)
@given(DOCUMENT.map(_numbered), st.sampled_from([100, 101, 250, 1_000, 3_000, 3_800]))
def test_every_word_of_generated_markdown_arrives_once_and_in_order(markdown: str, limit: int) -> None:
    parts = accepted(markdown, limit)
    words = re.findall(r"W\d+x", markdown)
    assert re.findall(r"W\d+x", letters(parts)) == words
    assert re.findall(r"W\d+x", re.sub(r"\s", "", "".join(part.text for part in parts))) == words
    assert set(re.findall(r"H\d+x", markdown)) == set(re.findall(r"H\d+x", letters(parts)))


@settings(deadline=None)
@given(
    st.text(
        st.sampled_from("ab \n\t*_~`#>-+1.)[]!&\\<\0\x1b\u0301\u200d👩🇩שم") | st.characters(), max_size=3_000
    ),
    st.integers(100, 3_800),
)
def test_any_text_at_all_is_split_without_loss(markdown: str, limit: int) -> None:
    markdown = re.sub(r"[|(:]", "", markdown)  # tables repeat headers, and long links become text
    assert letters(accepted(markdown, limit)) == letters(accepted(markdown, 3_800))
