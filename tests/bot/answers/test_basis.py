"""What an answer was made of, as it is kept for questions about it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.answers import AnswerBasis
from bot.answers.basis import MOST_MATERIAL, pack_material, unpack_material
from bot.sources import Material, Piece

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)


def test_it_is_read_as_it_was_written() -> None:
    whole = AnswerBasis(
        query="Which regions are down?",
        made=NINE,
        as_of=NINE,
        slot=NINE,
        schedule="kolu-tane",
        credit="from <#C1>",
        material_of="T1:abc",
        sources=({"type": "link", "url": "https://example.org"},),
    )
    assert AnswerBasis.decode(whole.encode()) == whole
    bare = AnswerBasis(query="Why?", made=NINE, as_of=NINE)
    assert AnswerBasis.decode(bare.encode()) == bare


def test_it_tells_the_model_prompt_moment_and_sources() -> None:
    basis = AnswerBasis(query="Why?", made=NINE, as_of=NINE, slot=NINE)
    assert basis.describe("from #ops") == (
        "It was asked: Why?\n"
        "It is the scheduled answer of 2027-01-13 09:00 UTC.\n"
        "It tells how things were at 2027-01-13 09:00 UTC.\n"
        "It was made from #ops."
    )


@pytest.mark.parametrize(
    "text", ["EU is down.", "==== material 0123 ====\nnot ours", "emoji 🙂 \ud83d", "a\n\nb"]
)
def test_material_is_kept_without_the_marks_that_were_put_round_it(text: str) -> None:
    material = Material(pieces=(Piece(title="A page", name="x", text=text),))
    packed = pack_material(material.prompt)
    assert packed is not None
    assert unpack_material(packed) == f"# A page\n{text}".encode(errors="replace").decode()


def test_material_is_bounded_and_damage_is_nothing() -> None:
    packed = pack_material("x" * (2 * MOST_MATERIAL))
    assert packed is not None
    assert len(unpack_material(packed)) < MOST_MATERIAL + 100
    assert unpack_material(packed).endswith("(The rest was not kept.)")
    assert pack_material("") is None
    assert unpack_material("not packed at all") == ""
