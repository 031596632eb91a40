"""Packages that are run when something in them is used: many import more than anybody needs.

What Python offers for late imports does not reach an `import` statement in somebody else's module, and its
lazy packages run as soon as a module inside them is imported.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _LatePackage(ModuleType):
    """A package that has not run: what is inside can be imported, and whatever else is asked for runs it."""

    def __getattr__(self, name: str) -> Any:
        _run_package(self)
        return getattr(self, name)


def _run_package(package: ModuleType) -> None:
    """Run it, after the one around it, as an import would have; from here on it is like any other."""
    if outer := package.__name__.rpartition(".")[0]:
        _run_package(sys.modules[outer])
    has_run = not isinstance(package, _LatePackage)
    if not has_run:
        loader: Any = package.__loader__
        package.__class__ = ModuleType
        loader.exec_module(package)


def leave_unrun(*names: str) -> None:
    """Leave these packages for their first use, outer ones first, unless they are there already."""
    for name in names:
        if name in sys.modules or (spec := find_spec(name)) is None or spec.loader is None:
            continue
        sys.modules[name] = package = module_from_spec(spec)
        package.__class__ = _LatePackage
        outer, _, inner = name.rpartition(".")
        if outer:
            setattr(sys.modules[outer], inner, package)
