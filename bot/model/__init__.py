"""The language models: any that LangChain knows, or the demo model of this machine.

What goes around a call (`meter.py`) is the money's to fill in, and is imported from there.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.model.chat import ChatModel
    from bot.model.chat_message import reply_of
    from bot.model.choice import Models
    from bot.model.demo import DemoModel, demo_model, is_demo_installed, running_model
    from bot.model.fallback import TOTAL
    from bot.model.json_shape import Shape
    from bot.model.meter import Call, Tokens
    from bot.model.packages import UnknownProvider, find_missing_package
    from bot.model.port import Model, ModelRequest, NoModelConfigured, Reply
    from bot.model.settings import DEFAULT_MODEL, MAX_TOKENS, MOST_FALLBACKS, ModelSettings, ModelsSettings
    from bot.model.tokens import MOST_OF_PICTURE, estimate_tokens, first_tokens
    from bot.model.wire import normal_word
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "DEFAULT_MODEL",
    "MAX_TOKENS",
    "MOST_FALLBACKS",
    "MOST_OF_PICTURE",
    "TOTAL",
    "Call",
    "ChatModel",
    "DemoModel",
    "Model",
    "ModelRequest",
    "ModelSettings",
    "Models",
    "ModelsSettings",
    "NoModelConfigured",
    "Reply",
    "Shape",
    "Tokens",
    "UnknownProvider",
    "demo_model",
    "estimate_tokens",
    "find_missing_package",
    "first_tokens",
    "is_demo_installed",
    "normal_word",
    "reply_of",
    "running_model",
]
