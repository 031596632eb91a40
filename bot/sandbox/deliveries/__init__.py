"""Deliveries to the app, over HTTP or through its socket."""

from bot.sandbox.deliveries.courier import Courier
from bot.sandbox.deliveries.events import RETRIES, Event, Events
from bot.sandbox.deliveries.outcome import Answered, Failed
from bot.sandbox.deliveries.payloads import begin_payload, channel_name, channel_of
from bot.sandbox.deliveries.sockets import Sockets

__all__ = [
    "RETRIES",
    "Answered",
    "Courier",
    "Event",
    "Events",
    "Failed",
    "Sockets",
    "begin_payload",
    "channel_name",
    "channel_of",
]
