"""The log's lines: written together at the end of a turn, at once where that matters, and never lost."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from bot.server.logs import JsonFormatter, LineFormatter, TurnHandler

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Stream(StringIO):
    """Counts its writes."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def log(stream: Stream) -> Iterator[logging.Logger]:
    logger = logging.Logger("a log of its own", logging.INFO)
    handler = TurnHandler(stream, most=5)
    logger.addHandler(handler)
    yield logger
    handler.close()


async def test_the_lines_of_a_turn_are_written_together_and_in_order(
    log: logging.Logger, stream: Stream
) -> None:
    for number in range(3):
        log.info("line %d", number)
    assert stream.writes == 0
    await asyncio.sleep(0)
    assert (stream.getvalue(), stream.writes) == ("line 0\nline 1\nline 2\n", 1)
    log.info("line 3")
    await asyncio.sleep(0)
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(4)]


async def test_a_warning_is_written_at_once_with_all_that_came_before_it(
    log: logging.Logger, stream: Stream
) -> None:
    log.info("before")
    log.warning("look")
    assert stream.getvalue() == "before\nlook\n"
    log.info("after")
    await asyncio.sleep(0)
    assert stream.getvalue() == "before\nlook\nafter\n"


async def test_lines_that_wait_are_bounded_and_none_is_dropped(log: logging.Logger, stream: Stream) -> None:
    for number in range(12):
        log.info("line %d", number)
    assert stream.getvalue().count("\n") == 10
    await asyncio.sleep(0)
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(12)]


async def test_a_thread_without_a_loop_writes_at_once_and_behind_what_waits(
    log: logging.Logger, stream: Stream
) -> None:
    log.info("on the loop")
    thread = threading.Thread(target=log.info, args=("elsewhere",))
    thread.start()
    thread.join()
    assert stream.getvalue() == "on the loop\nelsewhere\n"


def test_without_a_loop_each_line_is_written_at_once(log: logging.Logger, stream: Stream) -> None:
    log.info("early")
    assert stream.getvalue() == "early\n"


def test_what_waits_when_a_loop_ends_is_written_when_the_log_is_closed(
    log: logging.Logger, stream: Stream
) -> None:
    loop = asyncio.new_event_loop()

    async def say() -> None:
        log.info("the last word")
        loop.stop()

    saying = loop.create_task(say())
    loop.run_forever()
    loop.close()
    assert saying.done()
    log.handlers[0].close()
    assert stream.getvalue() == "the last word\n"


async def test_a_line_that_cannot_be_worded_stops_no_other(
    log: logging.Logger, stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("%d", "no number")
    log.warning("the next")
    assert stream.getvalue() == "the next\n"
    assert "no number" in capsys.readouterr().err


async def test_a_stream_that_is_gone_ends_nothing(log: logging.Logger, stream: Stream) -> None:
    stream.close()
    log.warning("nobody hears it")


@pytest.mark.parametrize("moments", [(1_790_000_000.0, 1_790_000_000.999, 1_790_000_061.25, 1_790_000_000.5)])
def test_times_are_those_of_the_standard_form(moments: tuple[float, ...]) -> None:
    form = "%(asctime)s %(levelname)-7s %(message)s"
    ours, standard = LineFormatter(form), logging.Formatter(form)
    for moment in moments:
        record = logging.makeLogRecord({"msg": "x", "created": moment, "msecs": moment % 1 * 1000})
        assert ours.format(record) == standard.format(record)


# For machines


def json_of(template: str, *values: object, error: Exception | None = None) -> dict[str, Any]:
    info = None if error is None else (type(error), error, None)
    record = logging.LogRecord("bot.runs", logging.INFO, "", 0, template, values, info)
    record.created = 1_795_000_000.25
    told: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return told


def test_a_line_for_machines_has_each_value_under_its_name() -> None:
    assert json_of("announce.retry run=%s after=%.0fs: %s", "T1:kolu-tane", 12.5, "busy") == {
        "time": "2026-11-18T11:06:40.250+00:00",
        "level": "INFO",
        "logger": "bot.runs",
        "event": "announce.retry",
        "message": "announce.retry run=T1:kolu-tane after=12s: busy",
        "run": "T1:kolu-tane",
        "after": 12.5,
    }


@pytest.mark.parametrize(
    ("template", "values", "named"),
    [
        ("ready", (), {}),
        ("%s", ("a=b",), {}),
        (
            "stopped requests=%d cut_off=%d seconds=%.1f",
            (3, 0, 0.25),
            {"requests": 3, "cut_off": 0, "seconds": 0.25},
        ),
        ("full 100%% id=%s", ("x",), {"id": "x"}),
        ("slot.late level=%s at=%s", ("high", NOON), {"at": str(NOON)}),
        ("id=%(id)s", ({"id": 1},), {}),
    ],
)
def test_what_has_no_name_stands_in_the_words_alone(
    template: str, values: tuple[object, ...], named: dict[str, object]
) -> None:
    told = json_of(template, *values)
    own = ("time", "level", "logger", "event", "message")
    assert {name: value for name, value in told.items() if name not in own} == named
    assert told["level"] == "INFO"


def test_an_error_is_told_as_in_lines_for_people() -> None:
    told = json_of("run.failed id=%s", "x", error=ValueError("s3cret"))
    assert "ValueError" in told["error"]
    assert "s3cret" not in told["error"]
    assert told["id"] == "x"
