"""Posts that are deleted again by the people who asked for them."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.own_posts.deleting import PostDeletion
else:
    __getattr__ = open_door(__name__)

__all__ = ["PostDeletion"]
