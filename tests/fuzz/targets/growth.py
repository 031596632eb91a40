"""Twice the text takes about twice the time, whatever is repeated in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from bot.answers.cutting import cut_text
from bot.answers.judging.comparison import SHAPE
from bot.commands import parse_command
from bot.documents.feed import read_feed
from bot.documents.page import read_page
from bot.documents.plain_text import read_plain
from bot.documents.sniff import kind_of
from bot.fetch.header_lines import HeaderLines
from bot.fetch.meta_refresh import refresh_address
from bot.markdown import to_parts
from bot.model.wire import longest_told, refusal_in, spoken_text, without_fence
from bot.model.wire.completion import tidy_body
from bot.slack import words_of_message
from bot.sources import find_unread, links_in, plain_text
from scheduler import WhenError, read_timing
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

NOW: Final = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
_QUICK: Final = 0.5
"""Seconds of the processor that any of it may take, and by which a busy machine may be off."""
_TIMES: Final = 3.0
"""The time of twice the text, in times of the text: 2 where it is linear, 4 where it grows with the square."""


def _read_command(text: str) -> None:
    with contextlib.suppress(WhenError):
        parse_command(text[:4_900], now=NOW, zone="Europe/Berlin")


def _read_time(text: str) -> None:
    with contextlib.suppress(WhenError):
        read_timing(text[:1_000], now=NOW, zone="Europe/Berlin")


def _read_prompt(text: str) -> None:
    links_in(text)
    find_unread(text)


def _read_refusal(text: str) -> None:
    longest_told(text)
    refusal_in(400, text)


def _read_head(text: str) -> None:
    lines = HeaderLines()
    lines.take_bytes(text.encode())


READERS: Final[tuple[tuple[Callable[[str], Any], int], ...]] = (
    (_read_command, 4_800),
    (_read_time, 1_000),
    (_read_prompt, 8_000),
    (lambda text: to_parts(text), 20_000),
    (lambda text: read_page(text.encode(), "utf-8"), 40_000),
    (lambda text: read_page(f"<body>{text}".encode(), None), 40_000),
    (
        lambda text: read_feed(
            f"<rss version='2.0'><channel><item><title>{text}".encode(), charset=None, url=""
        ),
        40_000,
    ),
    (lambda text: read_plain(text.encode(), None), 100_000),
    (lambda text: kind_of(text.encode(), "text/html"), 100_000),
    (lambda text: plain_text(text, {}), 40_000),
    (lambda text: words_of_message({"text": text}), 40_000),
    (lambda text: without_fence(spoken_text(text)), 40_000),
    (SHAPE.find_object, 40_000),
    (lambda text: tidy_body(text.encode()), 40_000),
    (_read_refusal, 8_000),
    (lambda text: refresh_address(text.encode()), 32_000),
    (_read_head, 60_000),
    (lambda text: list(cut_text(text, room=500, overlap=50)), 100_000),
)
"""Each with half of the characters with which it is tried: as many as it is given, or enough to tell."""


def _time_taken(read: Callable[[str], Any], text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


@target(
    b"\x00\x00every day ",
    b"\x02\x04http<https://a.example|",
    *(bytes([place, 0]) + b"[a](" for place in (3, 4, 5)),
    *(bytes([place, 1]) + b"<<div " for place in (4, 6, 8, 15)),
    *(bytes([place, 0]) + b'{"a":[' for place in (12, 13)),
    b"\x0b\x00<think>",
    b"\x03\x00| a ",
    b"\x09\x00<@U1|",
    longest=60,
    guided=False,
)
def repeated_text(data: bytes) -> None:
    choices = Choices(data)
    read, size = choices.pick(READERS)
    start = choices.take_number(16)
    text = choices.take_rest().decode("utf-8", "replace")
    unit = text[start:] or "a"
    made = [text[:start] + unit * (much // len(unit)) for much in (size, 2 * size)]
    took = _time_taken(read, made[1])
    if took > _QUICK:  # else it does not matter how it grows
        before = min(_time_taken(read, made[0]) for _ in range(2))
        took = min(took, _time_taken(read, made[1]))
        assert took <= _TIMES * before + _QUICK, f"{before:.2f} s, and {took:.2f} s for twice the text"
