"""QStash's signature, made with PyJWT so that no line of it is shared with the code that verifies."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any

import jwt

CURRENT_KEY = "sig_current_0123456789abcdefghij"
NEXT_KEY = "sig_next_0123456789abcdefghijklm"
OMIT: Any = object()
"""As a claim's value: leave the claim out."""


def sign(body: bytes, /, url: str, key: str = CURRENT_KEY, *, now: datetime, **claims: Any) -> str:
    """The `Upstash-Signature` of `body` sent to `url`; `claims` replaces any of them."""
    issued = int(now.timestamp())
    payload = {
        "iss": "Upstash",
        "sub": url,
        "exp": issued + 300,
        "nbf": 0,
        "iat": issued,
        "jti": f"jwt_{issued}",
        "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode(),
        **claims,
    }
    return jwt.encode({name: value for name, value in payload.items() if value is not OMIT}, key, "HS256")
