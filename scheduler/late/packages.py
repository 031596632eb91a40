"""Packages that another one imports, and that nobody may ever use.

What Python offers for late imports does not reach an `import` statement in somebody else's module.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _LateModule(ModuleType):
    """Stands for the package of its name, and loads that at its first use."""

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.__name__), attribute)


@contextmanager
def import_late(name: str) -> Iterator[None]:
    """Have what is imported meanwhile get this package when it is used; afterwards `import` is as it was."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _LateModule(name)
    try:
        yield
    finally:
        del sys.modules[name]
