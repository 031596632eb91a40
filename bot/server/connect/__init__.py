"""The services that everything else is built on: the real one, or its stand-in on this machine."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.server.connect.clock import Now, real_time
    from bot.server.connect.failure import CannotStart
    from bot.server.connect.services import Services, connect_services
    from bot.server.connect.slack import EVENTS
    from bot.server.connect.stand_ins import StandIns
    from bot.server.connect.table import Row
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "EVENTS",
    "CannotStart",
    "Now",
    "Row",
    "Services",
    "StandIns",
    "connect_services",
    "real_time",
]
