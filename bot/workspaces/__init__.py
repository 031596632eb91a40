"""The workspaces in which the bot speaks: one from the settings, or all that install it."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.workspaces.install import INSTALL, REDIRECT, SCOPES, Install, OAuthApp
    from bot.workspaces.installations import Installations
    from bot.workspaces.leave import Leave
    from bot.workspaces.socket_mode import Hears, NotConnected, open_socket_mode
    from bot.workspaces.teams import ManyWorkspaces, OneWorkspace, Workspaces
    from bot.workspaces.telling import Telling
    from bot.workspaces.token_encryption import Vault, read_keys
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "INSTALL",
    "REDIRECT",
    "SCOPES",
    "Hears",
    "Install",
    "Installations",
    "Leave",
    "ManyWorkspaces",
    "NotConnected",
    "OAuthApp",
    "OneWorkspace",
    "Telling",
    "Vault",
    "Workspaces",
    "open_socket_mode",
    "read_keys",
]
