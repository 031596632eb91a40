"""An installation ends with byte code, so no start compiles what all starts import."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.cli.byte_code import IMPORTED

ROOT = Path(__file__).parents[3]


def test_what_is_imported_is_kept_as_byte_code(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "bot.cli.byte_code", "bot.settings", "bot.markdown"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPYCACHEPREFIX": str(tmp_path)},
        check=True,
    )
    kept = {path.name.partition(".")[0] for path in tmp_path.rglob("bot/settings/*.pyc")}
    assert {"__init__", "settings", "environ"} <= kept
    assert list(tmp_path.rglob("bot/markdown/reader.*.pyc")), "what is behind a door that opens late, too"


@pytest.mark.parametrize("name", IMPORTED)
def test_each_module_is_there(name: str) -> None:
    assert find_spec(name)
