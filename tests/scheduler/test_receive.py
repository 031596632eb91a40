"""Deliveries by QStash: only what it signed for our URL gets in, and each verdict has its HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
import qstash
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from scheduler.errors import MalformedJob, TooLarge, Unsigned
from scheduler.job import Job
from scheduler.receive import (
    BODY_LIMIT,
    CHECK,
    FAILED,
    PUBLIC_KEYS,
    Done,
    Drop,
    Receiver,
    Retry,
    Verdict,
    check_signing_key,
    read_body,
    to_http,
)
from tests.signing import CURRENT_KEY, NEXT_KEY, OMIT, sign
from tests.stand_ins.serve import serve

URL = "https://precache.example/api/announce"
NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)
BODY = Job(query="What is new?", id="run-1", channel="C1").encode()
DIGEST = base64.urlsafe_b64encode(hashlib.sha256(BODY).digest()).decode()
RECEIVER = Receiver(current_key=CURRENT_KEY, next_key=NEXT_KEY, url=URL)
OTHER_KEY = "sig_other_0123456789abcdefghijkl"


def at(seconds: float) -> float:
    return (NOW + timedelta(seconds=seconds)).timestamp()


def signed(content: bytes = BODY, url: str = URL, key: str = CURRENT_KEY, **claims: Any) -> dict[str, str]:
    return {"upstash-signature": sign(content, url, key, now=NOW, **claims)}


def forged(change: Callable[[str, str, str], str]) -> dict[str, str]:
    """A valid signature with its three parts changed."""
    return {"upstash-signature": change(*signed()["upstash-signature"].split("."))}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(head: object, payload: bytes) -> dict[str, str]:
    """A token that PyJWT would not write: any header, any payload, and a right signature over both."""
    message = f"{part(head)}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
    hs256 = jwt.get_algorithm_by_name("HS256")
    mac = hs256.sign(message.encode(), hs256.prepare_key(CURRENT_KEY))
    return {"upstash-signature": f"{message}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"}


CLAIMS = {"iss": "Upstash", "sub": URL, "exp": at(300), "nbf": 0, "body": DIGEST}


def test_a_signed_job_is_opened() -> None:
    headers = {**signed(), "upstash-retried": "2", "upstash-message-id": "msg_1"}
    delivery = RECEIVER.open_delivery(headers, BODY, now=NOW)
    assert delivery.job == Job(query="What is new?", id="run-1", channel="C1")
    assert (delivery.body, delivery.retried, delivery.message_id) == (BODY, 2, "msg_1")


def test_the_official_receiver_agrees() -> None:
    now = datetime.fromtimestamp(int(time.time()), UTC)  # it reads the clock itself
    signature = sign(BODY, URL, now=now)
    qstash.Receiver(CURRENT_KEY, NEXT_KEY).verify(signature=signature, body=BODY.decode(), url=URL)
    assert RECEIVER.open_delivery({"upstash-signature": signature}, BODY, now=now).job.id == "run-1"


ACCEPTED = {
    "the next key": signed(key=NEXT_KEY),
    "expired within the leeway": signed(exp=at(-59)),
    "the longest life, clocks apart": signed(exp=at(15 * 60 + 60)),
    "a clock ahead of ours": signed(nbf=at(60), iat=at(60)),
    "fractions of seconds": signed(exp=at(0.25)),
    "no iat and no jti": signed(iat=OMIT, jti=OMIT),
    "issued at the beginning of time": signed(iat=-(10**300)),
    "a padded hash": signed(body=DIGEST.rstrip("=") + "="),
    "a hash without padding": signed(body=DIGEST.rstrip("=")),
    "a signature made by hand": by_hand({"alg": "HS256"}, json.dumps(CLAIMS).encode()),
}


@pytest.mark.parametrize("headers", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(headers: dict[str, str]) -> None:
    assert RECEIVER.open_delivery(headers, BODY, now=NOW).job.id == "run-1"


REFUSED = {
    "no header": ({}, "malformed"),
    "an empty header": ({"upstash-signature": ""}, "malformed"),
    "a header in another place": ({"authorization": signed()["upstash-signature"]}, "malformed"),
    "two parts": (forged(lambda head, claims, mac: f"{head}.{claims}"), "malformed"),
    "four parts": (forged(lambda head, claims, mac: f"{head}.{claims}.{mac}.{mac}"), "malformed"),
    "not base64": (forged(lambda head, claims, mac: f"{head}.{claims}.***"), "key"),
    "not ASCII": (forged(lambda head, claims, mac: f"{head}.{claims}é.{mac}"), "malformed"),
    "a huge header": ({"upstash-signature": "a" * 1_000_000}, "malformed"),
    "no signature": (forged(lambda head, claims, mac: f"{head}.{claims}."), "key"),
    "a cut signature": (forged(lambda head, claims, mac: f"{head}.{claims}.{mac[:40]}"), "key"),
    "the wrong key": (signed(key=OTHER_KEY), "key"),
    "alg none, unsigned": (forged(lambda head, claims, mac: f"{part({'alg': 'none'})}.{claims}."), "key"),
    "alg none, signed": (by_hand({"alg": "none"}, json.dumps(CLAIMS).encode()), "algorithm"),
    "another alg": (by_hand({"alg": "HS512"}, json.dumps(CLAIMS).encode()), "algorithm"),
    "no alg": (by_hand({}, json.dumps(CLAIMS).encode()), "malformed"),
    "a header that is a list": (by_hand(["HS256"], json.dumps(CLAIMS).encode()), "malformed"),
    "critical extensions": (by_hand({"alg": "HS256", "crit": ["b64"]}, b"{}"), "algorithm"),
    "claims that are a list": (by_hand({"alg": "HS256"}, b"[]"), "malformed"),
    "claims that are not JSON": (by_hand({"alg": "HS256"}, b"{"), "malformed"),
    "claims that are not UTF-8": (by_hand({"alg": "HS256"}, b'{"iss": "\xff"}'), "malformed"),
    "claims nested without end": (by_hand({"alg": "HS256"}, b"[" * 2_500), "malformed"),
    "another issuer": (signed(iss="Upstart"), "issuer"),
    "an audience": (signed(aud="someone"), "issuer"),
    "an empty audience": (signed(aud=None), "issuer"),
    "another URL": (signed(url="https://other.example/api/announce"), "url"),
    "http for https": (signed(url=URL.replace("https", "http")), "url"),
    "a slash more": (signed(url=URL + "/"), "url"),
    "the URL of the failure callback": (signed(url=URL + "/failed"), "url"),
    "a URL that is a list": (signed(sub=[URL]), "url"),
    "expired": (signed(exp=at(-60)), "expired"),
    "expired long ago": (signed(exp=0), "expired"),
    "good for an hour": (signed(exp=at(3600)), "lifetime"),
    "good for ever": (signed(exp=10**400), "malformed"),
    "infinite": (
        by_hand({"alg": "HS256"}, json.dumps({**CLAIMS, "exp": float("inf")}).encode()),
        "malformed",
    ),
    "not a number": (
        by_hand({"alg": "HS256"}, json.dumps({**CLAIMS, "exp": float("nan")}).encode()),
        "malformed",
    ),
    "not yet": (signed(nbf=at(61)), "early"),
    "issued in the future": (signed(iat=at(61)), "early"),
    "a clock 90 s ahead of ours": (signed(iat=at(90), exp=at(390)), "early"),
    "a clock hours ahead of ours": (signed(iat=at(7200), exp=at(7500)), "early"),
    "nbf not a number": (
        by_hand({"alg": "HS256"}, json.dumps({**CLAIMS, "nbf": float("nan")}).encode()),
        "malformed",
    ),
    "iat not a number": (
        by_hand({"alg": "HS256"}, json.dumps({**CLAIMS, "iat": float("nan")}).encode()),
        "malformed",
    ),
    "exp as text": (signed(exp=str(at(300))), "claims"),
    "exp as truth": (signed(exp=True), "claims"),
    "exp null": (signed(exp=None), "claims"),
    "nbf as text": (signed(nbf="0"), "claims"),
    "iat null": (signed(iat=None), "claims"),
    **{f"no {name}": (signed(**{name: OMIT}), "malformed") for name in ("iss", "sub", "exp", "nbf", "body")},
    "a hash that is a number": (signed(body=1), "malformed"),
    "a hash that is not ASCII": (signed(body="é" * 43), "body"),
    "a hash that is half a surrogate pair": (signed(body="\ud800"), "malformed"),
    "an empty hash": (signed(body=""), "body"),
    "another body's hash": (signed(content=BODY + b" "), "body"),
}


@pytest.mark.parametrize(
    ("iat", "sent"), [(60, 60), (0, 0), (-90, -90), (-900, -900), (-961, None), (OMIT, None)]
)
def test_a_delivery_tells_when_qstash_sent_it_by_its_own_clock(iat: Any, sent: int | None) -> None:
    headers = signed(iat=iat if iat is OMIT else at(iat))
    told = RECEIVER.open_delivery(headers, BODY, now=NOW).sent_at
    assert told == (None if sent is None else NOW + timedelta(seconds=sent))


@pytest.mark.parametrize(("headers", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(headers: dict[str, str], why: str) -> None:
    with pytest.raises(Unsigned) as refused:
        RECEIVER.open_delivery(headers, BODY, now=NOW)
    assert refused.value.reason == why
    assert str(refused.value) == "The request is not signed by our QStash."


@pytest.mark.parametrize("body", [b"", BODY + b"\n", BODY.replace(b"new", b"old"), b"\xff\xfe", b"not JSON"])
def test_a_body_that_was_not_signed_is_never_read(body: bytes) -> None:
    with pytest.raises(Unsigned):
        RECEIVER.open_delivery(signed(), body, now=NOW)


@given(st.text(), st.binary())
def test_nothing_made_up_gets_in(signature: str, body: bytes) -> None:
    with pytest.raises(Unsigned):
        RECEIVER.open_delivery({"upstash-signature": signature}, body, now=NOW)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_one_flipped_bit_in_a_signature_keeps_it_out(position: int, bit: int) -> None:
    signature = signed()["upstash-signature"]
    position %= len(signature) - 1  # the last character's low bits are not part of the signature
    flipped = signature[:position] + chr(ord(signature[position]) ^ (1 << bit)) + signature[position + 1 :]
    with pytest.raises(Unsigned):
        RECEIVER.open_delivery({"upstash-signature": flipped}, BODY, now=NOW)


@pytest.mark.parametrize("body", [b"not JSON", b'{"v": 9, "query": "q"}', b'{"query": 7}', b'"caf\xe9"', b""])
def test_a_signed_body_that_is_no_job_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJob):
        RECEIVER.open_delivery(signed(content=body), body, now=NOW)


@pytest.mark.parametrize(
    ("given_", "read"),
    [("0", 0), ("12", 12), ("", 0), ("-1", 0), ("x", 0), ("²", 0), ("٣", 0), ("9" * 5_000, 0)],
)
def test_an_unsigned_retry_count_is_a_small_number_or_nothing(given_: str, read: int) -> None:
    assert RECEIVER.open_delivery({**signed(), "upstash-retried": given_}, BODY, now=NOW).retried == read


def test_an_unsigned_message_id_cannot_write_lines_into_the_log() -> None:
    headers = {**signed(), "upstash-message-id": "msg\r\n\x1b[31m" + "x" * 1_000}
    message_id = RECEIVER.open_delivery(headers, BODY, now=NOW).message_id
    assert message_id.isprintable()
    assert len(message_id) == 100


# The failure callback


def told(**changes: Any) -> bytes:
    fields = {
        "status": 503,
        "retried": 3,
        "maxRetries": 3,
        "sourceBody": base64.b64encode(BODY).decode(),
        "createdAt": str(int(at(-120) * 1000)),
        "url": URL,
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not OMIT}).encode()


def test_a_failure_brings_the_job_back() -> None:
    body = told()
    failure = RECEIVER.open_failure(signed(content=body, url=URL + "/failed"), body, now=NOW)
    assert failure.job.id == "run-1"
    assert (failure.status, failure.retried) == (503, 3)
    assert failure.created_at == NOW - timedelta(minutes=2)


def test_a_failure_without_any_answer_has_status_zero() -> None:
    body = told(status=OMIT, retried=None, createdAt=int(at(0) * 1000))
    failure = RECEIVER.open_failure(signed(content=body, url=URL + "/failed"), body, now=NOW)
    assert (failure.status, failure.retried, failure.created_at) == (0, 0, NOW)


def test_a_delivery_cannot_be_passed_off_as_a_failure() -> None:
    body = told()
    with pytest.raises(Unsigned):
        RECEIVER.open_failure(signed(content=body), body, now=NOW)


def test_a_job_and_a_message_to_ourselves_are_never_taken_for_one_another() -> None:
    body = b"0" * 32
    RECEIVER.open_check(signed(content=body, url=URL + CHECK), body, now=NOW)
    for url in (URL, URL + FAILED):
        with pytest.raises(Unsigned):
            RECEIVER.open_check(signed(content=body, url=url), body, now=NOW)
    with pytest.raises(Unsigned):
        RECEIVER.open_delivery(signed(url=URL + CHECK), BODY, now=NOW)


NO_FAILURE = {
    "not JSON": b"{",
    "not UTF-8": b"\xff",
    "a list": b"[]",
    "no body": told(sourceBody=OMIT),
    "a body that is not base64": told(sourceBody="***"),
    "a body that is a number": told(sourceBody=1),
    "a body that is no job": told(sourceBody=base64.b64encode(b"hello").decode()),
    "no moment": told(createdAt=OMIT),
    "a moment in words": told(createdAt="yesterday"),
    "a moment beyond the calendar": told(createdAt="9" * 30),
    "a status in words": told(status="bad"),
}


@pytest.mark.parametrize("body", NO_FAILURE.values(), ids=NO_FAILURE)
def test_a_signed_body_that_tells_of_no_failure_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJob):
        RECEIVER.open_failure(signed(content=body, url=URL + "/failed"), body, now=NOW)


# Keys


@pytest.mark.parametrize("key", [CURRENT_KEY, *sorted(PUBLIC_KEYS), "sig_0123456789ab"])
def test_a_signing_key_as_qstash_makes_them(key: str) -> None:
    check_signing_key("QSTASH_CURRENT_SIGNING_KEY", key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "sig_",
        "sig_tooshort",
        "sig_0123456789a",
        "sig_0123456789abcdefghij\x00",
        "x" * 32,
        CURRENT_KEY + "\n",
        "sig_with a space in the middle",
        "sig_é" * 9,
    ],
)
def test_what_cannot_be_a_signing_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r"^QSTASH_NEXT_SIGNING_KEY: expected") as refused:
        check_signing_key("QSTASH_NEXT_SIGNING_KEY", key)
    assert not key.strip() or key == "sig_" or key not in str(refused.value)
    for current, following in ((key, NEXT_KEY), (CURRENT_KEY, key)):
        with pytest.raises(ValueError, match="expected a QStash signing key"):
            Receiver(current_key=current, next_key=following, url=URL)


# Verdicts

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
GIVE_UP = {**PLAIN, "Upstash-NonRetryable-Error": "true"}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("verdict", "status", "headers"),
    [
        (Done(text="hello"), 200, PLAIN),
        (Done(text="hello", cache="MISS", age=minutes(0)), 200, {**PLAIN, "X-Cache": "MISS", "Age": "0"}),
        (Done(text="hello", cache="HIT", age=minutes(1.499)), 200, {**PLAIN, "X-Cache": "HIT", "Age": "89"}),
        (Done(text="hello", cache="STALE", age=minutes(-1)), 200, {**PLAIN, "X-Cache": "STALE", "Age": "0"}),
        (Retry(after=minutes(0.51), reason="r"), 503, {**PLAIN, "Retry-After": "31"}),
        (Retry(after=minutes(1), reason="r", limited=True), 429, {**PLAIN, "Retry-After": "60"}),
        (Retry(after=minutes(1), reason="r", queued=True), 429, {**PLAIN, "Retry-After": "60"}),
        (Retry(after=minutes(0), reason="r"), 503, {**PLAIN, "Retry-After": "1"}),
        (Retry(after=minutes(5_000), reason="r"), 503, {**PLAIN, "Retry-After": "86400"}),
        (Drop(reason="r"), 489, GIVE_UP),
    ],
)
def test_verdicts_in_http(verdict: Verdict, status: int, headers: dict[str, str]) -> None:
    assert to_http(verdict)[:2] == (status, headers)


def test_the_answer_is_sent_as_utf_8_whatever_the_model_wrote() -> None:
    assert to_http(Done(text="Grüße 🌅"))[2] == "Grüße 🌅".encode()
    assert to_http(Done(text="half \ud800"))[2] == b"half ?"


@pytest.mark.parametrize("verdict", [Retry(after=minutes(1), reason="hunter2"), Drop(reason="hunter2")])
def test_a_reason_stays_in_the_log(verdict: Verdict) -> None:
    _, headers, body = to_http(verdict)
    assert "hunter2" not in f"{headers}{body!r}"
    assert body


# Bodies


class Stream:
    """A body that counts how much of it was taken."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.taken += len(chunk)
            yield chunk


async def test_a_body_up_to_the_limit_is_read_whole() -> None:
    assert await read_body(Stream(b"ab", b"", b"c"), length="3") == b"abc"
    assert await read_body(Stream(b"x" * BODY_LIMIT), length=None) == b"x" * BODY_LIMIT
    assert await read_body(Stream(), length="0") == b""


@pytest.mark.parametrize("length", [None, "2", "-1", "abc", "²"], ids=str)
async def test_a_large_body_is_not_read_to_its_end_whatever_its_length_says(length: str | None) -> None:
    stream = Stream(*[b"x" * 65_536] * 64)
    with pytest.raises(TooLarge):
        await read_body(stream, length=length)
    assert stream.taken <= BODY_LIMIT + 65_536


@pytest.mark.parametrize("length", [str(BODY_LIMIT + 1), "9" * 5_000], ids=["one too many", "endless"])
async def test_a_body_that_announces_itself_as_too_large_is_not_read_at_all(length: str) -> None:
    stream = Stream(b"x")
    with pytest.raises(TooLarge):
        await read_body(stream, length=length)
    assert stream.taken == 0


async def test_an_endless_upload_ends_at_the_limit() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await read_body(request.stream(), length=request.headers.get("content-length"))
        except TooLarge:
            await Response(status_code=413)(scope, receive, send)
        else:
            await Response(str(len(body)))(scope, receive, send)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    async with serve(app) as url, aiohttp.ClientSession() as session:
        async with session.post(url, data=b"x" * 100_000) as response:
            assert await response.text() == "100000"
        async with session.post(url, data=endless()) as response:
            assert response.status == 413
