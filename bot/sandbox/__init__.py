"""A Slack workspace on this machine, as strict as Slack: to try the bot without an account and to test it.

It shares no code with the bot, so it cannot share the bot's mistakes. Imports run down this list only, and
each folder is entered through its `__init__`:

    sandbox, tenant    all of it put together, for the server and for each workspace
    protocol           the page's protocol; the page itself lies in page/
    web_api, acts      the methods that the bot calls; the acts of people
    installation       installing the app with OAuth, and removing it
    views, messages, deliveries    modals and Homes; messages and response_urls; requests to the app
    files              uploads, pictures in blocks, and the bytes
    workspace          the workspace as a value, and its journal
    block_kit, calls   the rules for blocks; arguments, scopes and errors of a call
"""

from bot.sandbox.acts import Shortcut, SlashCommand
from bot.sandbox.installation import OAuthApp
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.web_api import Fault

__all__ = ["Fault", "OAuthApp", "Sandbox", "Shortcut", "SlashCommand"]
