"""Buttons and menus, and the presses that are read from them."""

from bot.replies.buttons.button_ids import INPUT, ManyVerb, Press, actions_of, read_press
from bot.replies.buttons.button_rows import (
    Block,
    back_button,
    button,
    menu,
    post_buttons,
    row,
    schedule_buttons,
    schedule_menu,
    try_button,
    undo_button,
    window_buttons,
)

__all__ = [
    "INPUT",
    "Block",
    "ManyVerb",
    "Press",
    "actions_of",
    "back_button",
    "button",
    "menu",
    "post_buttons",
    "read_press",
    "row",
    "schedule_buttons",
    "schedule_menu",
    "try_button",
    "undo_button",
    "window_buttons",
]
