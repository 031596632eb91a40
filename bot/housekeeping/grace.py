"""The time that a run has, slot or one-off, before its silence means something."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

GRACE: Final = timedelta(minutes=10)
"""After a slot, and after it was published once more: QStash's own tries span about eight minutes."""
HORIZON: Final = timedelta(hours=1)
"""The longest delay after which an answer still helps, and for which the limit may put one off."""
PATIENCE: Final = timedelta(minutes=30)
"""After the slot of a run that was begun: QStash tries that again, and calls once more when it gives up."""
LATE: Final = timedelta(minutes=12)
"""After a slot or a one-off: its grace is over then, and the watchdog, if it works, has looked at it."""
