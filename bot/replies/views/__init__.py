"""Whole windows and pages: the App Home, the composer, the statistics, and what a browser shows."""

from bot.replies.views import agent as agent_words
from bot.replies.views import composer as composer_words
from bot.replies.views import installation as install_pages
from bot.replies.views import saving as saving_words
from bot.replies.views.condition import Trial, trial_parts, trial_words
from bot.replies.views.dialogs import (
    ASK_CALLBACK,
    ASK_FIELD,
    FIELD,
    Asks,
    ask_window,
    callback_id,
    question_window,
)
from bot.replies.views.home import (
    HOME_PAGE,
    Line,
    details_window,
    help_window,
    home_view,
    modal_window,
    note_block,
    page_count,
    statistics_window,
)
from bot.replies.views.usage import usage_reply

__all__ = [
    "ASK_CALLBACK",
    "ASK_FIELD",
    "FIELD",
    "HOME_PAGE",
    "Asks",
    "Line",
    "Trial",
    "agent_words",
    "ask_window",
    "callback_id",
    "composer_words",
    "details_window",
    "help_window",
    "home_view",
    "install_pages",
    "modal_window",
    "note_block",
    "page_count",
    "question_window",
    "saving_words",
    "statistics_window",
    "trial_parts",
    "trial_words",
    "usage_reply",
]
