"""Texts longer than a model takes: where they are cut, how much of them is read, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.condense import MOST_PARTS, _cut_to_room, _parts_to_read, _with_notes, room_for, split_pieces
from bot.model.tokens import estimate_tokens
from bot.sources import Material, Piece
from tests.measuring import grows_evenly


def piece(text: str) -> Piece:
    return Piece(title="A page", name="<https://example.com|example.com>", text=text)


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
    assert [len(parts) for parts in split_pieces([short, long], room=3_000)] == [1, 3]


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=3_000), st.integers(200, 900))
def test_parts_hold_all_words_and_none_is_longer_than_the_room(text: str, room: int) -> None:
    (parts,) = split_pieces([piece(text)], room=room)
    assert all(estimate_tokens(part) <= room or len(part) <= len(text) // 2 + 1 for part in parts)
    joined = "".join("".join(parts).split())
    assert all(word[:50] in joined for word in text.split())


def test_a_text_is_cut_between_its_paragraphs_and_headings() -> None:
    text = "\n\n".join(f"# Part {n}\n\n{'The mill stands by the river. ' * 20}" for n in range(40))
    (parts,) = split_pieces([piece(text)], room=1_000)
    assert all(part.startswith("# Part") for part in parts)


def test_a_sentence_that_begins_in_one_part_stands_whole_in_the_next() -> None:
    sentences = [f"Sentence {n} speaks of the mill and of the river." for n in range(2_000)]
    (parts,) = split_pieces([piece(" ".join(sentences))], room=1_000)
    assert len(parts) > 10
    assert [said for said in sentences if not any(said in part for part in parts)] == []


@pytest.mark.parametrize("unit", ["word ", "wordwithoutend", "A line.\n", "Ein Wörtchen\n\n", "雨が降る"])
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    assert grows_evenly(lambda text: split_pieces([piece(text)], room=20_000), text, text * 2)


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=5))
def test_of_a_book_only_so_much_is_read_and_of_each_source_something(counts: list[int]) -> None:
    taken = _parts_to_read(counts, most=MOST_PARTS)
    assert sum(taken) <= MOST_PARTS + len(counts)
    assert all(1 <= some <= all_of for some, all_of in zip(taken, counts, strict=True))


def test_what_was_not_read_is_said() -> None:
    noted = _with_notes(piece("long"), ["one", "two"], of=5)
    assert noted.left_out == "(Only the first 2 of 5 parts were read.)"
    assert "Notes on part 2:\ntwo" in noted.text
    cut = _cut_to_room(Material(pieces=(piece("x" * 100), piece("y"), piece("雨" * 100))), 30)
    assert [piece.text for piece in cut.pieces] == ["x" * 30, "y", "雨" * 5]
    assert [piece.left_out for piece in cut.pieces] == [
        "(The rest is cut off.)",
        "",
        "(The rest is cut off.)",
    ]
