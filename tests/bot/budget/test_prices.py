"""The operator's table of prices, and what calls cost by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Price, Prices
from bot.budget.amount import DOLLAR, MOST
from bot.model.demo import DemoModel
from bot.model.meter import Call, Tokens

MINI = Price(sent=DOLLAR // 4, received=2 * DOLLAR)
PRICES = Prices({"openai:gpt-5.4-mini": MINI})
NAMES = st.from_regex(r"[a-z_]{1,9}:[A-Za-z0-9=:/._-]{1,20}", fullmatch=True).filter(
    lambda name: not name.startswith("demo:")
)
TABLES = st.dictionaries(
    NAMES, st.builds(Price, sent=st.integers(0, MOST), received=st.integers(0, MOST)), max_size=5
)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("", {}),
        (" , ", {}),
        ("openai:gpt-5.4-mini=0.25/2", {"openai:gpt-5.4-mini": MINI}),
        (
            " openai:gpt-5.4-mini = $0.25 / $2.00 ,\nanthropic:claude-x=3/15,",
            {"openai:gpt-5.4-mini": MINI, "anthropic:claude-x": Price(sent=3 * DOLLAR, received=15 * DOLLAR)},
        ),
        ("openai:meta/llama:70b=0/0", {"openai:meta/llama:70b": Price(sent=0, received=0)}),
        ("openai:a=b=1/1", {"openai:a=b": Price(sent=DOLLAR, received=DOLLAR)}),
    ],
)
def test_prices_are_read_as_they_are_written(text: str, table: dict[str, Price]) -> None:
    assert Prices.parse(text) == Prices(table)


@pytest.mark.parametrize(
    "text",
    [
        "openai:gpt",
        "openai:gpt=1",
        "openai:gpt=1/",
        "openai:gpt=/1",
        "openai:gpt=1/2/3",
        "openai:gpt=1/-2",
        "openai:gpt=1/1e3",
        "gpt=1/2",
        ":gpt=1/2",
        "openai:=1/2",
        "=1/2",
        "openai:gpt=1/2; openai:other=1/2",
        "openai:gpt=1/2, openai:gpt=1/2",
        "openai:g\0pt=1/2",
    ],
)
def test_anything_else_is_refused_as_prices(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Prices.parse(text)


@given(TABLES)
def test_prices_that_are_written_down_are_read_as_they_were(table: dict[str, Price]) -> None:
    assert Prices.parse(str(Prices(table))) == Prices(table)


@pytest.mark.parametrize(
    ("tokens", "cost"),
    [
        (Tokens(sent=0, received=0), 0),
        (Tokens(sent=1, received=0), 250),
        (Tokens(sent=1_000_000, received=0), DOLLAR // 4),
        (Tokens(sent=412, received=96), 412 * 250 + 96 * 2_000),
    ],
)
def test_a_call_costs_what_its_tokens_do(tokens: Tokens, cost: int) -> None:
    assert PRICES.cost_of("openai:gpt-5.4-mini", tokens) == cost


def test_a_part_of_a_billionth_counts_as_a_whole_one() -> None:
    prices = Prices({"a:b": Price(sent=1, received=0)})
    assert [
        prices.cost_of("a:b", Tokens(sent=sent, received=0)) for sent in (0, 1, 1_000_000, 1_000_001)
    ] == [
        0,
        1,
        1,
        2,
    ]


def test_nobody_knows_what_a_model_without_a_price_costs() -> None:
    assert PRICES.cost_of("openai:gpt-5.4", Tokens(sent=1, received=1)) is None
    assert PRICES.most_cost(Call(model="openai:gpt-5.4", most_sent=1, most_tokens=1)) is None


def test_the_demo_model_is_free() -> None:
    assert Prices().cost_of(DemoModel.name, Tokens(sent=10, received=10)) == 0


def test_a_call_is_expected_to_take_all_that_it_may_and_what_a_provider_puts_around_it() -> None:
    call = Call(model="openai:gpt-5.4-mini", most_sent=1_000, most_tokens=100)
    most = PRICES.most_cost(call)
    assert most is not None
    assert 0 < most - (1_000 * 250 + 100 * 2_000) <= 50 * 250


def test_minutes_of_sound_have_a_price_of_their_own() -> None:
    prices = Prices.parse("openai:whisper-1=0.006/min, openai:gpt-5.4-mini=0.25/2")
    assert str(prices) == "openai:whisper-1=0.006/min, openai:gpt-5.4-mini=0.25/2"
    minute, half = (Tokens(sent=0, received=0, seconds=seconds) for seconds in (60, 30))
    assert prices.cost_of("openai:whisper-1", minute) == 6 * DOLLAR // 1_000
    assert prices.cost_of("openai:whisper-1", half) == 3 * DOLLAR // 1_000
    assert prices.cost_of("openai:gpt-5.4-mini", minute) is None  # a price for tokens says nothing of minutes
    assert prices.cost_of("openai:whisper-1", Tokens(sent=1, received=1)) is None
    assert prices.cost_of("demo:whisper-tiny.en", minute) == 0
    call = Call(model="openai:whisper-1", most_sent=0, most_tokens=0, seconds=90)
    assert prices.most_cost(call) == 9 * DOLLAR // 1_000


@pytest.mark.parametrize("text", ["server:a=/min", "server:a=x/min", "server:a=1/hour"])
def test_a_price_of_minutes_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Prices.parse(text)
