"""Doors that load what is behind them when it is asked for: the `__getattr__` of a package, see PEP 562.

A door that imports all it leads to makes everybody pay for all. The settings name values of eight wings, and
took four fifths of a start to import; now they take what they name. A door has its imports where the type
checker reads them, and they are read from there:

    if TYPE_CHECKING:
        from bot.budget.caps import Caps
    else:
        __getattr__ = open_door(__name__)

What a door says is late comes later still: its functions are loaded when they are first called, not when
they are imported by name.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any, Final

_IMPORT: Final = re.compile(r"^    from (\S+) import (?:\(([^()]*)\)|(.+))$", re.MULTILINE)


def open_door(package: str, *, late: str | None = None) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package that has its imports in `if TYPE_CHECKING`.

    Functions of the package `late`, which may be this one, are loaded when they are first called.
    """
    homes = _read_homes(package)

    def load_name(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        is_late = late is not None and f"{homes[name]}.".startswith(f"{late}.") and name.islower()
        found = _late_function(homes[name], name) if is_late else _find_name(homes[name], name)
        setattr(sys.modules[package], name, found)
        return found

    return load_name


def load_behind(package: str) -> None:
    """Load all that the door of `package` leads to."""
    for module in dict.fromkeys(_read_homes(package).values()):
        importlib.import_module(module)


def _find_name(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _late_function(module: str, name: str) -> Callable[..., Any]:
    def call_function(*args: Any, **kwargs: Any) -> Any:
        return _find_name(module, name)(*args, **kwargs)

    call_function.__module__, call_function.__qualname__ = module, name
    return call_function


def _read_homes(package: str) -> dict[str, str]:
    """Each name behind the door, and its module; a syntax tree would take twenty times as long."""
    loader: Any = sys.modules[package].__loader__
    imports = _IMPORT.findall(loader.get_source(package))
    return {name: module for module, *names in imports for name in re.findall(r"\w+", "".join(names))}
