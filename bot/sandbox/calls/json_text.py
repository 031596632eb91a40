"""JSON as Slack takes it."""

from __future__ import annotations

import json
from typing import Any


def load_json(text: str | bytes) -> Any:
    """JSON that can be written again as UTF-8; a `ValueError` for anything else."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair fails here, not in Redis
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    return value
