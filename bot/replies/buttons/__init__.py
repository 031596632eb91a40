"""Buttons and menus, and the presses that are read from them."""

from bot.replies.buttons.button_ids import INPUT, ManyVerb, Press, actions_of, read_press
from bot.replies.buttons.button_rows import (
    Block,
    back_button,
    button_row,
    make_button,
    make_menu,
    post_buttons,
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
    "button_row",
    "make_button",
    "make_menu",
    "post_buttons",
    "read_press",
    "schedule_buttons",
    "schedule_menu",
    "try_button",
    "undo_button",
    "window_buttons",
]
