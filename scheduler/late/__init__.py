"""What a start leaves for later: what is behind a door, and packages that nobody may ever use."""

from scheduler.late.doors import load_behind, open_door
from scheduler.late.packages import leave_unrun

__all__ = ["leave_unrun", "load_behind", "open_door"]
