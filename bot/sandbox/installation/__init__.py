"""How the app gets into a workspace, and out of it."""

from bot.sandbox.installation.installer import Installer
from bot.sandbox.installation.oauth import OAuth, OAuthApp

__all__ = ["Installer", "OAuth", "OAuthApp"]
