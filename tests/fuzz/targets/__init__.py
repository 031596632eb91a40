"""The targets, one file for each kind of bytes from outside."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from tests.fuzz.target import TARGETS, Target

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "deliveries": ("scheduler.receive", "scheduler.job", "scheduler.plan", "scheduler.embedded"),
    "documents": ("bot.documents",),
    "growth": (),
    "model_answers": ("bot.model", "bot.markdown", "bot.answers"),
    "operator": ("bot.settings", "bot.budget"),
    "records": ("bot.storage", "bot.answers", "bot.schedules", "bot.sources", "bot.workspaces"),
    "services": (),
    "slack_payloads": ("bot.slack", "bot.sources", "bot.ui.composer"),
    "web": ("bot.fetch",),
    "words": ("scheduler", "bot.commands", "bot.sources"),
}
"""The files, and the packages whose coverage leads atheris on; each takes a while to instrument."""


def load_kind(kind: str) -> dict[str, Target]:
    """The targets of one file by name; what it imports of the product is imported only now."""
    import_module(f"{__name__}.{kind}")
    return {name: target for name, target in TARGETS.items() if name.startswith(f"{kind}.")}


def load_targets() -> dict[str, Target]:
    """All targets by name."""
    return {name: target for kind in KINDS for name, target in load_kind(kind).items()}
