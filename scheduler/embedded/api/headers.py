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

from scheduler.embedded.engine import BadExpression, RetryDelay, parse_duration
from scheduler.embedded.storage import Callback, Flow, Headers, Message, RequestRefused, from_ms

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


_WORKFLOW: Final = re.compile("upstash-(forward-upstash-)?workflow-")
"""Instructions of Upstash Workflow; the Python SDK can only forward them, which means the same."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """The headers of a request, or of an element of a batch."""

    pairs: Headers

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Incoming:
        return cls(pairs=tuple((name.lower(), value) for name, value in pairs))

    def first_value(self, name: str) -> str | None:
        """The first value of a header that is there and not empty."""
        return next((value for found, value in self.pairs if found == name and value), None)

    def named_under(self, prefix: str) -> list[tuple[str, str]]:
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
        raise RequestRefused("publishing to an API is not supported by the embedded QStash: give its URL")
    if re.fullmatch(r"[\w.-]+", raw):
        raise RequestRefused("URL groups are not supported by the embedded QStash: give a URL")
    raise RequestRefused("expected a destination that begins with http:// or https://")


def read_message(incoming: Incoming, *, url: str, now: datetime, caller_ip: str) -> Message:
    """The message that these headers describe."""
    if incoming.first_value("upstash-queue-name"):
        raise RequestRefused("queues are not supported by the embedded QStash: use flow control")
    if any(_WORKFLOW.match(name) for name, _ in incoming.pairs):
        # Without its headers every delivery looks like the first, and the workflow would start over for ever.
        raise RequestRefused("Upstash Workflow is not supported by the embedded QStash")
    message = Message(url=url, created=now, not_before=now, caller_ip=caller_ip)
    return override_message(message, incoming, now=now)


def override_message(message: Message, incoming: Incoming, *, now: datetime) -> Message:
    """The message with the options that these headers name; all others stay."""
    options: dict[str, Any] = _read_delivery(incoming, "upstash-")
    if headers := _read_forwarded(incoming):
        options["headers"] = headers
    options["not_before"] = now + timedelta(seconds=options.get("delay", 0))
    if not_before := incoming.first_value("upstash-not-before"):
        at = from_ms(_read_whole("Upstash-Not-Before", not_before, most=32_503_680_000) * 1000)
        if at - now > LONGEST_DELAY:
            raise RequestRefused(f"Upstash-Not-Before: expected at most {LONGEST_DELAY.days} days from now")
        options["not_before"] = max(now, at)
    if labels := incoming.first_value("upstash-label"):
        options["labels"] = tuple(label.strip() for label in labels.split(",") if label.strip())
    if redacted := incoming.first_value("upstash-redact-fields"):
        options["redacted"] = _read_redacted(redacted)
    for name in ("callback", "failure-callback"):
        if callback := incoming.first_value(f"upstash-{name}"):
            options[name.replace("-", "_")] = _read_callback(incoming, f"upstash-{name}-", callback)
    if key := incoming.first_value("upstash-flow-control-key"):
        options["flow"] = _read_flow(key, incoming.first_value("upstash-flow-control-value") or "")
    return replace(message, **options)


def deduplication_key(incoming: Incoming, message: Message, body: bytes) -> str | None:
    """A hash that duplicates have in common; None if the headers ask for none."""
    if given := incoming.first_value("upstash-deduplication-id"):
        return hashlib.sha256(f"id:{given}".encode()).hexdigest()
    if (incoming.first_value("upstash-content-based-deduplication") or "").lower() != "true":
        return None
    content = hashlib.sha256(f"content:{message.url}\n{sorted(message.headers)}\n".encode())
    content.update(body)
    return content.hexdigest()


def _read_delivery(incoming: Incoming, prefix: str) -> dict[str, Any]:
    """The options that a message and a callback have in common."""
    options: dict[str, Any] = {}
    shown = "-".join(part.capitalize() for part in prefix.split("-"))
    if method := incoming.first_value(f"{prefix}method"):
        if method.upper() not in METHODS:
            raise RequestRefused(f"{shown}Method: expected one of {', '.join(METHODS)}")
        options["method"] = method.upper()
    if retries := incoming.first_value(f"{prefix}retries"):
        options["retries"] = _read_whole(f"{shown}Retries", retries, most=MOST_RETRIES)
    if expression := incoming.first_value(f"{prefix}retry-delay"):
        try:
            RetryDelay(expression)
        except BadExpression as exc:
            raise RequestRefused(f"{shown}Retry-Delay: {exc}") from exc
        options["retry_delay"] = expression
    if delay := incoming.first_value(f"{prefix}delay"):
        options["delay"] = _read_duration(f"{shown}Delay", delay, LONGEST_DELAY)
    if timeout := incoming.first_value(f"{prefix}timeout"):
        if not (seconds := _read_duration(f"{shown}Timeout", timeout, LONGEST_DELAY)):
            raise RequestRefused(f"{shown}Timeout: expected more than nothing")
        options["timeout"] = min(seconds, LONGEST_TIMEOUT.total_seconds())
    return options


def _read_forwarded(incoming: Incoming) -> Headers:
    found = dict.fromkeys(incoming.named_under("upstash-forward-"))
    if (incoming.first_value("upstash-header-forward") or "").lower() == "true":
        # `Authorization` is the key to this QStash, not the destination's.
        found |= dict.fromkeys(
            pair for pair in incoming.pairs if not pair[0].startswith(("upstash-", "authorization"))
        )
    if content_type := incoming.first_value("content-type"):
        found.setdefault(("content-type", content_type))
    return _to_send(found)


def _read_callback(incoming: Incoming, prefix: str, url: str) -> Callback:
    # The SDKs send a callback's own headers without the "Forward-" that the documentation gives them.
    options = {field.name.replace("_", "-") for field in fields(Callback)}
    headers = [
        (name.removeprefix("forward-"), value)
        for name, value in incoming.named_under(prefix)
        if name not in options
    ]
    if "content-type" not in dict(headers):
        headers.append(("content-type", "application/json"))
    return Callback(url=read_destination(url), headers=_to_send(headers), **_read_delivery(incoming, prefix))


def _to_send(pairs: Iterable[tuple[str, str]]) -> Headers:
    return tuple(
        ("-".join(part.capitalize() for part in name.split("-")), value)
        for name, value in pairs
        # Nobody but us may put `Upstash-Signature` and its like on a delivery.
        if name and name not in _NOT_FORWARDED and not name.startswith("upstash-")
    )


def _read_redacted(value: str) -> tuple[str, ...]:
    parts = [part.strip().lower() for part in value.split(",")]
    if not all(re.fullmatch(r"body|headers?(\[[^\[\]]+\])?", part) for part in parts):
        raise RequestRefused("Upstash-Redact-Fields: expected body, header or header[name]")
    # The documentation says "headers", the SDKs "header".
    return tuple(dict.fromkeys(re.sub("^headers", "header", part) for part in parts))


def _read_flow(key: str, value: str) -> Flow:
    numbers: dict[str, int] = {}
    for part in filter(None, map(str.strip, value.split(","))):
        name, _, given = map(str.strip, part.lower().partition("="))
        if name == "period":
            numbers[name] = max(1, round(_read_duration("period", given, LONGEST_PERIOD)))
        elif name in ("parallelism", "rate"):
            numbers[name] = _read_whole(name, given, most=1_000_000_000)
            if not numbers[name]:
                raise RequestRefused(f"Upstash-Flow-Control-Value: {name}: expected at least 1")
        else:
            raise RequestRefused("Upstash-Flow-Control-Value: expected parallelism, rate and period")
    if not {"parallelism", "rate"} & numbers.keys():
        raise RequestRefused("Upstash-Flow-Control-Value: expected parallelism=… or rate=…")
    return Flow(key=key, **numbers)


def _read_whole(name: str, value: str, *, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", value) or int(value) > most:
        raise RequestRefused(f"{name}: expected a whole number from 0 to {most}")
    return int(value)


def _read_duration(name: str, value: str, longest: timedelta) -> float:
    duration = parse_duration(value)
    if duration is None or duration > longest:
        raise RequestRefused(
            f"{name}: expected a duration such as 50s or 1d10h30m, at most {longest.days} days"
        )
    return duration.total_seconds()
