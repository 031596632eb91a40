"""The Messages tab, where Precache is an agent: its welcome, its suggestions, and the channel beside it."""

from bot.ui.agent.looking_at import LookingAt
from bot.ui.agent.messages_tab import MessagesTab

__all__ = ["LookingAt", "MessagesTab"]
