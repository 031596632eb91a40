"""The step after an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.embedded.engine import BadExpression, RetryDelay, parse_duration
from scheduler.embedded.engine.retry import Again, Delivered, GivenUp, Judgement, back_off, judge_attempt
from scheduler.embedded.engine.retry_delay import LONGEST_WAIT
from scheduler.embedded.storage import Response

NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)


def outcome(status: int, headers: dict[str, str] | None = None, *, retried: int = 0) -> Judgement:
    response = Response(status=status, headers=tuple((headers or {}).items()))
    return judge_attempt(response, retried=retried, retries=3, retry_delay=None, now=NOW)


def test_only_2xx_is_delivered() -> None:
    assert {status for status in range(100, 600) if outcome(status) == Delivered()} == {*range(200, 300)}
    assert outcome(0) == Again(at=NOW + back_off(1))


def test_retries_end() -> None:
    assert isinstance(outcome(500, retried=2), Again)
    assert outcome(500, retried=3) == GivenUp()


@pytest.mark.parametrize(
    ("status", "headers", "final"),
    [
        (489, {"Upstash-NonRetryable-Error": "true"}, True),
        (489, {"upstash-nonretryable-error": "True"}, True),
        (489, {}, False),
        (500, {"Upstash-NonRetryable-Error": "true"}, False),
    ],
)
def test_only_489_with_its_header_is_final(status: int, headers: dict[str, str], final: bool) -> None:
    assert (outcome(status, headers) == GivenUp()) == final


@pytest.mark.parametrize(
    ("n", "seconds"), [(1, 12), (2, 148), (3, 1808), (4, 22026), (5, 86400), (10**6, 86400)]
)
def test_backoff_grows_to_a_day(n: int, seconds: int) -> None:
    assert int(back_off(n).total_seconds()) == seconds


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Fri, 15 Jan 2027 09:01:40 GMT"}, 100.0),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:00 GMT"}, 0.0),
        ({"X-RateLimit-Reset": "6m5s"}, 365.0),
        ({"X-RateLimit-Reset-Requests": "120ms"}, 0.12),
        ({"X-RateLimit-Reset-Tokens": "1h"}, 3600.0),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "3"}, 3.0),
        ({"Retry-After": "86400"}, 86400.0),
        ({"Retry-After": "86401"}, None),
        ({"X-RateLimit-Reset": "1795378348"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "Fri, 99 Jan 2027 99:01:40 GMT"}, None),
        ({}, None),
    ],
)
def test_the_destination_may_say_when(headers: dict[str, str], wait: float | None) -> None:
    expected = back_off(1) if wait is None else timedelta(seconds=wait)
    assert outcome(429, headers) == Again(at=NOW + expected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("50s", 50),
        ("1d10h30m", 124_200),
        ("90", 90),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("3us", 3e-6),
        ("", None),
        ("s", None),
        ("-5s", None),
        ("5 s", None),
        ("1w", None),
        ("1e3", None),
        ("٣", None),
        ("999999999999999d", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("expression", "retried", "milliseconds"),
    [
        ("1000", 0, 1000),
        ("1000 * (1 + retried)", 2, 3000),
        ("pow(2, retried)", 0, 1),
        ("pow(2, retried)", 3, 8),
        ("max(10, pow(2, retried))", 1, 10),
        ("min(5, 9, 7)", 0, 5),
        ("round(exp(1)) + floor(1.9) + ceil(1.1) + sqrt(16) + abs(-3)", 0, 13),
        ("7 % 4 / 2", 0, 1.5),
        ("-5", 0, 0),
        ("1 / retried", 0, 0),
        ("sqrt(-1)", 0, 0),
        ("pow(10, 400)", 0, 86_400_000),
        ("9**9**9**9**9", 0, 86_400_000),
        ("exp(1000) - exp(1000)", 0, 86_400_000),
        ("1e308 * 10 - 1e308 * 10", 0, 0),
        ("ceil(1e308 * 10)", 0, 86_400_000),
    ],
)
def test_delay_expressions(expression: str, retried: int, milliseconds: float) -> None:
    assert RetryDelay(expression)(retried) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "retries",
        "__import__('os')",
        "(1).__class__",
        "[x for x in (1,)]",
        "lambda: 1",
        "'a' * 9",
        "True",
        "1 if retried else 2",
        "pow(2)",
        "pow(2, exp=3)",
        "max(*[1, 2])",
        "retried := 1",
        "1; 2",
        "1 << 9",
        "(" * 200,
        "-" * 299 + "1" * 2,
        "1" * 400,
        "\0",
    ],
)
def test_nothing_but_arithmetic_is_computed(expression: str) -> None:
    with pytest.raises(BadExpression):
        RetryDelay(expression)


@given(
    st.recursive(
        st.sampled_from(["retried", "0", "1.5", "1e300"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(["exp", "sqrt", "abs", "floor", "ceil", "round"]), inner).map(
                lambda t: f"{t[0]}({t[1]})"
            ),
            st.tuples(st.sampled_from(["pow", "min", "max"]), inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
        ),
        max_leaves=6,
    ).filter(lambda expression: len(expression) <= 300),
    st.integers(0, 999),
)
def test_every_expression_gives_a_wait_within_a_day(expression: str, retried: int) -> None:
    assert timedelta() <= RetryDelay(expression)(retried) <= LONGEST_WAIT
