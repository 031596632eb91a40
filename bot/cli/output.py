"""What an act prints: words for people, or JSON for machines, on the standard output and nowhere else."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_text(text: str) -> None:
    """Print it with a line's end."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Print one JSON value."""
    print_text(json.dumps(value, ensure_ascii=False, indent=2))
