"""Lines that are read without the parser say what the parser would say of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.common.utils import mdTrim

from bot.markdown.chunks import TextRun, merge_runs
from bot.markdown.grammar import markdown_parser
from bot.markdown.inline import runs_of_line
from bot.markdown.simple_lines import simple_runs

PARSER = markdown_parser()


def parsed_runs(line: str) -> list[TextRun]:
    (token,) = PARSER.parseInline(line)
    return [run for run in merge_runs(runs_of_line(token.children or [])) if run.text]


SIMPLE = [
    "Plain words, 5 < 6, R & D, 2 * 3 = 6; done!",
    "two\nlines",
    "Name: Ada  \n**Place:**   \n  London \n\tand *more  \n words*",
    "**Bold:** then *italic*, _italic_ and `code * [x]`.",
    "(**in brackets**) and **bold**s",
    "**重要**です",
    "See [the notes](https://docs.example/a_b?c=1&d=2#e-f) or [h.example](https://h.example).",
    "[h.example](https://other.example) leads elsewhere",
    "At 10:30:45 a snake_case_name cost $5 and $6,000 or ~7",
    "[ ] open",
    "***Both*** at once, or (***both***), and ~~struck~~ or 5~~6~~ words",
    "See <https://docs.example/x_y_z?a=1&b=2> or <http://h.example>.",
    "See https://docs.example/x_y-z?a=1#b, http://h.example. (Or https://h.example/ instead)\nhttps://h.example",
]


@pytest.mark.parametrize("line", SIMPLE)
def test_an_ordinary_line_needs_no_parser(line: str) -> None:
    runs = simple_runs(line)
    assert runs is not None
    assert merge_runs(runs) == parsed_runs(line)


@pytest.mark.parametrize(
    "line",
    [
        *("**a *b* c**", "**a。**重", "a** b**", "*a **", "__a__", "a_b_", "~~ a~~", "``a``", "` a `", "`a"),
        *("***a**", "***a* b**", "~~~a~~~", "~~a~", "**https://h.example**", "https://h.example/(a)"),
        *(
            "https://H.example",
            "https://h.example/\\_a",
            "<https://h.example/ a>",
            "<https://h.example/%zz>",
            "<me@h.example>",
            "<5@h.example>",
            "<b>",
            "&amp; &#60;",
        ),
        *("[a]", "[x] done", "[a][b]", "![a](https://h.example)", "[a](/b)", "[a](https://h.example 'c')"),
        *("[a](https://h.example/(b))", "[a](https://H.example)", "[a](https://h.example/%zz)", "a\\*"),
        *("$x^2$", "\\(x\\)", ":tada:", "two\\\nlines"),
    ],
)
def test_a_line_with_anything_else_is_left_to_the_parser(line: str) -> None:
    assert simple_runs(line) is None


PIECES = [
    *"ab*_~`[]()!<>&:$.,-|#'\"/?;\\é重。“”\n\t ",
    *("**", "__", "``", "~~", "  ", "://", "&amp;", "$5 ", "\u200b", "\u3000", "\xa0", "%20", "[1]", "R&D"),
    *("[lab el](https://a.example/b)", "[a.example](https://b.example)", "[x](http://h-1.example/_a_*b*)"),
    *("**bold**", "*it*", "_it_", "`code`", ":tada:", "10:30:45", "snake_case", "[ ] ", "[x] ", " * "),
    *("https://a.example/x?y=1&z=2#q", "<5@a.de>", "<5", "![i](https://a.example)"),
    *("***both***", "~~struck~~", "<https://a.example/_b_>", " https://a.example/b_c", "http://a.example."),
    *("***", "~", "http", "https:", "a.example", "<https://", "/b*c~d"),
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join).map(mdTrim))
def test_a_simple_line_says_what_the_parser_says(line: str) -> None:
    runs = simple_runs(line)
    if runs is not None:
        assert [run for run in merge_runs(runs) if run.text] == parsed_runs(line)
