"""The keys under which contenders keep things in Redis."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

ANSWER_TTL: Final = 3_600  # seconds
CLAIM_TTL: Final = 300
POSTED_TTL: Final = 86_400


def answer_key(query: str) -> str:
    return f"contender:answer:{hashlib.sha256(query.encode()).hexdigest()}"


def run_key(job: Mapping[str, Any]) -> str:
    """A run by its team and its id."""
    return f"contender:run:{job['team']}:{job['id']}"
