"""A Slack workspace on this machine, as strict as Slack: to try the bot without an account and to test it."""

from bot.sandbox.acts import Shortcut, SlashCommand
from bot.sandbox.installation import OAuthApp
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.web_api import Fault

__all__ = ["Fault", "OAuthApp", "Sandbox", "Shortcut", "SlashCommand"]
