"""What is installed is what was looked at: every package in one version, with the hashes of its files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = tuple(f"requirements{which}.lock" for which in ("", "-demo", "-dev", "-fuzz", "-deploy"))
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==[^\s;\\]+(?: ; [^\\]+)? *\\?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def normal_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(name: str) -> dict[str, int]:
    """The packages of a lock, with the number of hashes of each; fails on a line of any other kind."""
    found: dict[str, int] = {}
    package = ""
    for line in (ROOT / name).read_text().splitlines():
        if HASH.fullmatch(line):
            found[package] += 1
            continue
        pinned = PINNED.fullmatch(line)
        assert pinned, f"{name}: {line!r} is neither one version of a package nor a hash"
        package = normal_name(pinned[1])
        found.setdefault(package, 0)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_the_hashes_of_its_files(name: str) -> None:
    packages = read_lock(name)
    assert packages
    assert [package for package, hashes in packages.items() if hashes == 0] == []


def test_every_package_that_is_asked_for_is_in_the_lock() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = asked["dependency-groups"]
    wanted = {
        LOCKS[0]: [*asked["project"]["dependencies"], *asked["project"]["optional-dependencies"]["embedded"]],
        LOCKS[1]: groups["demo"],
        LOCKS[2]: groups["dev"],
        LOCKS[3]: groups["fuzz"],
        LOCKS[4]: groups["deploy"],
    }
    for lock, requirements in wanted.items():
        names = {normal_name(re.split(r"[^A-Za-z0-9._-]", text)[0]) for text in requirements}
        assert names - read_lock(lock).keys() == set()


def test_nothing_is_installed_without_its_hash() -> None:
    made = (ROOT / "Makefile").read_text()
    installing = [line for line in made.splitlines() if re.search(r"\binstall --|\bpip install\b", line)]
    assert [re.search(r"install --no-deps --require-hashes ", line) is not None for line in installing] == [
        True
    ]
    installed = re.findall(r"\$\(INSTALL\) -r ([\w.-]+)", made)
    assert sorted(installed) == sorted(LOCKS)
