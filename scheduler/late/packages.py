"""Packages that are run when something in them is used: many import more than anybody needs.

What Python offers for late imports does not reach an `import` statement in somebody else's module, and its
lazy packages run as soon as a module inside them is imported.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Final

_one_at_a_time: Final = threading.RLock()
_running: Final[set[str]] = set()


class _LatePackage(ModuleType):
    """A package that has not run: what is inside can be imported, and whatever else is asked for runs it."""

    def __getattr__(self, name: str) -> Any:
        with _one_at_a_time:  # another thread waits until it has run
            _run_package(self)
        if self.__name__ in _running:  # this very thread, amid it
            raise AttributeError(f"{self.__name__} has no {name} yet")
        return getattr(self, name)


def _run_package(package: ModuleType) -> None:
    """Run it, after the one around it, as an import would have; after that it is like any other."""
    if outer := package.__name__.rpartition(".")[0]:
        _run_package(sys.modules[outer])
    if isinstance(package, _LatePackage) and package.__name__ not in _running:
        loader: Any = package.__loader__
        _running.add(package.__name__)
        try:
            loader.exec_module(package)
        finally:
            _running.discard(package.__name__)
        object.__setattr__(package, "__class__", ModuleType)


def leave_unrun(*names: str, only_named: Collection[str] = ()) -> None:
    """Leave these packages for their first use, outer ones first, unless they are there already.

    What is `only_named`, in annotations that nobody evaluates, is no use of them.
    """
    for name in names:
        if name in sys.modules or (spec := find_spec(name)) is None or spec.loader is None:
            continue
        sys.modules[name] = package = module_from_spec(spec)
        package.__class__ = _LatePackage
        vars(package).update(dict.fromkeys(only_named, object))
        outer, _, inner = name.rpartition(".")
        if outer:
            setattr(sys.modules[outer], inner, package)
