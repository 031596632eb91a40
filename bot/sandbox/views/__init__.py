"""Modals and Homes: the open ones, their forms, and the triggers that let an app open one."""

from bot.sandbox.views.element_state import STATELESS, action_of
from bot.sandbox.views.form import app_errors, form_complaints, read_values
from bot.sandbox.views.stacks import Stacks
from bot.sandbox.views.suggestions import Suggestions
from bot.sandbox.views.triggers import Triggers
from bot.sandbox.views.view import View, home_of, new_hash, read_view, view_json

__all__ = [
    "STATELESS",
    "Stacks",
    "Suggestions",
    "Triggers",
    "View",
    "action_of",
    "app_errors",
    "form_complaints",
    "home_of",
    "new_hash",
    "read_values",
    "read_view",
    "view_json",
]
