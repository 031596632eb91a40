"""The language model: any that LangChain knows, or the demo model of this machine."""

from bot.model.chat import DEFAULT_MODEL, ChatModel, Model, ModelSettings, NoModelConfigured, Reply, reply_of

__all__ = ["DEFAULT_MODEL", "ChatModel", "Model", "ModelSettings", "NoModelConfigured", "Reply", "reply_of"]
