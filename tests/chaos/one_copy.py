"""One copy of the app, as `python app.py` serves it, but for its clock."""

from __future__ import annotations

from app import main
from tests.chaos.clock import Clock

if __name__ == "__main__":
    main(now=Clock.of_environ())
