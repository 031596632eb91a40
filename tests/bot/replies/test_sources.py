"""For each reason why a source was not read, there are words."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.documents import DocumentProblem
from bot.fetch import FetchProblem
from bot.replies import gave_up, source_credit
from bot.replies.runs import run_words
from bot.schedules.schedule import Run
from bot.sources import QUIET, Material, Piece, Problem, Unreadable, Window
from tests.bot.installed import NOON


@pytest.mark.parametrize("problem", get_args(Problem))
def test_each_problem_has_a_sentence_for_who_asked_for_history_and_for_the_post(problem: Problem) -> None:
    told = gave_up("Why?", reason=f"source_{problem}", name="<#C1>")
    assert told.startswith("I have no answer to “Why?”: ")
    assert "<#C1>" in told
    assert told.endswith((".", "?"))
    words = run_words(Run(at=NOON, outcome="failed", detail=f"source_{problem}"), "UTC", now=NOON)
    assert "something went wrong" not in words
    unread = (Unreadable(problem=problem, name="<#C1>"), Unreadable(problem=problem))
    said = source_credit(Material(pieces=(Piece(title="t", name="n", text="x"),), unread=unread))
    known, named, unnamed = said.split(" · ")
    assert known == "from n"
    assert "<#C1>" in named
    assert "a source" in unnamed


def test_sources_that_cover_the_same_time_name_it_once() -> None:
    day = Window(since=NOON - timedelta(days=1), until=NOON)
    named = [Piece(title="t", name=name, text="x", window=day) for name in ("<#C1>", "<#C2>")]
    page = Piece(title="t", name="a page", text="x", left_out="Some.")
    said = source_credit(Material(pieces=(*named, page)))
    assert said.startswith("from <#C1>, <#C2> (<!date^")
    assert said.endswith(", part of a page")
    assert said.count("<!date^") == 2


def test_no_problem_of_fetching_or_reading_is_unknown_to_sources() -> None:
    assert {*get_args(FetchProblem), *get_args(DocumentProblem), *QUIET} <= set(get_args(Problem))
