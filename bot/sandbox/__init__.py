"""A Slack workspace on this machine, as strict as Slack: to try the bot without an account and to test it."""

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.shortcuts import Shortcut
from bot.sandbox.typed import SlashCommand
from bot.sandbox.web_api.faults import Fault
from bot.sandbox.web_api.oauth import OAuthApp

__all__ = ["Fault", "OAuthApp", "Sandbox", "Shortcut", "SlashCommand"]
