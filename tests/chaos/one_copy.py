"""One copy of the app, as `python app.py` serves it, but for its clock."""

from __future__ import annotations

import os

from app import main
from tests.chaos.clock import Clock

if __name__ == "__main__":
    main(["--env", os.devnull], now=Clock.of_environ())
