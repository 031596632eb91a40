"""Secrets at rest: sealed under the operator's newest key, opened with any of them.

So an operator rotates keys by putting a new one first, and drops the old one once everything is sealed again.
Each secret is sealed together with the name of its owner: somebody who can write to Redis, and has no key,
cannot give one team's token to another.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bot.errors import SealBroken
from bot.loading import load_quietly

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

_KEY_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A secret, and whether it was sealed with a key that is not the newest."""

    secret: str = field(repr=False)
    outdated: bool


class Vault:
    """Seals and opens with keys as `read_keys` gives them, newest first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys
        self.rotating = len(keys) > 1

    async def load_ciphers(self) -> None:
        """Load `cryptography`, 8 MB, beside the event loop, unless it is there."""
        if "_ciphers" not in self.__dict__:
            await asyncio.to_thread(load_quietly, lambda: self._ciphers)

    @cached_property
    def _ciphers(self) -> tuple[Fernet, MultiFernet, type[Exception]]:
        """The newest, all of them, and what they raise."""
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        fernets = [Fernet(key) for key in self._keys]
        return fernets[0], MultiFernet(fernets), InvalidToken

    def seal_secret(self, secret: str, *, owner: str) -> str:
        newest, *_ = self._ciphers
        return newest.encrypt(json.dumps([owner, secret]).encode()).decode()

    def open_secret(self, sealed: str, *, owner: str) -> Opened:
        """Raises `SealBroken`, also for what was sealed for another owner."""
        newest, _, invalid = self._ciphers
        try:
            content, outdated = newest.decrypt(sealed.encode()), False
        except invalid:
            content, outdated = self._open_with_any(sealed), True
        sealed_for, secret = json.loads(content)
        if sealed_for != owner:
            raise SealBroken("a stored secret was sealed for somebody else")
        return Opened(secret=secret, outdated=outdated)

    def _open_with_any(self, sealed: str) -> bytes:
        _, fernets, invalid = self._ciphers
        try:
            return fernets.decrypt(sealed.encode())
        except invalid as exc:
            raise SealBroken from exc


def read_keys(text: str) -> tuple[bytes, ...]:
    """The keys in a list with commas, each 32 bytes in Base64; `ValueError`, which repeats none of them."""
    return tuple(_decode_key(key.strip()) for key in text.split(","))


def _decode_key(text: str) -> bytes:
    try:
        # Both alphabets: one comes from openssl, the other from Fernet.
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ValueError("expected keys in Base64") from exc
    if len(key) != _KEY_BYTES:
        raise ValueError(f"expected keys of {_KEY_BYTES} bytes")
    return base64.urlsafe_b64encode(key)
