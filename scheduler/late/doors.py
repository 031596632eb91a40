"""Doors that load what is behind them when it is asked for: the `__getattr__` of a package, see PEP 562.

A door that imports all it leads to makes everybody pay for all. The settings name values of eight wings, and
took four fifths of a start to import; now they take what they name. A door has its imports where the type
checker reads them, and they are read from there:

    if TYPE_CHECKING:
        from bot.budget.caps import Caps
    else:
        __getattr__ = open_door(__name__)
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any, Final

_IMPORT: Final = re.compile(r"^    from (\S+) import (?:\(([^()]*)\)|(.+))$", re.MULTILINE)


def open_door(package: str) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package that has its imports in `if TYPE_CHECKING`."""
    homes = _read_homes(package)

    def load_name(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(homes[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return load_name


def _read_homes(package: str) -> dict[str, str]:
    """Each name behind the door, and its module; a syntax tree would take twenty times as long."""
    loader: Any = sys.modules[package].__loader__
    imports = _IMPORT.findall(loader.get_source(package))
    return {name: module for module, *names in imports for name in re.findall(r"\w+", "".join(names))}
