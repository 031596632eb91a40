"""Where the bot speaks: one workspace from the settings, or all that install it, and how each is reached."""

from bot.workspaces.teams import ManyWorkspaces, OneWorkspace, Workspaces

__all__ = ["ManyWorkspaces", "OneWorkspace", "Workspaces"]
