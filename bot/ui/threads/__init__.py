"""Questions in threads: how many, the window in which one is asked, and orders about *this*."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.threads.ask_window import AskWindow
    from bot.ui.threads.question_limit import QuestionLimit
    from bot.ui.threads.thread_orders import ThreadOrders
else:
    __getattr__ = open_door(__name__)

__all__ = ["AskWindow", "QuestionLimit", "ThreadOrders"]
