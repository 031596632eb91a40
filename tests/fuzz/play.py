"""One target in a process of its own: a find is played again, or atheris looks for more.

python -m tests.fuzz.play NAME FILE…
python -m tests.fuzz.play NAME --guided [options of libFuzzer]
"""

from __future__ import annotations

import logging
import random
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Final

from tests.fuzz.mutation import make_inputs
from tests.fuzz.target import Target
from tests.fuzz.targets import KINDS, load_kind

MEMORY: Final = 2 << 30
"""Bytes that one process may have."""
_ROOT: Final = Path(__file__).parents[2]
_OURS: Final = ["bot", "scheduler"]


def main(name: str, options: list[str]) -> None:
    logging.disable()
    warnings.simplefilter("ignore")
    if options[:1] == ["--guided"]:
        _look_guided(name, options[1:])
        return
    if options[:1] == ["--blind"]:
        _look_blindly(_load_target(name), float(options[1]), Path(options[2]))
        return
    target = _load_target(name)
    for path in options:
        target.attempt(Path(path).read_bytes())


def _load_target(name: str) -> Target:
    return load_kind(name.partition(".")[0])[name]


def _modules_besides(packages: tuple[str, ...]) -> list[str]:
    """All modules of the product that are in none of these, which atheris would take long to instrument."""
    modules = [
        ".".join(path.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in _OURS
        for path in (_ROOT / package).rglob("*.py")
    ]
    return [name for name in modules if not f"{name}.".startswith(tuple(f"{wanted}." for wanted in packages))]


def _look_guided(name: str, options: list[str]) -> None:
    import atheris

    others = _modules_besides(KINDS[name.partition(".")[0]])
    with atheris.instrument_imports(include=_OURS, exclude=others, enable_loader_override=False):
        target = _load_target(name)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    atheris.Setup([sys.argv[0], *options], target.attempt)
    atheris.Fuzz()


def _look_blindly(target: Target, seconds: float, finds: Path) -> None:
    """Where atheris is not, or would see nothing: changed seeds, until the time is over or one breaks it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    end, number, seed = time.monotonic() + seconds, 0, random.SystemRandom().getrandbits(32)
    while time.monotonic() < end:
        for data in make_inputs(target.seeds, 200, longest=target.longest, seed=seed + number):
            number += 1
            try:
                target.attempt(data)
            except BaseException:
                path = finds / f"crash-{seed}-{number}"
                path.write_bytes(data)
                raise
    sys.stderr.write(f"Done {number} runs in {seconds:.0f} second(s)\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
