"""The language models: any that LangChain knows, or the demo model of this machine.

What goes around a call (`meter.py`) is the money's to fill in, and is imported from there.
"""

from bot.model.chat import ChatModel
from bot.model.choice import Models
from bot.model.fallback import TOTAL
from bot.model.port import Model, NoModelConfigured, Reply
from bot.model.said import reply_of
from bot.model.settings import DEFAULT_MODEL, MOST_FALLBACKS, ModelSettings, ModelsSettings
from bot.model.shape import Shape

__all__ = [
    "DEFAULT_MODEL",
    "MOST_FALLBACKS",
    "TOTAL",
    "ChatModel",
    "Model",
    "ModelSettings",
    "Models",
    "ModelsSettings",
    "NoModelConfigured",
    "Reply",
    "Shape",
    "reply_of",
]
