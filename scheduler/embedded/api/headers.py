"""`Upstash-…` headers → a message; everything malformed is refused before anything is stored.

The names are QStash's: https://upstash.com/docs/qstash/api/publish
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from scheduler.embedded.engine.retry import BadExpression, RetryDelay, parse_duration
from scheduler.embedded.storage.message import Callback, Flow, Headers, Message, moment
from scheduler.embedded.storage.refused import Refused

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
LONGEST_DELAY: Final = timedelta(days=366)
LONGEST_TIMEOUT: Final = timedelta(hours=2)
LONGEST_PERIOD: Final = timedelta(days=7)
MOST_RETRIES: Final = 999

_NOT_FORWARDED: Final = frozenset(
    {
        *("host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "trailer"),
        *("upgrade", "proxy-authorization", "proxy-connection", "accept-encoding", "user-agent"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """The headers of a request, or of an element of a batch."""

    pairs: Headers

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Incoming:
        return cls(pairs=tuple((name.lower(), value) for name, value in pairs))

    def get(self, name: str) -> str | None:
        """The first value of a header that is there and not empty."""
        return next((value for found, value in self.pairs if found == name and value), None)

    def under(self, prefix: str) -> list[tuple[str, str]]:
        """Headers whose names begin with `prefix`, without it."""
        return [(name[len(prefix) :], value) for name, value in self.pairs if name.startswith(prefix)]


def read_destination(raw: str) -> str:
    """The URL to deliver to, from what follows the route in the path and query as it was sent."""
    if re.match(r"https?%3a", raw, re.IGNORECASE):
        raw = unquote(raw)
    # A proxy on the way may have folded the two slashes into one.
    url = re.sub(r"^(https?):/+", r"\1://", raw, flags=re.IGNORECASE)
    try:
        parts = urlsplit(url)
        complete = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    # It is sent as it stands, and a line break in it would begin another header.
    if complete and not re.search(r"[\x00-\x20\x7f]", url):
        return url
    if raw.startswith("api/"):
        raise Refused("publishing to an API is not supported by the embedded QStash: give its URL")
    if re.fullmatch(r"[\w.-]+", raw):
        raise Refused("URL groups are not supported by the embedded QStash: give a URL")
    raise Refused("expected a destination that begins with http:// or https://")


def read_message(incoming: Incoming, *, url: str, now: datetime, caller_ip: str) -> Message:
    """The message that these headers describe."""
    if incoming.get("upstash-queue-name"):
        raise Refused("queues are not supported by the embedded QStash: use flow control")
    message = Message(url=url, created=now, not_before=now, caller_ip=caller_ip)
    return override(message, incoming, now=now)


def override(message: Message, incoming: Incoming, *, now: datetime) -> Message:
    """The message with whatever these headers say about it; what they do not name stays."""
    options: dict[str, Any] = _delivery(incoming, "upstash-")
    if headers := _forwarded(incoming):
        options["headers"] = headers
    options["not_before"] = now + timedelta(seconds=options.get("delay", 0))
    if not_before := incoming.get("upstash-not-before"):
        at = moment(_whole("Upstash-Not-Before", not_before, most=32_503_680_000) * 1000)
        if at - now > LONGEST_DELAY:
            raise Refused(f"Upstash-Not-Before: expected at most {LONGEST_DELAY.days} days from now")
        options["not_before"] = max(now, at)
    if labels := incoming.get("upstash-label"):
        options["labels"] = tuple(label.strip() for label in labels.split(",") if label.strip())
    for name in ("callback", "failure-callback"):
        if callback := incoming.get(f"upstash-{name}"):
            options[name.replace("-", "_")] = _callback(incoming, f"upstash-{name}-", callback)
    if key := incoming.get("upstash-flow-control-key"):
        options["flow"] = _flow(key, incoming.get("upstash-flow-control-value") or "")
    return replace(message, **options)


def deduplication_key(incoming: Incoming, message: Message, body: bytes) -> str | None:
    """What two messages that are one have in common, hashed; None if nobody asked for it."""
    if given := incoming.get("upstash-deduplication-id"):
        return hashlib.sha256(f"id:{given}".encode()).hexdigest()
    if (incoming.get("upstash-content-based-deduplication") or "").lower() != "true":
        return None
    content = hashlib.sha256(f"content:{message.url}\n{sorted(message.headers)}\n".encode())
    content.update(body)
    return content.hexdigest()


def _delivery(incoming: Incoming, prefix: str) -> dict[str, Any]:
    """The options that a message and a callback have in common."""
    options: dict[str, Any] = {}
    shown = "-".join(part.capitalize() for part in prefix.split("-"))
    if method := incoming.get(f"{prefix}method"):
        if method.upper() not in METHODS:
            raise Refused(f"{shown}Method: expected one of {', '.join(METHODS)}")
        options["method"] = method.upper()
    if retries := incoming.get(f"{prefix}retries"):
        options["retries"] = _whole(f"{shown}Retries", retries, most=MOST_RETRIES)
    if expression := incoming.get(f"{prefix}retry-delay"):
        try:
            RetryDelay(expression)
        except BadExpression as exc:
            raise Refused(f"{shown}Retry-Delay: {exc}") from exc
        options["retry_delay"] = expression
    if delay := incoming.get(f"{prefix}delay"):
        options["delay"] = _duration(f"{shown}Delay", delay, LONGEST_DELAY)
    if timeout := incoming.get(f"{prefix}timeout"):
        if not (seconds := _duration(f"{shown}Timeout", timeout, LONGEST_DELAY)):
            raise Refused(f"{shown}Timeout: expected more than nothing")
        options["timeout"] = min(seconds, LONGEST_TIMEOUT.total_seconds())
    return options


def _forwarded(incoming: Incoming) -> Headers:
    found = dict.fromkeys(incoming.under("upstash-forward-"))
    if (incoming.get("upstash-header-forward") or "").lower() == "true":
        # `Authorization` is the key to this QStash, not the destination's.
        found |= dict.fromkeys(
            pair for pair in incoming.pairs if not pair[0].startswith(("upstash-", "authorization"))
        )
    if content_type := incoming.get("content-type"):
        found.setdefault(("content-type", content_type))
    return _canonical(found)


def _callback(incoming: Incoming, prefix: str, url: str) -> Callback:
    # The SDKs send a callback's own headers without the "Forward-" that the documentation gives them.
    options = {each.name.replace("_", "-") for each in fields(Callback)}
    headers = [
        (name.removeprefix("forward-"), value)
        for name, value in incoming.under(prefix)
        if name not in options
    ]
    if "content-type" not in dict(headers):
        headers.append(("content-type", "application/json"))
    return Callback(url=read_destination(url), headers=_canonical(headers), **_delivery(incoming, prefix))


def _canonical(pairs: Iterable[tuple[str, str]]) -> Headers:
    return tuple(
        ("-".join(part.capitalize() for part in name.split("-")), value)
        for name, value in pairs
        # Nobody but us may put `Upstash-Signature` and its like on a delivery.
        if name and name not in _NOT_FORWARDED and not name.startswith("upstash-")
    )


def _flow(key: str, value: str) -> Flow:
    numbers: dict[str, int] = {}
    for part in filter(None, (each.strip() for each in value.split(","))):
        name, _, given = (each.strip() for each in part.partition("="))
        if name == "period":
            numbers[name] = max(1, round(_duration("period", given, LONGEST_PERIOD)))
        elif name in ("parallelism", "rate"):
            numbers[name] = _whole(name, given, most=1_000_000_000)
            if not numbers[name]:
                raise Refused(f"Upstash-Flow-Control-Value: {name}: expected at least 1")
        else:
            raise Refused("Upstash-Flow-Control-Value: expected parallelism, rate and period")
    if not {"parallelism", "rate"} & numbers.keys():
        raise Refused("Upstash-Flow-Control-Value: expected parallelism=… or rate=…")
    return Flow(key=key, **numbers)


def _whole(name: str, value: str, *, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", value) or int(value) > most:
        raise Refused(f"{name}: expected a whole number from 0 to {most}")
    return int(value)


def _duration(name: str, value: str, longest: timedelta) -> float:
    duration = parse_duration(value)
    if duration is None or duration > longest:
        raise Refused(f"{name}: expected a duration such as 50s or 1d10h30m, at most {longest.days} days")
    return duration.total_seconds()
