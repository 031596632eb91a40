"""The page's protocol: the state that it shows, and the acts that it sends."""

from bot.sandbox.protocol.page import Page
from bot.sandbox.protocol.page_json import surface_view
from bot.sandbox.protocol.page_key import KeyHoldersOnly
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.protocol.streams import Streams

__all__ = ["KeyHoldersOnly", "Page", "PageSite", "Streams", "surface_view"]
