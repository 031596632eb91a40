"""The three seconds in which Slack wants an acknowledgement, and who may take how many of them."""

from __future__ import annotations

from typing import Final

TO_NOTE: Final = 1.0
"""Seconds in which a wish is noted, before anything is done about it."""
TO_SHOW: Final = 1.8
"""Seconds for which a window that was submitted then waits for its outcome."""
