"""Precache: one process that takes commands from Slack, and answers when QStash calls.

`python app.py` serves it; `bot.cli` reads the arguments. Kept to what old Pythons can read, up to the check.
"""

import sys

if not (3, 11) <= sys.version_info[:2] < (3, 15):
    sys.exit(
        "Precache needs Python 3.11 to 3.14; this is %d.%d. Run `make run`, or say which one: "  # noqa: UP031
        "make PYTHON=python3.12 run" % sys.version_info[:2]
    )

from bot.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
