"""For each reason why a source was not read, there are words."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.documents import DocumentProblem
from bot.fetch import FetchProblem
from bot.replies import credit, gave_up
from bot.replies.runs import run_words
from bot.schedules.schedule import Run
from bot.sources import QUIET, Material, Piece, Problem, Unreadable, Window
from tests.bot.installed import NOON


@pytest.mark.parametrize("problem", get_args(Problem))
def test_each_problem_has_a_sentence_for_who_asked_for_history_and_for_the_post(problem: Problem) -> None:
    told = gave_up("Why?", reason=f"source_{problem}", name="<#C1>")
    assert told.startswith("I could not answer “Why?”: <#C1> was not read, because ")
    assert told.endswith(".")
    words = run_words(Run(at=NOON, outcome="failed", detail=f"source_{problem}"), "UTC")
    assert "it did not work out" not in words
    unread = (Unreadable(problem=problem, name="<#C1>"), Unreadable(problem=problem))
    said = credit(Material(pieces=(Piece(title="t", name="n", text="x"),), unread=unread))
    assert said.startswith("from n, <#C1> was not read, because ")
    assert ", a source was not read, because " in said


def test_sources_that_cover_the_same_time_name_it_once() -> None:
    day = Window(since=NOON - timedelta(days=1), until=NOON)
    named = [Piece(title="t", name=name, text="x", window=day) for name in ("<#C1>", "<#C2>")]
    page = Piece(title="t", name="a page", text="x", left_out="Some.")
    said = credit(Material(pieces=(*named, page)))
    assert said.startswith("from <#C1>, <#C2>, <!date^")
    assert said.endswith(", a page (not all of it)")
    assert said.count("<!date^") == 2


def test_no_problem_of_fetching_or_reading_is_unknown_to_sources() -> None:
    assert {*get_args(FetchProblem), *get_args(DocumentProblem), *QUIET} <= set(get_args(Problem))
