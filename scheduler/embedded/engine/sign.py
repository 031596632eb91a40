"""The JWT that QStash puts on a delivery (https://upstash.com/docs/qstash/features/security)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import jwt

LIFETIME: Final = timedelta(minutes=5)


def sign_delivery(key: str, *, url: str, body: bytes, now: datetime) -> str:
    """A signature over `url` and `body` and nothing else, that the official `Receiver` accepts."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
    claims = {
        "iss": "Upstash",
        "sub": url,
        "exp": now + LIFETIME,
        "nbf": 0,
        "iat": now,
        "jti": f"jwt_{secrets.token_urlsafe(16)}",
        "body": digest,
    }
    return jwt.encode(claims, key, algorithm="HS256")
