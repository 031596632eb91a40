"""Everything that people meet in Slack: commands, mentions, buttons, windows and the App Home."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.agent import LookingAt, MessagesTab
    from bot.ui.answering import load_reader
    from bot.ui.buttons import Buttons
    from bot.ui.events import Events
    from bot.ui.eyes.consents import Consents
    from bot.ui.feedback import Voting, Withdrawal
    from bot.ui.home import Home
    from bot.ui.home_page import HomePages
    from bot.ui.intents import Intake, Intents
    from bot.ui.mentions import Mentions
    from bot.ui.own_posts import PostDeletion
    from bot.ui.review import Deciding, ReviewButtons, WaitingReviews
    from bot.ui.schedules import BulkChanges, Cards, Dialogs, Retiming, ScheduleActs
    from bot.ui.shortcuts import SUMMARISE_CALLBACK, Shortcuts
    from bot.ui.slash_command import SlashCommand
    from bot.ui.stats import Stats
    from bot.ui.threads import AskWindow, QuestionLimit, ThreadOrders
    from bot.ui.typed import Asking, TypedSchedules
    from bot.ui.typed_commands import TypedCommands
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "SUMMARISE_CALLBACK",
    "AskWindow",
    "Asking",
    "BulkChanges",
    "Buttons",
    "Cards",
    "Consents",
    "Deciding",
    "Dialogs",
    "Events",
    "Home",
    "HomePages",
    "Intake",
    "Intents",
    "LookingAt",
    "Mentions",
    "MessagesTab",
    "PostDeletion",
    "QuestionLimit",
    "Retiming",
    "ReviewButtons",
    "ScheduleActs",
    "Shortcuts",
    "SlashCommand",
    "Stats",
    "ThreadOrders",
    "TypedCommands",
    "TypedSchedules",
    "Voting",
    "WaitingReviews",
    "Withdrawal",
    "load_reader",
]
