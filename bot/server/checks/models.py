"""The models at the start: their packages are there, and, if the operator wants it, their keys are taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from bot.budget import Prices
from bot.errors import ModelError, ModelRefused
from bot.model import (
    ModelRequest,
    Models,
    ModelSettings,
    ModelsSettings,
    UnknownProvider,
    find_missing_package,
)
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unreached_finding,
)

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
    return [refused_finding(_WHAT, advice) for advice in found.values()]


async def check_keys(models: Models, settings: ModelsSettings) -> list[Finding]:
    """Ask every model for a word, which costs a few tokens, and see if its key is taken."""
    findings = [await _ask_for_word(models, *named) for named in _named_models(settings)]
    return [finding for finding in findings if finding is not None] or [fine_finding(_WHAT)]


async def examine_models(models: Models, settings: ModelsSettings, prices: Prices) -> list[Finding]:
    """Ask every model for a word, and tell how much each of them takes and what it costs."""
    findings = []
    for variable, wanted in _named_models(settings):
        problem = await _ask_for_word(models, variable, wanted)
        findings.append(problem or fine_finding(_WHAT, f"{wanted.name} {_tell_window(models, wanted)}"))
    return [*findings, *find_unpriced(settings, prices)]


def find_unpriced(settings: ModelsSettings, prices: Prices) -> list[Finding]:
    """Name the models whose calls are counted, but not their money."""
    unpriced = [name for name in dict.fromkeys(settings.model_names) if prices.price_of(name) is None]
    if not unpriced:
        return []
    return [
        doubtful_finding(
            "Prices",
            f"PRECACHE_PRICES: no price for {', '.join(unpriced)}, so the cost of such calls is counted "
            "nowhere; add what your provider bills for a million tokens",
        )
    ]


async def _ask_for_word(models: Models, variable: str, wanted: ModelSettings) -> Finding | None:
    """Ask one model for a word, with all that it is usually asked with; None if it gave one."""
    try:
        await models.ask_alone(wanted.name, ModelRequest(query="Reply with the word: ready"))
    except ModelRefused as exc:
        if exc.why not in _KEY_IS_TAKEN:
            return refused_finding(_WHAT, f"{variable}: {exc}")
    except ModelError as exc:
        address = ", and at OPENAI_BASE_URL if it is set" if wanted.name.startswith("openai:") else ""
        return unreached_finding(
            _WHAT, f"{variable}: {exc}; try again, or look at the network of this machine{address}"
        )
    return None


def _tell_window(models: Models, wanted: ModelSettings) -> str:
    return f"answers; it takes {models.window_of(wanted.name):,} tokens of question, " + (
        "as PRECACHE_WINDOW says" if wanted.window else "as far as is known of it (else set PRECACHE_WINDOW)"
    )


def _named_models(models: ModelsSettings) -> Iterator[tuple[str, ModelSettings]]:
    yield "PRECACHE_MODEL", models.usual
    yield from (("PRECACHE_MODELS", model) for model in models.others)
    yield from (("PRECACHE_FALLBACKS", model) for model in models.fallbacks)
