"""Lua scripts whose keys and arguments have names: neither side counts `KEYS[1]` and `ARGV[3]`.

A subclass of `Script` declares names with their types, and its Lua finds each as a local variable:

    class Release(Script):
        run: Key
        token: str
        LUA = "if redis.call('GET', run) == token then return redis.call('DEL', run) end"

Any client evaluates `Release.TEXT` with the two lists of `Release(run="run:1", token="t").keys_and_args()`.

What a class declares is read when it is first called: to read them all took a twentieth of a start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    NamedTuple,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

Key = Annotated[str, "KEYS"]
Value = str | bytes | int | float

LOCKING: Final = "#!lua flags=allow-key-locking\n"
"""First line of scripts for Upstash, which then locks the keys in KEYS alone, and not the whole database."""

_READ: Final[Mapping[Any, str]] = {
    **dict.fromkeys((str, bytes, str | bytes), "{0}"),
    **dict.fromkeys((int, float, int | None, float | None), "tonumber({0})"),
    bool: "({0} == '1')",
    str | None: "({0} ~= '' and {0} or nil)",
}
"""The Lua that reads each type of an argument; None, which is sent as "", becomes nil.

A number that Lua joins to a text keeps 14 digits: where more count, declare a `str`.
"""

_READ_LISTS: Final = """local _place = {0}
local function _read_list(read)
  local found, length = {{}}, tonumber(ARGV[_place])
  for place = 1, length do found[place] = read(ARGV[_place + place]) end
  _place = _place + length + 1
  return found
end"""
"""A list is its length and then its items, nil where one is None; lists follow all other arguments."""


class _Form(NamedTuple):
    """The names that a class declares, in the order in which its text reads them, and that text."""

    keys: list[str]
    single: list[str]
    lists: list[str]
    names: frozenset[str]
    text: str


class _Text:
    def __get__(self, call: Script | None, script: type[Script]) -> str:
        return script._form().text  # noqa: SLF001 - a part of `Script`


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Script:
    """One call. Its class is the script: the names, and `LUA`."""

    LUA: ClassVar[str]
    _FORM: ClassVar[_Form]
    TEXT = _Text()
    """The whole script: the lines that give each key and argument its name, and `LUA`."""

    def __init__(self, **values: Any) -> None:
        names = self._form().names
        if values.keys() != names:
            wrong = ", ".join(sorted(values.keys() ^ names))
            raise TypeError(f"{type(self).__name__}: names that are missing or unknown: {wrong}")
        self.__dict__.update(values)

    def keys_and_args(self) -> tuple[list[str], list[Value]]:
        """The values in the order in which `TEXT` reads them."""
        form, values = self._form(), self.__dict__
        keys, single, lists = ([values[name] for name in names] for names in form[:3])
        args = [*single, *(item for items in lists for item in (len(items), *items))]
        return keys, [int(arg) if isinstance(arg, bool) else "" if arg is None else arg for arg in args]

    @classmethod
    def _form(cls) -> _Form:
        if "_FORM" not in cls.__dict__:  # a base may have one
            cls._FORM = _read_form(cls)
        return cls._FORM


def _read_form(script: type[Script]) -> _Form:
    """Read a class; raises `TypeError` or `KeyError` where it is none that Redis could run."""
    every = get_type_hints(script, include_extras=True).items()
    hints = {name: hint for name, hint in every if get_origin(hint) is not ClassVar}
    keys = [name for name, hint in hints.items() if hint == Key]
    lists = [name for name, hint in hints.items() if get_origin(hint) is tuple]
    single = [name for name in hints if name not in {*keys, *lists}]
    words = set(re.findall(r"\w+", script.LUA))
    unused = [name for name in hints if name not in words]
    if unused or words & {"KEYS", "ARGV"}:
        raise TypeError(f"{script.__name__}: expected Lua with names in place of KEYS and ARGV {unused}")
    lines = [f"local {name} = KEYS[{place}]" for place, name in enumerate(keys, 1)]
    for place, name in enumerate(single, 1):
        lines.append(f"local {name} = {_READ[hints[name]].format(f'ARGV[{place}]')}")
    lines += [_READ_LISTS.format(len(single) + 1)] if lists else []
    for name in lists:
        read = _READ[get_args(hints[name])[0]].format("item")
        lines.append(f"local {name} = _read_list(function(item) return {read} end)")
    return _Form(keys, single, lists, frozenset(hints), "\n".join([*lines, script.LUA]))
