"""The parts that several checks need: the image, built once, and the chart."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.checks.recipe import RECIPE, Builder, Stage, in_memory, read_recipe


def cannot_build() -> str | None:
    """Say what the recipe's steps need that this machine lacks."""
    if sys.platform != "linux" or os.getuid() != 0:
        return "the recipe's steps need root on Linux"
    if shutil.which("mmdebstrap") is None:
        return "the recipe's steps need mmdebstrap (apt-get install mmdebstrap)"
    return None


@pytest.fixture(scope="session")
def building() -> Iterator[Path]:
    """A folder for layers, in memory; skips where nothing can be built, which CI does not accept."""
    if reason := cannot_build():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with TemporaryDirectory(prefix="precache-image-") as folder, in_memory(Path(folder)):
        yield Path(folder)


@pytest.fixture(scope="session")
def builder(building: Path) -> Builder:
    """The recipe, of which each stage is built once."""
    return Builder(stages=read_recipe(RECIPE.read_text()), place=building)


@pytest.fixture(scope="session")
def image(builder: Builder) -> Stage:
    """The image without the demo model, by the recipe's own steps."""
    return builder.build("precache")
