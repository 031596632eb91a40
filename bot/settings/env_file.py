"""The file `.env`: its assignments, and every line that is none, by its number and never by its words."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from bot.settings.known_names import advise_on_names
from bot.settings.problem import SettingsError

_DATA: Final = "PRECACHE_DATA"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """One that was read, or that is not there."""

    path: Path
    is_there: bool = False
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    twice: tuple[str, ...] = ()
    """Names that stand in it more than once."""

    @property
    def description(self) -> str:
        """Say where settings come from."""
        return f"{self.path} and the environment" if self.is_there else f"the environment; no {self.path}"


def read_env_file(path: Path, *, is_needed: bool) -> EnvFile:
    """Read it; raises `SettingsError` if it cannot be read, or is needed and not there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if is_needed:
            raise SettingsError([f"{path}: there is no such file"]) from None
        return EnvFile(path=path)
    except OSError as exc:
        raise SettingsError([f"{path}: cannot be read ({exc.strerror})"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path}: expected text in UTF-8"]) from None
    bindings = list(parse_stream(io.StringIO(text)))
    if wrong := [_line_of(binding) for binding in bindings if _is_no_assignment(binding)]:
        raise SettingsError(
            f"{path}, line {line}: expected NAME=value, or a # before a remark" for line in wrong
        )
    times = Counter(binding.key for binding in bindings if binding.key is not None)
    values = dotenv_values(stream=io.StringIO(text))
    return EnvFile(
        path=path,
        is_there=True,
        values={name: value for name, value in values.items() if value is not None},
        twice=tuple(name for name, number in times.items() if number > 1),
    )


def merge_environ(file: EnvFile, environ: Mapping[str, str], *, project: Path) -> dict[str, str]:
    """All variables, those of the environment before those of the file.

    A folder that the file names is looked for beside the file, and the usual one in the project's folder: so
    it is the same from wherever Precache is started.
    """
    merged = {**file.values, **environ}
    if not environ.get(_DATA):
        named = file.values.get(_DATA)
        merged[_DATA] = _anchor_folder(named or ".data", file.path.parent if named else project)
    return merged


def advise_on_file(file: EnvFile, environ: Mapping[str, str]) -> list[str]:
    """Say what is probably a slip in the file, or among the variables of the environment that are ours."""
    return [
        *advise_on_names(file.values, own_file=True),
        *advise_on_names(environ, own_file=False),
        *(f"{name}: stands twice in {file.path}; the last one counts" for name in file.twice),
    ]


def _anchor_folder(folder: str, beside: Path) -> str:
    if folder.startswith("~") or not folder.isprintable():
        return folder  # what is wrong with it is told where it is read
    return str(beside / folder)


def _is_no_assignment(binding: Binding) -> bool:
    if binding.error:
        return True
    return binding.key is not None and (binding.value is None or not _NAME.fullmatch(binding.key))


def _line_of(binding: Binding) -> int:
    """The line on which it begins: the parser counts empty lines before it as its own."""
    said = binding.original.string
    return binding.original.line + said[: len(said) - len(said.lstrip())].count("\n")
