"""Messages that are sent at the same time share requests: the first goes at once, alone.

What comes while a request is on its way goes together in the next one, which starts when that one is over,
and after `LONGEST_WAIT` at the latest, so that a stalled request holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

from scheduler.errors import DailyLimit, PublishError, Unreachable

M = TypeVar("M")

LONGEST_WAIT: Final = timedelta(milliseconds=50)
_MOST_MESSAGES: Final = 50
_MOST_BYTES: Final = (
    256 * 1024
)  # of bodies; as JSON three times as many at most, and QStash's least limit is 1 MB


@dataclass(frozen=True, kw_only=True)
class _Waiting(Generic[M]):
    """A message whose sender waits for its id."""

    message: M
    size: int
    answer: asyncio.Future[str]

    def answer_with(self, said: str | BaseException) -> None:
        """Tell the sender, unless it waits no more."""
        if self.answer.done():
            return
        if isinstance(said, str):
            self.answer.set_result(said)
        elif isinstance(said, asyncio.CancelledError):
            self.answer.cancel()
        else:
            self.answer.set_exception(said)


@dataclass(kw_only=True)
class BatchSender(Generic[M]):
    """Sends messages, each of which gets its own id or its own error.

    A message is tried twice at most: one that its batch did not take, or whose batch got no answer, is sent
    once more, alone. A sender that is cancelled takes back only its own message, if that still waits.
    """

    send_alone: Callable[[M], Awaitable[str]]
    """Two tries."""
    send_once_more: Callable[[M], Awaitable[str]]
    """One try."""
    send_batch: Callable[[Sequence[M]], Awaitable[Sequence[str | None]]]
    """One try; None for a message that was not taken."""

    _waiting: list[_Waiting[M]] = field(default_factory=list)
    _under_way: int = 0
    _timer: asyncio.TimerHandle | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, message: M, *, size: int) -> str:
        """Send a message with a body of `size` bytes; its id."""
        if self._under_way:
            return await self._wait_for_next(message, size)
        self._under_way += 1
        try:
            return await self.send_alone(message)
        finally:
            self._finish_request()

    def _wait_for_next(self, message: M, size: int) -> asyncio.Future[str]:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(message=message, size=size, answer=loop.create_future())
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
        for batch in _batches_of(waiting):
            self._under_way += 1
            task = asyncio.create_task(self._settle_batch(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _settle_batch(self, batch: Sequence[_Waiting[M]]) -> None:
        try:
            if len(batch) == 1:
                await _settle_one(batch[0], self.send_alone)
            else:
                await self._settle_each(batch)
        except BaseException as exc:
            for waiting in batch:
                waiting.answer_with(exc)
            if not isinstance(exc, Exception):
                raise
        finally:
            self._finish_request()

    async def _settle_each(self, batch: Sequence[_Waiting[M]]) -> None:
        again = []
        for waiting, message_id in zip(batch, await self._try_batch(batch), strict=True):
            if message_id is None:
                again.append(_settle_one(waiting, self.send_once_more))
            else:
                waiting.answer_with(message_id)
        await asyncio.gather(*again)

    async def _try_batch(self, batch: Sequence[_Waiting[M]]) -> Sequence[str | None]:
        try:
            return await self.send_batch([waiting.message for waiting in batch])
        except PublishError as exc:
            if isinstance(exc, DailyLimit) or (isinstance(exc, Unreachable) and exc.after is not None):
                raise  # a second try would only be told the same
            return [None] * len(batch)


async def _settle_one(waiting: _Waiting[M], send: Callable[[M], Awaitable[str]]) -> None:
    if waiting.answer.done():
        return
    try:
        waiting.answer_with(await send(waiting.message))
    except Exception as exc:  # noqa: BLE001 — the sender raises it
        waiting.answer_with(exc)


def _batches_of(waiting: Sequence[_Waiting[M]]) -> Iterator[list[_Waiting[M]]]:
    batch: list[_Waiting[M]] = []
    size = 0
    for one in waiting:
        if batch and (len(batch) == _MOST_MESSAGES or size + one.size > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch
