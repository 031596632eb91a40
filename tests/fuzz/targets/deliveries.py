"""What QStash sends and takes: signatures, jobs, callbacks, headers, and the waits of destinations."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from bot.sources import decode_sources, encode_sources, fingerprint_of
from scheduler import MalformedJob, Receiver, Unsigned, WhenError, run_of, slot_of
from scheduler.embedded.api.filters import Filter
from scheduler.embedded.api.headers import Incoming, deduplication_key, read_destination, read_message
from scheduler.embedded.api.wire import read_batch, read_element
from scheduler.embedded.engine.retry import judge_attempt
from scheduler.embedded.engine.retry_delay import BadExpression, RetryDelay
from scheduler.embedded.storage import RequestRefused, Response
from scheduler.job import Job
from tests.fuzz.choices import Choices
from tests.fuzz.odd import oddly_changed
from tests.fuzz.target import target
from tests.signing import CURRENT_KEY, NEXT_KEY, sign

URL: Final = "https://bot.example/api/announce"
RECEIVER: Final = Receiver(current_key=CURRENT_KEY, next_key=NEXT_KEY, url=URL)
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOB: Final[dict[str, Any]] = {
    "v": 1,
    "query": "What is new? 🌤️",
    "team": "T1",
    "channel": "C1",
    "user": "U1",
    "schedule": "kolu-tane",
    "cron": "0 9 * * 1-5",
    "zone": "Europe/Berlin",
    "max_age": 1200,
    "lead": 90.5,
    "changes": "only",
    "sources": [
        {"type": "link", "url": "https://news.example/feed"},
        {"type": "channel", "channel": "C2", "hours": 24},
        {"type": "thread", "channel": "C2", "ts": "1700000000.000100"},
        {"type": "file", "file": "F1"},
        {"type": "quotation", "text": "a", "author": "b"},
        {"type": "of tomorrow", "for": [1]},
    ],
}
ONE_OFF: Final[dict[str, Any]] = {
    "query": "Why?",
    "id": "run-1",
    "kind": "warm",
    "at": 1_795_000_000,
    "asked": 1_794_000_000,
    "hop": 2,
    "new": [None],
}


def _read_job(body: bytes) -> None:
    """A job, or `MalformedJob`; a job is sent on as it came, and its sources are read and told as they came."""
    try:
        job = Job.decode(body)
    except MalformedJob:
        return
    assert Job.decode(job.encode()) == job
    sources = decode_sources(job.sources)
    assert encode_sources(sources) == tuple(dict(source) for source in job.sources)
    for source in sources:
        fingerprint_of(source)
        assert source.label is not None
        assert isinstance(source.is_readable, bool)
    slot = None
    with contextlib.suppress(WhenError):
        slot = slot_of(job, now=NOW)
    run_of(job, slot=slot)


@target(json.dumps(JOB), json.dumps(ONE_OFF), b'{"query":"\\ud800"}', b"\xef\xbb\xbf{}", longest=1_000)
def job_bodies(data: bytes) -> None:
    _read_job(data)


@target(b"", bytes(range(60)), b"\1\3\1\0\5\2\7\0\1\1\1", longest=400)
def jobs(data: bytes) -> None:
    _read_job(json.dumps(oddly_changed(Choices(data), (JOB, ONE_OFF))).encode())


CALLBACK: Final[dict[str, Any]] = {
    "status": 503,
    "retried": 3,
    "sourceBody": base64.b64encode(json.dumps(ONE_OFF).encode()).decode(),
    "createdAt": "1795000000000",
}


@target(b"", bytes(range(60)), b"\0\2\1\0\3\1\0", longest=400)
def callbacks(data: bytes) -> None:
    body = json.dumps(oddly_changed(Choices(data), (CALLBACK,))).encode()
    signature = sign(body, f"{URL}/failed", now=NOW)
    with contextlib.suppress(MalformedJob):
        RECEIVER.open_failure({"upstash-signature": signature}, body, now=NOW)


HEAD: Final[dict[str, Any]] = {"alg": "HS256", "typ": "JWT"}


@target(b"", bytes(range(60)), b"\0\1\1\0\0\1\2", longest=400)
def signatures(data: bytes) -> None:
    """What we let in, PyJWT lets in as well, and it is for this body and this address."""
    choices = Choices(data)
    now = datetime.now(UTC)
    body = json.dumps(ONE_OFF).encode()
    claims = claims_about(body, URL, now=now)
    head, told = oddly_changed(choices, (HEAD,), most=1), oddly_changed(choices, (claims,), most=2)
    token = make_token(told, choices.pick((CURRENT_KEY, NEXT_KEY, "", "sig_of_somebody_else")), head=head)
    if choices.take_number(3) == 1:
        at = choices.take_number(len(token))
        token = token[:at] + choices.take_text(4) + token[at + choices.take_number(3) :]
    try:
        RECEIVER.open_delivery({"upstash-signature": token}, body, now=now)
    except Unsigned:
        return
    seen = _as_jwt_sees(token)
    assert seen["sub"] == URL
    assert seen["body"].rstrip("=") == claims["body"].rstrip("=")
    assert seen["exp"] >= time.time() - 61


def claims_about(body: bytes, url: str, *, now: datetime) -> dict[str, Any]:
    """The claims of QStash's signature."""
    return {
        "iss": "Upstash",
        "sub": url,
        "exp": int(now.timestamp()) + 300,
        "nbf": 0,
        "iat": int(now.timestamp()),
        "jti": "jwt_1",
        "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode(),
    }


def make_token(claims: Any, key: str, *, head: Any = HEAD) -> str:
    """Any claims, signed; PyJWT signs none that it would not take."""
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_base64url(hmac.digest(key.encode(), signed.encode(), 'sha256'))}"


def _as_jwt_sees(token: str) -> dict[str, Any]:
    for key in (CURRENT_KEY, NEXT_KEY):
        with contextlib.suppress(jwt.InvalidSignatureError):
            seen: dict[str, Any] = jwt.decode(
                token,
                key,
                ["HS256"],
                issuer="Upstash",
                leeway=61,
                options={"verify_jti": False, "verify_sub": False},
            )
            return seen
    raise AssertionError("let in without a signature")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@target(b"", b"eyJhbGciOiJIUzI1NiJ9.e30.AAAA", longest=300)
def made_up_signatures(data: bytes) -> None:
    choices = Choices(data)
    token = choices.take_rest().decode("latin-1")
    for open_one in (RECEIVER.open_delivery, RECEIVER.open_failure, RECEIVER.open_check):
        try:
            open_one({"upstash-signature": token}, data, now=NOW)
        except Unsigned:
            continue
        raise AssertionError("let in")


NAMES: Final = (
    *("upstash-method", "upstash-retries", "upstash-retry-delay", "upstash-delay", "upstash-timeout"),
    *("upstash-not-before", "upstash-label", "upstash-redact-fields", "upstash-callback", "content-type"),
    *("upstash-failure-callback", "upstash-callback-delay", "upstash-flow-control-key", "upstash-forward-a"),
    *("upstash-flow-control-value", "upstash-deduplication-id", "upstash-content-based-deduplication"),
)


def _as_header(choices: Choices) -> str:
    return choices.take_bytes(choices.take_number(81)).decode("latin-1")


@target(
    b"\1\5POST\2\1\x03\x0f1000 * retried",
    b"\3\x071d10h3m\6\x0bbody,header",
    b"\x0c\1k\x0e\x14parallelism=5,rate=1",
    longest=400,
)
def publish_headers(data: bytes) -> None:
    choices = Choices(data)
    pairs = [(choices.pick(NAMES), _as_header(choices)) for _ in range(choices.take_number(8))]
    incoming = Incoming.parse(pairs)
    destination = _as_header(choices)
    with contextlib.suppress(RequestRefused):
        read_destination(destination)
    with contextlib.suppress(RequestRefused):
        message = read_message(incoming, url="https://a.example", now=NOW, caller_ip="127.0.0.1")
        deduplication_key(incoming, message, data)
        assert message.not_before >= NOW


BATCH: Final[list[Any]] = [
    {"destination": "https://a.example", "headers": {"Upstash-Delay": "5s"}, "body": "{}", "queue": None}
]


@target(json.dumps(BATCH), b"", bytes(range(40)), longest=600)
def batches(data: bytes) -> None:
    for body in (data, json.dumps(oddly_changed(Choices(data), (BATCH,))).encode()):
        with contextlib.suppress(RequestRefused):
            for element in read_batch(body):
                with contextlib.suppress(RequestRefused):
                    destination, incoming, _ = read_element(element)
                    read_message(incoming, url=read_destination(destination), now=NOW, caller_ip="")


@target(b"count=5&state=ACTIVE", b'{"label":["a"],"fromDate":"1"}', b"url=https://a,https://b", longest=300)
def filters(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    query = [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&"))]
    for given in (([], data), (query, b"")):
        with contextlib.suppress(RequestRefused):
            wanted = Filter.parse(*given)
            assert 1 <= wanted.limit(100) <= 100
            wanted.matches({"time": 5, "state": "ACTIVE", "labels": ["a"], "url": "https://a"})


@target("1000 * pow(6, retried)", "min(max(retried, 2) % 7, -exp(3))", "round(sqrt(retried))", longest=320)
def retry_delays(data: bytes) -> None:
    try:
        delay = RetryDelay(data.decode("utf-8", "replace"))
    except BadExpression:
        return
    for retried in (0, 1, 20, 999):
        assert timedelta(0) <= delay(retried) <= timedelta(days=1)


@target("6m5s", "Wed, 25 Nov 2026 12:00:00 GMT", "90", "1e3", "Thu, 99 Jan 0000 -9999", longest=80)
def waits(data: bytes) -> None:
    text = data.decode("latin-1")
    for name in ("retry-after", "x-ratelimit-reset"):
        judge_attempt(
            Response(status=503, headers=((name, text),)), retried=1, retries=3, retry_delay=None, now=NOW
        )
