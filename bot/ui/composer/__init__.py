"""The composer: a modal in which a person says what to ask, when and where, and a preview of the answer."""

from bot.ui.composer.handlers import Composer

__all__ = ["Composer"]
