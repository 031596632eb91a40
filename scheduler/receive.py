"""QStash in: is it ours, what does it ask, and how the answer reads in HTTP.

Verify, then decode, then construct: a `Delivery` exists only if QStash signed its body for our URL. The
signature covers nothing else, so whatever comes from a header is a hint. HS256 is checked here and not by a
library: `now` stays a parameter, and turning away a forged request costs a quarter of the time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, assert_never

import orjson

from scheduler.errors import MalformedJob, TooLarge, Unsigned
from scheduler.job import Job
from scheduler.plan import CLOCK_LEEWAY

BODY_LIMIT: Final = 1024 * 1024
"""Bytes; the largest message on QStash's free plan, and two hundred times our longest prompt."""
FAILED: Final = "/failed"
"""Appended to the announce URL: where QStash tells that it gave up on a message."""
CHECK: Final = "/check"
"""Appended to the announce URL: where a message to ourselves comes back, which is no job."""
PUBLIC_KEYS: Final = frozenset({"sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs"})
"""Keys printed in QStash's documentation for its local server: anyone who reads it can sign with them."""

_SIGNATURE: Final = "upstash-signature"
_LONGEST_LIFE: Final = 15 * 60  # seconds; QStash signs for five minutes, more would be worth stealing
_LEEWAY: Final = CLOCK_LEEWAY.total_seconds()
_LONGEST_WAIT: Final = 24 * 60 * 60  # QStash ignores a Retry-After over a day


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A job that QStash brought; `retried` and `message_id` are not signed: for hints and logs alone."""

    job: Job
    body: bytes
    retried: int
    message_id: str
    sent_at: datetime | None = None
    """The moment at which QStash sent it, by its own clock; signed."""


@dataclass(frozen=True, kw_only=True)
class SignedBody:
    """A body that QStash signed for our URL, not read yet."""

    body: bytes
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    now: datetime

    def read_job(self) -> Delivery:
        """The job in it. Raises `MalformedJob`."""
        retried = self.headers.get("upstash-retried", "")
        return Delivery(
            job=Job.decode(self.body),
            body=self.body,
            retried=int(retried) if retried.isascii() and retried.isdigit() and len(retried) < 5 else 0,
            message_id=_make_printable(self.headers.get("upstash-message-id", ""))[:100],
            sent_at=_sent_at(self.claims, self.now),
        )


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A job that QStash gave up on. All of it is signed; `status` is 0 when there was no answer at all."""

    job: Job
    status: int
    retried: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Done:
    text: str
    cache: Literal["HIT", "MISS", "STALE"] | None = None
    age: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Not now; `limited` when it is our own budget that ran out, `queued` when others are to be served first.
    The reason is for the log."""

    after: timedelta
    reason: str
    limited: bool = False
    queued: bool = False


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Never; the reason is for the log."""

    reason: str


Verdict = Done | Retry | Drop


class Receiver:
    """Opens what QStash sends to `url`: the announce URL as configured, never as the request has it."""

    def __init__(
        self, *, current_key: str, next_key: str, url: str, leeway: timedelta = CLOCK_LEEWAY
    ) -> None:
        check_signing_key("current_key", current_key)
        check_signing_key("next_key", next_key)
        # Each key is hashed here once; a copy takes a fifth of the time of `hmac.digest`, and Python's own
        # HMAC is quicker to copy than OpenSSL's, which a name for `digestmod` would choose.
        self._keys = [hmac.new(key.encode(), digestmod=_sha256) for key in (current_key, next_key)]
        self._url = url
        self._leeway = leeway.total_seconds()

    def check_body(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> SignedBody:
        """The body of a delivery, which QStash signed, or `Unsigned` (a 401). Header names in lower case."""
        claims = self._verify_signature(headers, body, self._url, now)
        return SignedBody(body=body, headers=headers, claims=claims, now=now)

    def open_delivery(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
        """The job in `body`; raises as `check_body` does, or `MalformedJob` (a `Drop`)."""
        return self.check_body(headers, body, now=now).read_job()

    def open_failure(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Failure:
        """The job that QStash gave up on; raises as `open_delivery` does.

        https://upstash.com/docs/qstash/features/callbacks
        """
        self._verify_signature(headers, body, self._url + FAILED, now)
        try:
            told = json.loads(body)
            source = base64.b64decode(told["sourceBody"], validate=True)
            status, retried = int(told.get("status") or 0), int(told.get("retried") or 0)
            created_at = datetime.fromtimestamp(int(told["createdAt"]) / 1000, UTC)
        except (
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            ArithmeticError,
            OSError,
            RecursionError,
        ) as exc:
            raise MalformedJob("expected the body of a QStash failure callback") from exc
        return Failure(job=Job.decode(source), status=status, retried=retried, created_at=created_at)

    def open_check(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Verify a message to ourselves; `Unsigned` unless QStash has signed it for our check URL."""
        self._verify_signature(headers, body, self._url + CHECK, now)

    def _verify_signature(
        self, headers: Mapping[str, str], body: bytes, url: str, now: datetime
    ) -> dict[str, Any]:
        """The claims of a signature that holds."""
        try:
            claims = _signed_claims(headers[_SIGNATURE], self._keys)
            self._check_claims(claims, body, url, now)
        except Unsigned:
            raise
        except Exception as exc:  # any error in here keeps the door shut
            raise Unsigned("malformed") from exc
        return claims

    def _check_claims(self, claims: Mapping[str, Any], body: bytes, url: str, now: datetime) -> None:
        moment, leeway = now.timestamp(), self._leeway
        if claims["iss"] != "Upstash" or "aud" in claims:
            raise Unsigned("issuer")
        if claims["sub"] != url:
            raise Unsigned("url")
        if _read_number(claims["exp"]) <= moment - leeway:
            raise Unsigned("expired")
        if max(_read_number(claims["nbf"]), _read_number(claims.get("iat", 0))) > moment + leeway:
            raise Unsigned("early")  # told before its life: a clock that is far behind breaks both rules
        if _read_number(claims["exp"]) > moment + leeway + _LONGEST_LIFE:
            raise Unsigned("lifetime")
        digest = _encode_base64url(hashlib.sha256(body).digest())
        if not hmac.compare_digest(claims["body"].rstrip("=").encode(), digest):
            raise Unsigned("body")


def check_signing_key(name: str, value: str) -> None:
    """`ValueError`, which names the key and never shows it, unless `value` can be a signing key.

    A key that is empty or blank would let anyone sign.
    """
    printable = value.isascii() and value.isprintable() and " " not in value
    if not (value.startswith("sig_") and len(value) >= 16 and printable):
        raise ValueError(
            f"{name}: expected a QStash signing key (sig_ and at least 12 characters, no spaces);"
            " copy it from the QStash console"
        )


def to_http(verdict: Verdict) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that tell QStash what to do next; nothing but `Done` says more than that."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    match verdict:
        case Done(text=text, cache=cache, age=age):
            if cache is not None:
                plain["X-Cache"] = cache
            if age is not None:
                plain["Age"] = str(max(0, int(age.total_seconds())))
            return 200, plain, text.encode(errors="replace")  # a model can emit half of a surrogate pair
        case Retry(after=after, limited=limited, queued=queued):
            plain["Retry-After"] = str(min(_LONGEST_WAIT, max(1, math.ceil(after.total_seconds()))))
            return 429 if limited or queued else 503, plain, b"Not now. Please try again later.\n"
        case Drop():
            # Both are named: https://upstash.com/docs/qstash/features/retry
            plain["Upstash-NonRetryable-Error"] = "true"
            return 489, plain, b"This job cannot be done. Please do not try again.\n"
        case _:
            assert_never(verdict)


def check_length(length: str | None, limit: int) -> None:
    """Raise `TooLarge` if a Content-Length is over `limit` bytes."""
    if length is not None and length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise TooLarge


async def read_body(stream: AsyncIterable[bytes], *, length: str | None, limit: int = BODY_LIMIT) -> bytes:
    """The whole of `stream`, or `TooLarge` as soon as it, or its Content-Length, passes `limit` bytes."""
    check_length(length, limit)
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def _signed_claims(token: str, keys: Iterable[hmac.HMAC]) -> dict[str, Any]:
    """The claims of an HS256 JWT (RFC 7515, RFC 7519) that one of `keys` has signed."""
    signed, _, signature = token.rpartition(".")
    head, claims = signed.split(".")
    given, message = signature.rstrip("=").encode("ascii"), signed.encode("ascii")
    if not any(hmac.compare_digest(_sign_message(key, message), given) for key in keys):
        raise Unsigned("key")
    _check_header(head)
    decoded: dict[str, Any] = orjson.loads(_decode_base64url(claims))
    return decoded


def _sign_message(key: hmac.HMAC, message: bytes) -> bytes:
    code = key.copy()
    code.update(message)
    return _encode_base64url(code.digest())


def _sha256(content: bytes = b"") -> Any:
    return hashlib.sha256(content)


@lru_cache(maxsize=8)  # QStash writes the same one each time, and only those that a key has signed get here
def _check_header(head: str) -> None:
    header = json.loads(_decode_base64url(head).decode())
    if header["alg"] != "HS256" or "crit" in header:
        raise Unsigned("algorithm")


def _make_printable(text: str) -> str:
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _decode_base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _encode_base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _sent_at(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    """The moment of the signature; None where it tells none of the time in which its life can have begun."""
    issued = float(claims.get("iat", 0))
    if issued < now.timestamp() - _LONGEST_LIFE - _LEEWAY:
        return None
    return datetime.fromtimestamp(issued, UTC)


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unsigned("claims")
    return value
