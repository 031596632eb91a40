"""The command line. Nothing heavy is imported here, so that help needs no package and comes at once."""

from bot.cli.command_line import main

__all__ = ["main"]
