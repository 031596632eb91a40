"""QStash out: the unmodified qstash client, with time-outs, a harmless second try, and our own errors.

Every message carries a deduplication id and every schedule its own id, so a repeat after a lost answer is
taken once. Nothing that a person typed goes into a header: those are ASCII, unsigned, and kept in logs.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, ParamSpec, Self, TypeAlias, TypeVar, cast

from scheduler.batch import LONGEST_WAIT, BatchSender
from scheduler.errors import (
    MalformedJob,
    NotFound,
    Unreachable,
)
from scheduler.job import Job
from scheduler.plan import Send
from scheduler.qstash.publish_errors import with_our_errors
from scheduler.qstash.qstash_package import (
    AsyncQStash,
    BatchRequest,
    PublishResponse,
    PublishUrlGroupResponse,
    parse_schedule_response,
    prepare_batch_message_body,
)
from scheduler.qstash.transport import open_answer, open_client, read_array
from scheduler.receive import CHECK, FAILED

P = ParamSpec("P")
T = TypeVar("T")
_Message: TypeAlias = dict[str, Any]
"""The arguments of the client's `publish`, which are also those of one message of a batch."""

_TRIES: Final = 2
_RETRY_DELAY: Final = "10000 * pow(6, retried)"
"""Milliseconds, `retried` counting from 0: 10 s, 1 min, 6 min. QStash's own steps are far too long for a
team that waits for nine o'clock. https://upstash.com/docs/qstash/features/retry"""
_SLOT_RETRIES: Final = 3
_ONE_OFF_RETRIES: Final = 2  # someone is waiting: rather say so after a minute
_POSTS: Final = frozenset({"post", "copy", "digest"})
"""The kinds of jobs that somebody waits for, so that they are tried once more when QStash has given up."""
_DELIVERY_TIMEOUT: Final = 180  # seconds; the receiver itself gives up after two minutes

# An empty id, or a dot, would turn "cancel this message" into "cancel all messages".
_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_PLAIN_URL: Final = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """One of our schedules as QStash has it; `next_run` is unknown while it is paused."""

    id: str
    cron: str
    paused: bool
    next_run: datetime | None
    destination: str
    created: datetime
    job: Job | None
    """The job that it delivers; None if that is not one of this version."""


class Publisher:
    """Sends jobs through QStash to `announce_url`; what QStash does not take raises a `PublishError`."""

    def __init__(
        self, client: AsyncQStash, announce_url: str, *, trace_of: Callable[[], str | None] = lambda: None
    ) -> None:
        self._client = client
        self._url = announce_url
        self._trace_of = trace_of
        self._sender = BatchSender[_Message](
            send_alone=self._send_alone,
            send_once_more=self._send_once_more,
            send_batch=self._send_batch,
        )

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        *,
        token: str,
        base_url: str | None = None,
        announce_url: str,
        timeout: timedelta = timedelta(seconds=5),  # noqa: ASYNC109 — of each later call, not of this one
        trace_of: Callable[[], str | None] = lambda: None,
    ) -> AsyncIterator[Self]:
        """A publisher whose every call ends within `timeout`, with both tries and the wait for a batch.

        What somebody asked for carries what `trace_of` tells, so that its run belongs to the same trace.
        """
        if not (token.isascii() and token.isprintable() and token.strip()):
            raise ValueError("token: expected printable ASCII characters")
        if not _PLAIN_URL.fullmatch(announce_url) or {"?", "#"} & set(announce_url):
            raise ValueError("announce_url: expected an http(s) address in ASCII without a query")
        try_timeout = (timeout - LONGEST_WAIT) / _TRIES
        async with open_client(token, base_url=base_url, try_timeout=try_timeout) as client:
            yield cls(client, announce_url, trace_of=trace_of)

    async def publish_job(self, job: Job, *, deduplication_id: str, at: datetime | None = None) -> str:
        """Have `job` delivered, not before `at`; the message's id. QStash forgets the deduplication id
        after ten minutes."""
        message = self._make_message(Send(job=job, deduplication_id=deduplication_id, at=at))
        return await self._sender.send(message, size=len(message["body"]))

    async def publish_jobs(self, sends: Sequence[Send]) -> list[str]:
        """As `publish_job` for several, in one request; the messages' ids.

        The error of one is raised after the others were sent.
        """
        if len(sends) == 1:
            (send,) = sends
            return [await self.publish_job(send.job, deduplication_id=send.deduplication_id, at=send.at)]
        messages = [self._make_message(send) for send in sends]
        return await self._sender.send_all([(message, len(message["body"])) for message in messages])

    def _make_message(self, send: Send) -> _Message:
        job = send.job
        if job.kind != "warm" and job.traceparent is None and (trace := self._trace_of()) is not None:
            job = replace(job, traceparent=trace)
        return {
            "url": self._url,
            "deduplication_id": _check_id(send.deduplication_id),
            "not_before": math.ceil(send.at.timestamp()) if send.at else None,
            "retries": _ONE_OFF_RETRIES if job.place is None or job.cron is None else _SLOT_RETRIES,
            **self._delivery_settings(job),
        }

    async def _send_alone(self, message: _Message) -> str:
        return _id_of(await self._call_twice(self._client.message.publish, **message))

    async def _send_once_more(self, message: _Message) -> str:
        return _id_of(await with_our_errors(self._client.message.publish(**message)))

    async def _send_batch(self, messages: Sequence[_Message]) -> list[str | None]:
        return await with_our_errors(self._request_batch(messages))

    async def _request_batch(self, messages: Sequence[_Message]) -> list[str | None]:
        """The client's own `batch` loses all ids where one message was not taken."""
        texts = [cast("BatchRequest", {**message, "body": message["body"].decode()}) for message in messages]
        answers = await self._client.http.request(
            path="/v2/batch",
            method="POST",
            headers={"Content-Type": "application/json"},
            body=prepare_batch_message_body(texts),
        )
        if not isinstance(answers, list) or len(answers) != len(messages):
            raise ValueError("expected an answer for each message of a batch")
        return [_read_id(answer) for answer in answers]

    async def ask_for_nothing(self) -> None:
        """Ask for a message that there is not: QStash answers, and takes our token. Raises `PublishError`."""
        try:
            await self._call_twice(self._client.message.get, "msg_none")
        except NotFound:
            return

    async def publish_check(self, body: bytes) -> None:
        """Send a message to ourselves that is no job, to see if it comes back."""
        await self._call_twice(
            self._client.message.publish,
            url=self._url + CHECK,
            body=body,
            content_type="text/plain",
            retries=_ONE_OFF_RETRIES,
            retry_delay=_RETRY_DELAY,
            label="precache",
        )

    async def put_schedule(self, job: Job, cron: str) -> str:
        """Create, or replace as a whole, the schedule `job.schedule`; `cron` may begin with CRON_TZ=."""
        if not (cron.isascii() and cron.isprintable()):
            raise ValueError("cron: expected printable ASCII characters")
        return await self._call_twice(
            self._client.schedule.create,
            destination=self._url,
            cron=cron,
            schedule_id=_check_id(job.schedule),
            retries=_SLOT_RETRIES,
            **self._delivery_settings(job),
        )

    async def schedule_pages(self) -> AsyncGenerator[list[Scheduled], None]:
        """The schedules that deliver to us, page by page; the account may have others."""
        async with AsyncExitStack() as stack:

            def open_list() -> Awaitable[AsyncIterator[bytes]]:
                return stack.enter_async_context(open_answer(self._client, "/v2/schedules"))

            pages = read_array(await self._call_twice(open_list))
            while (page := await with_our_errors(self._read_page(pages))) is not None:
                yield page

    async def _read_page(self, pages: AsyncIterator[list[Any]]) -> list[Scheduled] | None:
        if (page := await anext(pages, None)) is None:
            return None
        return [
            Scheduled(
                id=schedule.schedule_id,
                cron=schedule.cron,
                paused=schedule.paused,
                next_run=_from_milliseconds(schedule.next_schedule_time),
                destination=schedule.destination,
                created=_from_milliseconds(schedule.created_at) or datetime.fromtimestamp(0, UTC),
                job=_read_job(schedule.body),
            )
            for schedule in map(parse_schedule_response, page)
            if schedule.destination == self._url
        ]

    async def pause_schedule(self, schedule: str) -> None:
        """Stop the runs until `resume_schedule`; `NotFound` if there is no such schedule."""
        await self._call_twice(self._client.schedule.pause, _check_id(schedule))

    async def resume_schedule(self, schedule: str) -> None:
        """Start the runs again; those that were missed stay missed."""
        await self._call_twice(self._client.schedule.resume, _check_id(schedule))

    async def delete_schedule(self, schedule: str) -> None:
        """End the runs; fine if it is gone already."""
        try:
            await self._call_twice(self._client.schedule.delete, _check_id(schedule))
        except NotFound:
            return

    async def cancel_message(self, message: str) -> bool:
        """Take a message back; False if QStash no longer has it: delivered, or cancelled before."""
        try:
            await self._call_twice(self._client.message.cancel, _check_id(message))
        except NotFound:
            return False
        return True

    def _delivery_settings(self, job: Job) -> dict[str, Any]:
        return {
            "body": job.encode(),
            "content_type": "application/json",
            "retry_delay": _RETRY_DELAY,
            "timeout": _DELIVERY_TIMEOUT,
            # A lost warm-up costs nothing but speed, and each callback is a message that is paid for.
            "failure_callback": self._url + FAILED if job.kind in _POSTS else None,
            "label": _labels_of(job),
        }

    async def _call_twice(self, request: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer to `request`, which is made twice when the first answer did not come."""
        try:
            return await with_our_errors(request(*args, **kwargs))
        except Unreachable as exc:
            if exc.after is not None:
                raise
        return await with_our_errors(request(*args, **kwargs))


def _id_of(sent: PublishResponse | list[PublishUrlGroupResponse]) -> str:
    if not isinstance(sent, PublishResponse):
        raise Unreachable("expected one message id from QStash, got a list")
    return sent.message_id


def _read_id(answer: object) -> str | None:
    match answer:
        case {"messageId": str(message_id)}:
            return message_id
        case _:
            return None


def _check_id(name: str | None) -> str:
    if not name or not _ID.fullmatch(name):
        raise ValueError("id: expected letters, digits, - _ and . only, and at least one of them")
    return name


def _labels_of(job: Job) -> str:
    """Ours, and the place: by it QStash's logs can be searched, and the embedded one shares its lanes."""
    place = ".".join(filter(None, (job.team, job.channel))) if job.channel else ""
    return f"precache,{place}" if _ID.fullmatch(place) else "precache"


def _read_job(body: str | None) -> Job | None:
    try:
        return Job.decode((body or "").encode())
    except MalformedJob:
        return None


def _from_milliseconds(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
