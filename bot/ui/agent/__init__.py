"""The Messages tab, where Precache is an agent: its welcome, its suggestions, and what a person looks at."""

from bot.ui.agent.looking_at import LookingAt
from bot.ui.agent.messages_tab import MessagesTab

__all__ = ["LookingAt", "MessagesTab"]
