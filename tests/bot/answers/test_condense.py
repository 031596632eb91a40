"""Texts longer than a model takes: where they are cut, how much of them is read, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.condense import _cut_to_room, _with_notes, room_for
from bot.answers.cutting import cut_text
from bot.answers.parting import MOST_PARTS, Parted, _share_parts, split_pieces
from bot.model.tokens import estimate_tokens
from bot.sources import Material, Piece
from tests.examples import examples
from tests.measuring import grows_evenly


def piece(text: str) -> Piece:
    return Piece(title="A page", name="<https://example.com|example.com>", text=text)


def all_parts(text: str, *, room: int) -> list[str]:
    return [part for part, _ in cut_text(text, room=room, overlap=min(70, room // 10))]


@pytest.mark.parametrize(
    ("window", "room"), [(3_000, 1_500), (16_000, 11_000), (128_000, 80_000), (1_000_000, 80_000)]
)
def test_instructions_and_answer_have_their_place_and_no_window_is_filled_for_its_own_sake(
    window: int, room: int
) -> None:
    assert room_for(window, "") == room
    assert room_for(window, "Why " * 90) == room - 120
    assert room_for(window, "Why " * 200_000) == room // 4


def test_what_has_no_more_than_its_share_stays_in_one_piece() -> None:
    short, long = piece("short"), piece("A paragraph.\n\n" * 1_000)
    assert [parts.of for parts in split_pieces([short, long], room=3_000)] == [1, 3]


@settings(deadline=None, max_examples=examples(25))
@given(st.text(min_size=1, max_size=3_000), st.integers(200, 900))
def test_parts_hold_all_words_and_none_is_longer_than_the_room(text: str, room: int) -> None:
    parts = all_parts(text, room=room)
    assert all(estimate_tokens(part) <= room or len(part) <= len(text) // 2 + 1 for part in parts)
    joined = "".join("".join(parts).split())
    assert all(word[:50] in joined for word in text.split())


def test_a_text_is_cut_between_its_paragraphs_and_headings() -> None:
    text = "\n\n".join(f"# Part {n}\n\n{'The mill stands by the river. ' * 20}" for n in range(40))
    parts = all_parts(text, room=1_000)
    assert all(part.startswith("# Part") for part in parts)


def test_a_sentence_that_begins_in_one_part_stands_whole_in_the_next() -> None:
    sentences = [f"Sentence {n} speaks of the mill and of the river." for n in range(2_000)]
    parts = all_parts(" ".join(sentences), room=1_000)
    assert len(parts) > 10
    assert [said for said in sentences if not any(said in part for part in parts)] == []


@pytest.mark.parametrize("unit", ["word ", "wordwithoutend", "A line.\n", "Ein Wörtchen\n\n", "雨が降る"])
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    assert grows_evenly(lambda text: all_parts(text, room=20_000), text, text * 2)


def test_no_more_text_is_cut_than_is_read() -> None:
    lines = [f"Line {number} of a book that has no end." for number in range(100_000)]
    book, note = "\n\n".join(lines), piece("short")
    cut, (longer, one) = 0, split_pieces([piece(book), note], room=1_000)
    assert (one.texts, one.of) == (["short"], 1)
    assert len(longer.texts) == MOST_PARTS - 1
    assert longer.is_estimated
    assert longer.of == pytest.approx(len(all_parts(book[: len(book) // 40], room=1_000)) * 40, rel=0.05)

    def count_parts(*, most: int | None = None) -> bool:
        nonlocal cut
        cut += 1
        return cut == most

    split_pieces([piece(book)] * 20, count_parts, room=1_000)
    assert cut == MOST_PARTS
    cut = 0
    split_pieces([piece(book)], partial(count_parts, most=3), room=1_000)
    assert cut == 3  # it was over then
    assert all(len(parts.texts) == 2 for parts in split_pieces([piece(book)] * 20, room=1_000))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=5))
def test_of_a_book_only_so_much_is_read_and_of_each_source_something(counts: list[int]) -> None:
    taken = _share_parts(counts, most=MOST_PARTS)
    assert sum(taken) <= MOST_PARTS + len(counts)
    assert all(1 <= some <= all_of for some, all_of in zip(taken, counts, strict=True))


def test_what_was_not_read_is_said() -> None:
    parts = Parted(texts=["long", "er"], of=5)
    noted = _with_notes(piece("long"), ["one", "two"], parts)
    assert noted.left_out == "(Only the first 2 of 5 parts were read.)"
    about = _with_notes(piece("long"), ["one", "two"], replace(parts, is_estimated=True))
    assert about.left_out == "(Only the first 2 of about 5 parts were read.)"
    assert "Notes on part 2:\ntwo" in noted.text
    cut = _cut_to_room(Material(pieces=(piece("x" * 100), piece("y"), piece("雨" * 100))), 30)
    assert [piece.text for piece in cut.pieces] == ["x" * 30, "y", "雨" * 5]
    assert [piece.left_out for piece in cut.pieces] == [
        "(The rest is cut off.)",
        "",
        "(The rest is cut off.)",
    ]
