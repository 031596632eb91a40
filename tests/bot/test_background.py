"""Tasks that outlive their request: held, logged when they fail, and waited for at the end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.background import Background, Bundle, run_until_cancelled
from tests.waiting import wait_until


async def test_leaving_waits_for_what_is_under_way() -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        done.append("work")

    async with Background() as background:
        background.start_task(work(), name="work")
        asyncio.get_running_loop().call_later(0.01, go.set)
    assert done == ["work"]


async def test_leaving_waits_for_what_a_task_starts_as_its_last_act() -> None:
    done: list[str] = []

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        background.start_task(second(), name="second")

    async with Background() as background:
        background.start_task(first(), name="first")
    assert done == ["second"]


async def test_leaving_does_not_wait_for_what_the_next_start_goes_on_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    async with Background(patience=timedelta(days=1)) as background:
        background.start_task(work(), name="work", resumable=True)
        await asyncio.sleep(0)
    assert ended == ["work"]
    assert caplog.records == []


async def test_nothing_is_collected_while_it_waits() -> None:
    done: list[str] = []

    async def work() -> None:
        waiting = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, waiting.set_result, None)
        await waiting
        done.append("work")

    async with Background() as background:
        background.start_task(work(), name="work")
        await asyncio.sleep(0)
        gc.collect()
    assert done == ["work"]


async def test_what_does_not_end_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stubborn")

    async with Background(patience=timedelta(milliseconds=20)) as background:
        background.start_task(stubborn(), name="stubborn")
        await asyncio.sleep(0)
    assert ended == ["stubborn"]
    assert "background.cancelled name=stubborn" in caplog.text


async def test_one_that_fails_is_told_and_hurts_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def fails() -> None:
        raise LookupError("what went wrong")

    async def works() -> None:
        await asyncio.sleep(0)
        done.append("works")

    async with Background() as background:
        background.start_task(fails(), name="fails")
        background.start_task(works(), name="works")
    assert done == ["works"]
    assert "background.failed name=fails" in caplog.text
    assert "LookupError: what went wrong" in caplog.text


async def test_work_in_a_thread_ends_when_nobody_waits_for_it_any_more() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(is_over: Callable[[], bool]) -> None:
        begun.set()
        while not is_over():
            threading.Event().wait(0.001)
        ended.set()

    waiting = asyncio.create_task(run_until_cancelled(work))
    await wait_until(begun.is_set, "the thread")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await wait_until(ended.is_set, "the end of the thread")
    assert await run_until_cancelled(lambda is_over: not is_over())


async def test_a_bundle_is_done_once_all_that_was_begun_in_it_has_ended() -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def second() -> None:
        await go.wait()

    async def first() -> None:
        background.start_task(second(), name="second")

    async def after() -> None:
        done.append("after")

    def finish() -> None:
        done.append("done")
        background.start_task(after(), name="after")  # is no part of it

    async with Background() as background:
        with Bundle(finish).collect_tasks():
            background.start_task(first(), name="first")
        await wait_until(lambda: background.running == 1, "the first has ended")
        assert done == []
        go.set()
    assert done == ["done", "after"]


async def test_a_bundle_of_which_a_task_was_cut_off_is_not_done() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.Event().wait()

    async with Background(patience=timedelta(0)) as background:
        with Bundle(lambda: done.append("done")).collect_tasks():
            background.start_task(work(), name="work")
    assert (background.cut_off, done) == (1, [])
    with pytest.raises(asyncio.CancelledError), Bundle(lambda: done.append("done")).collect_tasks():
        raise asyncio.CancelledError
    assert done == []
    with Bundle(lambda: done.append("done")).collect_tasks():
        pass
    assert done == ["done"], "nothing was begun"
