"""What an operator takes out and puts in: schedules as a file to review, runs and usage as rows to audit."""

from bot.exports.applying import Applied, Applying, Carrier
from bot.exports.changes import Change, find_changes
from bot.exports.filed import FiledTeam, Names, rename_ids
from bot.exports.reading import read_file
from bot.exports.rows import ROW_FIELDS, history_rows, usage_rows, write_rows
from bot.exports.table import FileFault
from bot.exports.teams import find_teams
from bot.exports.writing import write_file

__all__ = [
    "ROW_FIELDS",
    "Applied",
    "Applying",
    "Carrier",
    "Change",
    "FileFault",
    "FiledTeam",
    "Names",
    "find_changes",
    "find_teams",
    "history_rows",
    "read_file",
    "rename_ids",
    "usage_rows",
    "write_file",
    "write_rows",
]
