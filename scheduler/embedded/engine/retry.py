"""What follows an attempt: delivered, another one later, or given up. Pure; moments come in.

https://upstash.com/docs/qstash/features/retry
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from scheduler.embedded.storage.message import Headers

LONGEST: Final = timedelta(days=1)
RESET_HEADERS: Final = (
    "retry-after",
    "x-ratelimit-reset",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)


@dataclass(frozen=True, kw_only=True)
class Response:
    """What came back; `status` 0 and an `error` if nothing did."""

    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    error: str | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for found, value in self.headers if found.lower() == name), None)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The destination took it."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """Another attempt, at `at`."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class GivenUp:
    """No further attempt: it becomes a dead letter."""


Verdict = Delivered | Again | GivenUp


def judge(
    response: Response, *, retried: int, retries: int, retry_delay: str | None, now: datetime
) -> Verdict:
    """What follows the attempt that `response` answered, when `retried` attempts were retries already."""
    if 200 <= response.status < 300:
        return Delivered()
    final = response.status == 489 and (response.header("upstash-nonretryable-error") or "").lower() == "true"
    if final or retried >= retries:
        return GivenUp()
    wait = asked_to_wait(response, now)
    if wait is None:
        wait = RetryDelay(retry_delay)(retried) if retry_delay else backoff(retried + 1)
    return Again(at=now + wait)


def backoff(n: int) -> timedelta:
    """The wait before the n-th retry: 12 s, 2 m 28 s, 30 m, 6 h, then a day."""
    return min(LONGEST, timedelta(seconds=math.exp(min(2.5 * n, 20.0))))


def asked_to_wait(response: Response, now: datetime) -> timedelta | None:
    """How long the destination asked us to wait; more than a day is ignored, as QStash does."""
    for name in RESET_HEADERS:
        if value := response.header(name):
            wait = parse_duration(value)
            if wait is None:
                wait = _until(value, now)
            if wait is not None and wait <= LONGEST:
                return wait
    return None


_UNITS: Final = {
    "d": 86_400.0,
    "h": 3_600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
}
_PART: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|us|µs|ns|d|h|m|s)")


def parse_duration(text: str) -> timedelta | None:
    """`90`, `1.5s`, `6m5s`, `1d10h30m`; None if it is none or beyond what a timedelta holds."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text, re.ASCII):
        text += "s"
    if not text or _PART.sub("", text):
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return timedelta(seconds=seconds) if seconds < 1e13 else None


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(timedelta(), at - now) if at.tzinfo else None


class BadExpression(ValueError):
    """Not an expression that QStash computes."""


class RetryDelay:
    """`Upstash-Retry-Delay`: arithmetic on `retried`, which is 0 for the first retry; milliseconds come out.

    Parsed once into nested functions of floats: no name, attribute or loop of Python can be reached, and
    each step either gives a float or overflows.
    """

    def __init__(self, expression: str) -> None:
        if len(expression) > 300:
            raise BadExpression("expected at most 300 characters")
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise BadExpression("expected an expression such as 1000 * (1 + retried)") from None
        self._compute = _compile(tree.body)

    def __call__(self, retried: int) -> timedelta:
        """The wait before the retry after `retried` others, within a day."""
        try:
            delay = self._compute(float(retried))
        except OverflowError:
            return LONGEST
        except (ArithmeticError, ValueError):
            return timedelta()
        if math.isnan(delay):
            return timedelta()
        return timedelta(milliseconds=min(max(delay, 0.0), LONGEST / timedelta(milliseconds=1)))


_Compute = Callable[[float], float]

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: math.fmod,
    ast.Pow: math.pow,
}
_FUNCTIONS: Final[Mapping[str, tuple[Callable[..., Any], range]]] = {
    "pow": (math.pow, range(2, 3)),
    "sqrt": (math.sqrt, range(1, 2)),
    "abs": (abs, range(1, 2)),
    "exp": (math.exp, range(1, 2)),
    "floor": (math.floor, range(1, 2)),
    "ceil": (math.ceil, range(1, 2)),
    "round": (round, range(1, 2)),
    "min": (min, range(2, 20)),
    "max": (max, range(2, 20)),
}


def _compile(node: ast.expr) -> _Compute:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                raise BadExpression("expected numbers that a float holds") from None
            return lambda _: number
        case ast.Name(id="retried"):
            return lambda retried: retried
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            compute = _compile(operand)
            return (lambda retried: -compute(retried)) if isinstance(sign, ast.USub) else compute
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            apply, first, second = _OPERATORS[type(op)], _compile(left), _compile(right)
            return lambda retried: apply(first(retried), second(retried))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            call, arity = _FUNCTIONS[name]
            if len(args) not in arity:
                raise BadExpression(f"{name}: got {len(args)} arguments")
            computes = [_compile(each) for each in args]
            return lambda retried: float(call(*(compute(retried) for compute in computes)))
    raise BadExpression("expected numbers, retried, + - * / %, and " + ", ".join(_FUNCTIONS))
