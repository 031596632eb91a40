"""The Web API: its methods and its endpoint, with the faults it can show."""

from bot.sandbox.web_api.assistant import Assistant
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.endpoint import WebApi
from bot.sandbox.web_api.faults import Fault, Faults, read_fault
from bot.sandbox.web_api.files import Files
from bot.sandbox.web_api.methods import WorkspaceApi, method_table
from bot.sandbox.web_api.people import People
from bot.sandbox.web_api.views import Views

__all__ = [
    "Assistant",
    "Chat",
    "Conversations",
    "Fault",
    "Faults",
    "Files",
    "People",
    "Views",
    "WebApi",
    "WorkspaceApi",
    "method_table",
    "read_fault",
]
