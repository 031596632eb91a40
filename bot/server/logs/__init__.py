"""The log: set up once, in lines for people or in JSON for machines."""

from bot.server.logs.json_lines import JsonFormatter
from bot.server.logs.lines import LineFormatter, TurnHandler
from bot.server.logs.quiet_errors import describe_error, describe_traceback
from bot.server.logs.set_up import LogForm, set_levels, set_up_logging, shorten_errors

__all__ = [
    "JsonFormatter",
    "LineFormatter",
    "LogForm",
    "TurnHandler",
    "describe_error",
    "describe_traceback",
    "set_levels",
    "set_up_logging",
    "shorten_errors",
]
