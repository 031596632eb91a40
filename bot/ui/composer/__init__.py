"""The composer: a modal in which a person says what to ask, when and where, and a preview of the answer."""

from bot.ui.composer.form import Form
from bot.ui.composer.handlers import Composer
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.open_modals import OpenModals
from bot.ui.composer.preview_screen import PreviewScreen
from bot.ui.composer.previews import POST_HERE, Previews
from bot.ui.composer.saving import Saving
from bot.ui.composer.source_fields import Offer, read_sources, with_sources

__all__ = [
    "POST_HERE",
    "Composer",
    "Form",
    "Forms",
    "Offer",
    "OpenModals",
    "PreviewScreen",
    "Previews",
    "Saving",
    "read_sources",
    "with_sources",
]
