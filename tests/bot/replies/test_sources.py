"""For each reason why a source was not read, there are words."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.documents import DocumentProblem
from bot.fetch import FetchProblem
from bot.replies import gave_up, source_credit
from bot.replies.runs import run_words
from bot.schedules.history.run import Run
from bot.sources import QUIET, Material, Piece, Problem, Unreadable, Window
from bot.sources.mrkdwn import link_markup
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


@pytest.mark.parametrize(
    ("url", "is_advised"),
    [
        ("http://10.0.0.1:3000/wiki", True),
        ("http://wiki.internal/", True),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://[fd00:ec2::254]/", False),
    ],
)
def test_only_what_the_admin_could_allow_is_said_to_be_allowable(url: str, is_advised: bool) -> None:
    told = gave_up("Why?", reason="source_not_public", name=link_markup(url))
    assert ("Your admin may be able to allow it." in told) is is_advised
    alone = gave_up("Why?", reason="source_not_public", name=link_markup(url), sandbox=True)
    assert ("`PRECACHE_NETWORKS` can allow its network." in alone) is is_advised
    assert "admin" not in alone


def test_who_asks_once_is_told_to_ask_again_and_a_schedule_tries_again_by_itself() -> None:
    assert gave_up("Why?", reason="limited").endswith("Please ask again in a few minutes.")
    assert gave_up("Why?", reason="limited", recurs=True).endswith("The next run tries again.")


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
