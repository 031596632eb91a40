"""The acts of an operator on all schedules: as a file to review, as rows to audit, paused and resumed."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.operating.applying import Applied, Applying, Carrier
    from bot.operating.changes import Change, find_changes
    from bot.operating.filed import FiledTeam, Names, rename_ids
    from bot.operating.pausing import Pausing
    from bot.operating.reading import read_file
    from bot.operating.rows import ROW_FIELDS, history_rows, usage_rows, write_rows
    from bot.operating.table import FileFault
    from bot.operating.teams import find_teams
    from bot.operating.writing import write_file
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ROW_FIELDS",
    "Applied",
    "Applying",
    "Carrier",
    "Change",
    "FileFault",
    "FiledTeam",
    "Names",
    "Pausing",
    "find_changes",
    "find_teams",
    "history_rows",
    "read_file",
    "rename_ids",
    "usage_rows",
    "write_file",
    "write_rows",
]
