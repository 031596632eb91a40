"""Installing the app in a workspace, and removing it."""

from bot.sandbox.installation.installer import Installer
from bot.sandbox.installation.oauth import OAuth, OAuthApp

__all__ = ["Installer", "OAuth", "OAuthApp"]
