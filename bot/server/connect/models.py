"""The models of the settings, or the demo model."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from bot.model import Models, ModelsSettings, NoModelConfigured, demo_model, is_demo_installed
from bot.replies import model_hint
from bot.server.connect.table import Row
from bot.settings import Settings

_NO_MODEL: Final[Row] = ("Model", "none", "set OPENAI_API_KEY, OPENAI_BASE_URL or PRECACHE_MODEL")


async def open_models(stack: AsyncExitStack, settings: Settings) -> tuple[Models, Row]:
    if isinstance(settings.models, ModelsSettings):
        models = Models.of_settings(settings.models)
        stack.push_async_callback(models.aclose)
        return models, ("Model", "real", _name_models(settings.models))
    if not is_demo_installed():
        return Models(NoModelConfigured()), _NO_MODEL
    model = await stack.enter_async_context(demo_model(settings.data / "model"))
    return Models(model), ("Model", "embedded", "a small demo model, whose answers are often wrong")


def hint_at_model(settings: Settings) -> str:
    """Say to who begins how to set a model; empty if one is set."""
    if isinstance(settings.models, ModelsSettings):
        return ""
    return model_hint(demo=is_demo_installed())


def _name_models(models: ModelsSettings) -> str:
    usual = models.usual
    parts = [f"{usual.name} at {usual.base_url}" if usual.base_url else usual.name]
    if models.others:
        parts.append(f"or {', '.join(model.name for model in models.others)} where a schedule says so")
    if models.fallbacks:
        parts.append(f"when it fails {', then '.join(model.name for model in models.fallbacks)}")
    return "; ".join(parts)
