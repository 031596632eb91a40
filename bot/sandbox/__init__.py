"""A Slack workspace on this machine, as strict as Slack: to try the bot without an account and to test it."""

from bot.sandbox.acts.lines import SlashCommand
from bot.sandbox.acts.shortcuts import Shortcut
from bot.sandbox.installation.oauth import OAuthApp
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.web_api.faults import Fault

__all__ = ["Fault", "OAuthApp", "Sandbox", "Shortcut", "SlashCommand"]
