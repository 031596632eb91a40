"""What Precache is measured beside: the same signed request, the same cache, the same post, built otherwise.

Each is opened with the app's own environment variables, and says in `X-Cache` how the answer was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Final, Protocol

from starlette.types import ASGIApp

from tests.benchmarks.contenders.keys import ANSWER_TTL, answer_key

__all__ = ["ANSWER_TTL", "BARE", "PORT", "STARLETTE", "STOCK", "Contender", "answer_key", "open_contender"]

STOCK: Final = "stock clients"
PORT: Final = "quick port"
STARLETTE: Final = "Starlette floor"
BARE: Final = "ASGI floor"

_OPENERS: Final = {
    STOCK: ("stock_clients", "open_stock_clients"),
    PORT: ("quick_port", "open_quick_port"),
    STARLETTE: ("floors", "open_starlette"),
    BARE: ("floors", "open_bare"),
}


class Contender(Protocol):
    url: str
    """The address that deliveries are signed for; to be set before the first comes."""

    @property
    def app(self) -> ASGIApp: ...


def open_contender(name: str, environ: Mapping[str, str]) -> AbstractAsyncContextManager[Contender]:
    """The contender of that name; nothing is imported for the others."""
    module, opener = _OPENERS[name]
    found: Callable[[Mapping[str, str]], AbstractAsyncContextManager[Contender]] = getattr(
        import_module(f"{__name__}.{module}"), opener
    )
    return found(environ)
