"""Messages that are sent at the same time share requests: the first goes at once, alone.

What comes while a request is on its way goes together in the next one, which starts when that one is over,
and after `LONGEST_WAIT` at the latest, so that a stalled request holds nobody up. So do messages to QStash,
through `BatchSender`, and commands to Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

from scheduler.errors import DailyLimit, PublishError, Unreachable

M = TypeVar("M")
R = TypeVar("R")

LONGEST_WAIT: Final = timedelta(milliseconds=50)
_MOST_MESSAGES: Final = 50
_MOST_BYTES: Final = (
    256 * 1024
)  # of bodies; as JSON three times as many at most, and the least limit of those that take them is 1 MB


@dataclass(frozen=True, kw_only=True)
class Waiting(Generic[M, R]):
    """A message whose sender waits for its answer."""

    message: M
    size: int
    answer: asyncio.Future[R]

    def answer_with(self, said: R | BaseException) -> None:
        """Tell the sender, unless it waits no more."""
        if self.answer.done():
            return
        if isinstance(said, asyncio.CancelledError):
            self.answer.cancel()
        elif isinstance(said, BaseException):
            self.answer.set_exception(said)
        else:
            self.answer.set_result(said)

    async def settle_with(self, send: Callable[[M], Awaitable[R]]) -> None:
        """Send it, unless its sender waits no more, and tell what came of it."""
        if self.answer.done():
            return
        try:
            self.answer_with(await send(self.message))
        except Exception as exc:  # noqa: BLE001 — the sender raises it
            self.answer_with(exc)


@dataclass(kw_only=True)
class SharedRequests(Generic[M, R]):
    """Sends messages, each of which gets its own answer or its own error.

    A sender that is cancelled takes back only its own message, if that still waits.
    """

    send_alone: Callable[[M], Awaitable[R]]
    send_together: Callable[[Sequence[Waiting[M, R]]], Awaitable[None]]
    """Sends several and answers each; its error is that of all that have no answer yet."""

    _waiting: list[Waiting[M, R]] = field(default_factory=list)
    _under_way: int = 0
    _timer: asyncio.TimerHandle | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, message: M, *, size: int) -> R:
        """Send a message with a body of `size` bytes; what it is answered."""
        if self._under_way:
            return await self._wait_for_next(message, size)
        self._under_way += 1
        try:
            return await self.send_alone(message)
        finally:
            self._finish_request()

    async def send_all(self, messages: Sequence[tuple[M, int]]) -> list[R]:
        """Send several in one request, or in as many as their bodies take; each comes with its size in bytes.

        Raises the error of the first that has one, after the others have had their answers.
        """
        loop = asyncio.get_running_loop()
        waiting = [
            Waiting[M, R](message=message, size=size, answer=loop.create_future())
            for message, size in messages
        ]
        self._start_batches(waiting)
        answers = await asyncio.gather(*(one.answer for one in waiting), return_exceptions=True)
        found = list[R]()
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            found.append(answer)
        return found

    def _wait_for_next(self, message: M, size: int) -> asyncio.Future[R]:
        loop = asyncio.get_running_loop()
        waiting: Waiting[M, R] = Waiting(message=message, size=size, answer=loop.create_future())
        self._waiting.append(waiting)
        if self._timer is None:
            self._timer = loop.call_later(LONGEST_WAIT.total_seconds(), self._send_waiting)
        return waiting.answer

    def _finish_request(self) -> None:
        self._under_way -= 1
        self._send_waiting()

    def _send_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = [one for one in self._waiting if not one.answer.done()], []
        self._start_batches(waiting)

    def _start_batches(self, waiting: Sequence[Waiting[M, R]]) -> None:
        for batch in _batches_of(waiting):
            self._under_way += 1
            task = asyncio.create_task(self._settle_batch(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _settle_batch(self, batch: Sequence[Waiting[M, R]]) -> None:
        try:
            if len(batch) == 1:
                await batch[0].settle_with(self.send_alone)
            else:
                await self.send_together(batch)
        except BaseException as exc:
            for waiting in batch:
                waiting.answer_with(exc)
            if not isinstance(exc, Exception):
                raise
        finally:
            self._finish_request()


def _batches_of(waiting: Sequence[Waiting[M, R]]) -> Iterator[list[Waiting[M, R]]]:
    batch: list[Waiting[M, R]] = []
    size = 0
    for one in waiting:
        if batch and (len(batch) == _MOST_MESSAGES or size + one.size > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


@dataclass(kw_only=True)
class BatchSender(Generic[M]):
    """Publishes messages, each of which gets its own id or its own error; each is tried twice at most.

    One that its batch did not take, or whose batch got no answer, is sent once more, alone.
    """

    send_alone: Callable[[M], Awaitable[str]]
    """Two tries."""
    send_once_more: Callable[[M], Awaitable[str]]
    """One try."""
    send_batch: Callable[[Sequence[M]], Awaitable[Sequence[str | None]]]
    """One try; None for a message that was not taken."""

    _requests: SharedRequests[M, str] = field(init=False)

    def __post_init__(self) -> None:
        self._requests = SharedRequests(send_alone=self.send_alone, send_together=self._settle_each)

    async def send(self, message: M, *, size: int) -> str:
        """Send a message with a body of `size` bytes; its id."""
        return await self._requests.send(message, size=size)

    async def send_all(self, messages: Sequence[tuple[M, int]]) -> list[str]:
        """Send several together; their ids. Raises as `SharedRequests.send_all`."""
        return await self._requests.send_all(messages)

    async def _settle_each(self, batch: Sequence[Waiting[M, str]]) -> None:
        again = []
        for waiting, message_id in zip(batch, await self._try_batch(batch), strict=True):
            if message_id is None:
                again.append(waiting.settle_with(self.send_once_more))
            else:
                waiting.answer_with(message_id)
        await asyncio.gather(*again)

    async def _try_batch(self, batch: Sequence[Waiting[M, str]]) -> Sequence[str | None]:
        try:
            return await self.send_batch([waiting.message for waiting in batch])
        except PublishError as exc:
            if isinstance(exc, DailyLimit) or (isinstance(exc, Unreachable) and exc.after is not None):
                raise  # a second try would only be told the same
            return [None] * len(batch)
