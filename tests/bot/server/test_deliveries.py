"""The door of deliveries: the requests that it takes, and how bodies are read and verdicts answered; pure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from bot.server.deliveries import DeliveryDoor, DeliveryEndpoint, DeliveryState
from bot.server.intake.bodies import AbortedBodies, BodyLimit, receive_body
from bot.server.intake.closing import Closing
from bot.server.intake.seldom import Seldom
from bot.stats import Metrics
from scheduler import BODY_LIMIT, Done, Drop, MalformedJob, Retry, TooLarge, Unsigned, Verdict


def piece(body: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


def messages(*told: Message) -> Receive:
    waiting = iter(told)

    async def receive() -> Message:
        return next(waiting)

    return receive


@pytest.mark.parametrize(
    ("told", "body"),
    [
        ([piece(b"ab")], b"ab"),
        ([piece()], b""),
        ([{"type": "http.request"}], b""),
        ([piece(b"a", more=True), piece(b"", more=True), piece(b"b")], b"ab"),
        ([piece(b"a", more=True), piece()], b"a"),
        ([piece(b"x" * BODY_LIMIT)], b"x" * BODY_LIMIT),
    ],
)
async def test_a_body_is_read_whole_in_however_many_pieces_it_comes(told: list[Message], body: bytes) -> None:
    assert await receive_body(messages(*told), length=None) == body


@pytest.mark.parametrize(
    ("told", "length", "error"),
    [
        ([GONE], None, ClientDisconnect),
        ([piece(b"a", more=True), GONE], "100", ClientDisconnect),
        ([piece(b"x" * (BODY_LIMIT + 1))], None, TooLarge),
        ([piece(b"x" * BODY_LIMIT, more=True), piece(b"x")], "2", TooLarge),
        ([], str(BODY_LIMIT + 1), TooLarge),
        ([], "9" * 5_000, TooLarge),
    ],
)
async def test_a_body_that_breaks_off_or_is_too_large_is_none(
    told: list[Message], length: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await receive_body(messages(*told), length=length)


@pytest.mark.parametrize("prefix", ["", "/bots/precache"])
@pytest.mark.parametrize(
    ("kind", "method", "path", "is_taken"),
    [
        ("http", "POST", "/api/announce", True),
        ("http", "POST", "{prefix}/api/announce", True),
        ("http", "POST", "/api/announce/", False),
        ("http", "POST", "/api/announce\n", False),
        ("http", "POST", "/API/announce", False),
        ("http", "POST", "/other/api/announce", False),
        ("http", "POST", "/api/announce/failed", False),
        ("http", "GET", "/api/announce", False),
        ("http", "HEAD", "/api/announce", False),
        ("http", "post", "/api/announce", False),
        ("http", "POST", "/slack/events", False),
        ("websocket", None, "/api/announce", False),
        ("lifespan", None, None, False),
    ],
)
async def test_only_a_post_to_the_address_of_jobs_is_taken_and_all_else_is_handed_on(
    prefix: str, kind: str, method: str | None, path: str | None, is_taken: bool
) -> None:
    handed_on: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        handed_on.append(scope["type"])

    scope: dict[str, Any] = {"type": kind, "headers": [], "state": state()}
    if path is not None:
        scope["path"] = path.format(prefix=prefix)
    if method is not None:
        scope["method"] = method
    with suppress(ClientDisconnect):
        await DeliveryDoor(app, prefix=prefix)(scope, messages(GONE), _send_nothing)
    assert handed_on == ([] if is_taken else [kind])


async def _send_nothing(message: Message) -> None:
    raise AssertionError("nobody is there to be answered")


def state(metrics: Metrics | None = None) -> DeliveryState:
    parts: Any = {"metrics": metrics or Metrics(), "seldom": Seldom(), "closing": Closing()}
    state: DeliveryState = parts
    return state


class Sent(list[Message]):
    """The answer to one request."""

    async def take(self, message: Message) -> None:
        self.append(message)

    @property
    def answer(self) -> tuple[int, dict[str, str], bytes]:
        start, body = self
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, body["body"]


async def deliver(
    outcome: Verdict | Exception, *, headers: Iterable[tuple[bytes, bytes]] = ()
) -> tuple[Sent, dict[str, str], str]:
    """The answer where that comes of a delivery, the headers it was opened with, and the metrics."""
    seen: dict[str, str] = {}

    async def open_and_do(_: DeliveryState, headers: Any, body: bytes) -> Verdict:
        seen.update(headers)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    sent, metrics = Sent(), Metrics()
    scope = {"type": "http", "headers": list(headers), "state": state(metrics)}
    await DeliveryEndpoint(open_and_do)(scope, messages(piece(b"{}")), sent.take)
    return sent, seen, metrics.render_page().decode()


@pytest.mark.parametrize(
    ("outcome", "status", "told", "body", "counted"),
    [
        (
            Done(text="Ja, schön", cache="HIT", age=timedelta(seconds=7)),
            200,
            {"x-cache": "HIT", "age": "7"},
            "Ja, schön".encode(),
            "done",
        ),
        (Done(text=""), 200, {}, b"", "done"),
        (Done(text="half \ud83d"), 200, {}, b"half ?", "done"),
        (Retry(after=timedelta(seconds=9), reason="x"), 503, {"retry-after": "9"}, None, "retry"),
        (Retry(after=timedelta(0), reason="x", limited=True), 429, {"retry-after": "1"}, None, "limited"),
        (Drop(reason="x"), 489, {"upstash-nonretryable-error": "true"}, None, "drop"),
        (Unsigned("key"), 401, {}, b"not signed by our QStash\n", "unsigned"),
        (MalformedJob("x"), 489, {"upstash-nonretryable-error": "true"}, None, "drop"),
    ],
)
async def test_each_outcome_has_its_status_its_headers_and_its_count(
    outcome: Verdict | Exception, status: int, told: dict[str, str], body: bytes | None, counted: str
) -> None:
    sent, _, metrics = await deliver(outcome)
    answered, headers, content = sent.answer
    usual = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(content))}
    assert (answered, headers) == (status, usual | told)
    assert body is None or content == body
    assert f'precache_deliveries_total{{verdict="{counted}"}} 1.0' in metrics


async def test_of_two_headers_with_one_name_the_first_counts_and_none_is_too_odd_to_read() -> None:
    headers = [(b"upstash-signature", b"one"), (b"upstash-signature", b"two"), (b"x-odd", b"\xff\x00")]
    _, seen, _ = await deliver(Done(text=""), headers=headers)
    assert seen == {"upstash-signature": "one", "x-odd": "\xff\x00"}


async def test_who_goes_away_before_the_body_is_there_gets_no_answer_one_line_and_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def never(*_: object) -> Verdict:
        raise AssertionError("it was not read")

    metrics = Metrics()
    scope = {"type": "http", "headers": [], "state": state(metrics)}
    told = messages(piece(b"{", more=True), GONE)
    await AbortedBodies(DeliveryEndpoint(never))(scope, told, _send_nothing)
    assert [record.getMessage() for record in caplog.records] == ["request.aborted"]
    assert 'precache_deliveries_total{verdict="unread"} 1.0' in metrics.render_page().decode()


async def test_an_end_of_the_process_is_no_answer() -> None:
    """A cancellation goes through: a request that is cut off is not answered as if it were done."""

    async def cancelled(*_: object) -> Verdict:
        raise asyncio.CancelledError

    scope = {"type": "http", "headers": [], "state": state()}
    with pytest.raises(asyncio.CancelledError):
        await DeliveryEndpoint(cancelled)(scope, messages(piece()), _send_nothing)


async def test_at_the_end_of_the_process_runs_in_hand_are_answered_and_new_ones_are_put_off() -> None:
    parts, may_end = state(), asyncio.Event()
    begun: list[asyncio.Event] = [asyncio.Event(), asyncio.Event()]

    async def work(_: DeliveryState, headers: Any, body: bytes) -> Verdict:
        begun[int(body)].set()
        await (may_end if body == b"0" else asyncio.Event()).wait()
        return Done(text="whole")

    async def send_job(body: bytes) -> Sent:
        sent = Sent()
        scope = {"type": "http", "headers": [], "state": parts}
        await DeliveryEndpoint(work)(scope, messages(piece(body)), sent.take)
        return sent

    closing = parts["closing"]
    async with asyncio.TaskGroup() as group:
        quick, endless = group.create_task(send_job(b"0")), group.create_task(send_job(b"1"))
        for event in begun:
            await event.wait()
        closing.begin()
        late = await send_job(b"0")
        may_end.set()
        await quick
        await closing.finish(timedelta(0))
    assert (quick.result().answer[0], quick.result().answer[2]) == (200, b"whole")
    for put_off in (late, endless.result()):
        status, headers, _ = put_off.answer
        assert (status, headers["retry-after"], headers["connection"]) == (503, "5", "close")
    assert closing.cut_off == 1


@pytest.mark.parametrize(
    ("told", "length", "status"),
    [
        ([piece(b"x" * 10)], b"10", 200),
        ([piece(b"x" * 6, more=True), piece(b"x" * 4)], None, 200),
        ([], b"11", 413),
        ([], b"9" * 5_000, 413),
        ([piece(b"x" * 6, more=True), piece(b"x" * 5, more=True)], None, 413),
        ([piece(b"x" * 11)], b"2", 413),
    ],
)
async def test_a_larger_body_than_a_limit_is_not_read_to_its_end(
    told: list[Message], length: bytes | None, status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = Sent()
    scope = {"type": "http", "headers": [] if length is None else [(b"content-length", length)]}
    await BodyLimit(app, most=10)(scope, messages(*told), sent.take)
    assert sent.answer[0] == status
