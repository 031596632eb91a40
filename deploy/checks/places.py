"""Where things are, and how the checks start other programs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
DEPLOY: Final = PROJECT / "deploy"
_TOOLS: Final = Path(sys.executable).parent
_VARIABLE: Final = re.compile(r"^([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def tool(name: str) -> str:
    """The path of a program that `requirements-deploy.lock` installs."""
    path = _TOOLS / name
    assert path.exists(), f"{name} is not installed beside {sys.executable}"
    return str(path)


def run(words: Sequence[object], **environ: str) -> tuple[int, str]:
    """The exit status of a program, and all that it said."""
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **environ},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def known_variables() -> frozenset[str]:
    """The names of the variables that .env.example explains."""
    return frozenset(_VARIABLE.findall((PROJECT / ".env.example").read_text()))
