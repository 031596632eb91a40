"""`Upstash-Retry-Delay`: the wait before a retry as arithmetic of the publisher's own.

https://upstash.com/docs/qstash/features/retry
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

LONGEST_WAIT: Final = timedelta(days=1)


class BadExpression(ValueError):
    """Not an expression that QStash computes."""


class RetryDelay:
    """Arithmetic on `retried`, which is 0 for the first retry; milliseconds come out.

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
        self._compute = _compile_expression(tree.body)

    def __call__(self, retried: int) -> timedelta:
        """The wait before the retry after `retried` others, within a day."""
        try:
            delay = self._compute(float(retried))
        except OverflowError:
            return LONGEST_WAIT
        except (ArithmeticError, ValueError):
            return timedelta()
        if math.isnan(delay):
            return timedelta()
        return timedelta(milliseconds=min(max(delay, 0.0), LONGEST_WAIT / timedelta(milliseconds=1)))


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


def _compile_expression(node: ast.expr) -> _Compute:
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
            compute = _compile_expression(operand)
            return (lambda retried: -compute(retried)) if isinstance(sign, ast.USub) else compute
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            apply, first, second = _OPERATORS[type(op)], _compile_expression(left), _compile_expression(right)
            return lambda retried: apply(first(retried), second(retried))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            call, arity = _FUNCTIONS[name]
            if len(args) not in arity:
                raise BadExpression(f"{name}: got {len(args)} arguments")
            computes = [_compile_expression(arg) for arg in args]
            return lambda retried: float(call(*(compute(retried) for compute in computes)))
    raise BadExpression("expected numbers, retried, + - * / %, and " + ", ".join(_FUNCTIONS))
