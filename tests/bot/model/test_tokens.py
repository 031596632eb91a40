"""Tokens are guessed from text in any script, and on the right side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.tokens import at_most, estimate_tokens, first_tokens

COUNTED = {
    "The committee has approved the budget for the next year, and work begins in the spring.": 18,
    "人工智能正在改变世界，委员会批准了明年的预算，天气预报说明天会下雨。": 62,
    "人工知能は世界を変えつつあり、委員会は来年度の予算を承認しました。カタカナ": 67,
    "Быстрая коричневая лиса перепрыгивает через ленивую собаку, и бюджет утверждён. ": 68,
    "الذكاء الاصطناعي يغير العالم ووافقت اللجنة على الميزانية": 51,
    "ปัญญาประดิษฐ์กำลังเปลี่ยนแปลงโลก": 62,
    "कृत्रिम बुद्धिमत्ता दुनिया को बदल रही है": 44,
    "😀👍🏽🎉👨‍👩‍👧🇩🇪🔥🥑": 37,
}
"""As SmolLM2 counts them, which knows English alone: no model that people run counts more."""


@pytest.mark.parametrize(("text", "tokens"), COUNTED.items())
def test_no_script_comes_to_more_than_is_reckoned_with(text: str, tokens: int) -> None:
    assert tokens <= estimate_tokens(text) <= 2 * tokens
    assert estimate_tokens(text) <= at_most(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("def f(x): return {k: v[0] for k, v in x.items() if v} # 0x3f, a[1:2] != b\n", 41),
        ("인공지능이 세상을 바꾸고 있으며 위원회는 내년 예산을 승인했습니다.", 80),
        ("12,345.67;89,012.34;56,789.01", 29),
    ],
)
def test_what_cuts_into_many_tokens_is_paid_for_in_advance(text: str, tokens: int) -> None:
    assert tokens <= at_most(text) <= 2 * tokens
    assert estimate_tokens(text) <= at_most(text)


@given(st.text(st.characters(), max_size=300), st.integers(0, 200))
def test_a_text_that_is_cut_ends_where_its_tokens_do(text: str, tokens: int) -> None:
    start = first_tokens(text, tokens)
    assert text.startswith(start)
    assert estimate_tokens(start) <= tokens
    assert start == text or estimate_tokens(text[: len(start) + 1]) > tokens
