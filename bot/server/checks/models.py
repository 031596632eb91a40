"""The models at the start: their packages are there, and, if the operator wants it, their keys are taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from bot.errors import ModelError, ModelRefused
from bot.model import (
    ModelRequest,
    Models,
    ModelSettings,
    ModelsSettings,
    UnknownProvider,
    find_missing_package,
)
from bot.server.checks.finding import Finding, fine, refused, unreached

_WHAT: Final = "Model"
_KEY_IS_TAKEN: Final = frozenset({"empty", "no_room", "declined"})
"""It replied, if not with the word."""


def find_missing_packages(models: ModelsSettings) -> list[Finding]:
    """Look for the package of each model's provider, without importing it."""
    found = {}
    for variable, model in _named_models(models):
        provider = model.name.partition(":")[0]
        try:
            package = find_missing_package(provider)
        except UnknownProvider as exc:
            near = f"; {exc.near} comes near" if exc.near else ""
            found[variable, provider] = f"{variable}: LangChain knows no provider of this name{near}"
            continue
        if package is not None:
            found[variable, provider] = (
                f"{variable}: {provider} needs the package {package}, which is not installed here; "
                f"install it with: {sys.executable} -m pip install {package}"
            )
    return [refused(_WHAT, advice) for advice in found.values()]


async def check_keys(models: Models, settings: ModelsSettings) -> list[Finding]:
    """Ask every model for a word, which costs a few tokens, and see if its key is taken."""
    findings = []
    for variable, wanted in _named_models(settings):
        try:
            await models.ask_alone(wanted.name, ModelRequest(query="Reply with the word: ready"))
        except ModelRefused as exc:
            if exc.why not in _KEY_IS_TAKEN:
                findings.append(refused(_WHAT, f"{variable}: {exc}"))
        except ModelError as exc:
            findings.append(unreached(_WHAT, f"{variable}: {exc}"))
    return findings or [fine(_WHAT)]


def _named_models(models: ModelsSettings) -> Iterator[tuple[str, ModelSettings]]:
    yield "PRECACHE_MODEL", models.usual
    yield from (("PRECACHE_MODELS", model) for model in models.others)
    yield from (("PRECACHE_FALLBACKS", model) for model in models.fallbacks)
