"""Errors in the log: their places and kinds, and their words only where they are ours."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import Iterator
from io import StringIO

import pytest

from bot.errors import SlackUnavailable
from bot.server.logs import (
    LineFormatter,
    TurnHandler,
    describe_error,
    describe_traceback,
    shorten_errors,
)
from scheduler import TimeFault, WhenError

SECRET = "0a1b-only-we-know"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All that is logged, as an operator reads it."""
    stream = StringIO()
    handler = TurnHandler(stream)
    handler.setFormatter(LineFormatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    shorten_errors()
    yield stream
    logging.getLogger().removeHandler(handler)


def test_an_error_of_others_is_told_without_its_words_and_ours_with_them() -> None:
    def fail() -> None:
        try:
            int(SECRET)
        except ValueError as exc:
            raise SlackUnavailable("no connection to Slack") from exc

    with pytest.raises(SlackUnavailable) as failed:
        fail()
    told = describe_error(failed.value)
    assert SECRET not in told
    first, _, second = told.partition("\n\nThen\n\n")
    assert first.splitlines()[-1] == "ValueError"
    assert "int(SECRET)" in first, "its place in the code"
    assert second.splitlines()[-1] == "bot.errors.SlackUnavailable: no connection to Slack"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, SECRET), "OSError: No space left on device"),
        (FileNotFoundError(2, "No such file", SECRET), "FileNotFoundError: No such file or directory"),
        (OSError(SECRET), "OSError"),
        (KeyError(SECRET), "KeyError"),
        (WhenError(TimeFault.UNREADABLE, said=SECRET), "scheduler.errors.WhenError"),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET), "UnicodeDecodeError"),
    ],
)
def test_of_an_error_of_the_system_its_number_is_told_in_words(error: Exception, told: str) -> None:
    assert describe_error(error).splitlines()[-1] == told


def test_each_error_of_a_group_is_told_and_an_endless_chain_is_cut() -> None:
    within = ValueError(SECRET)
    told = describe_error(ExceptionGroup(SECRET, [within]))
    assert told.splitlines()[-1] == "ValueError"
    assert SECRET not in told
    error = KeyError(SECRET)
    error.__context__ = other = KeyError(SECRET)
    other.__context__ = error
    assert describe_error(error).count("KeyError") == 10


def test_a_traceback_that_was_written_already_loses_its_messages() -> None:
    told = describe_traceback(
        f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    go()\n'
        f"redis.exceptions.DataError: {SECRET}\n{SECRET}\n\nDuring handling of the above exception, "
        f"another exception occurred:\n\nKeyError: '{SECRET}'\nAssertionError"
    )
    assert told.splitlines() == [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "    go()",
        "redis.exceptions.DataError",
        "During handling of the above exception, another exception occurred:",
        "KeyError",
        "AssertionError",
    ]


def test_the_log_writes_errors_so(log: StringIO) -> None:
    logging.getLogger("somebody").error("it failed", exc_info=ValueError(SECRET))
    assert log.getvalue().startswith("somebody it failed\nTraceback (most recent call last):\n")
    assert log.getvalue().endswith("\nValueError\n")


def test_a_start_that_fails_without_a_sentence_of_ours_says_where(log: StringIO) -> None:
    said = {
        "name": "uvicorn.error",
        "levelno": logging.ERROR,
        "msg": f"Traceback (most recent call last):\nValueError: {SECRET}",
    }
    logging.getLogger("uvicorn.error").handle(logging.makeLogRecord(said))  # whatever its level is now
    assert log.getvalue() == "uvicorn.error Traceback (most recent call last):\nValueError\n"


async def test_a_task_whose_error_nobody_hears_is_told_without_it(log: StringIO) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    task = asyncio.create_task(fail(), name=SECRET)
    await asyncio.wait([task])
    del task
    gc.collect()
    assert log.getvalue().startswith("asyncio Task exception was never retrieved\nTraceback")
    assert SECRET not in log.getvalue()


def test_a_warning_of_python_is_told_by_its_place_and_kind(log: StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        try:
            warnings.warn(SECRET, UserWarning, stacklevel=1)
        finally:
            logging.captureWarnings(capture=False)
    line = log.getvalue()
    assert line.startswith("py.warnings ")
    assert line.endswith(": UserWarning\n")
