"""The side that answers, until standard input ends: which it does however the one who asks ends."""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from bot.child_process.limits import limit_memory, limit_time, memory_used, offer_first

Frame = tuple[dict[str, Any], bytes]
"""What is told, as JSON has it, and bytes that go with it."""
Ease = Callable[[], None]
"""Allows as much time again, in the middle of an answer."""
Answer = Callable[[bytes, dict[str, Any]], Iterator[Frame]]


def serve_requests(answer: Answer, *, is_weary: Callable[[], bool] = lambda: False) -> None:
    """Answer until standard input ends; a process that `is_weary` says so in its last frame."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    answers = _take_output()
    while (head := sys.stdin.buffer.read(4)) and len(head) == 4:
        asked = json.loads(sys.stdin.buffer.read(*struct.unpack(">I", head)))
        content = sys.stdin.buffer.read(asked["size"])
        for told, attached in answer(content, asked):
            _send_frame(answers, told, attached)
        del content
        _send_frame(answers, {"end": True, "weary": is_weary()}, b"")


def serve_within_limits(answer: Callable[[bytes, dict[str, Any], Ease], Iterator[Frame]]) -> None:
    """Answer within the limits that were given as arguments: MB, seconds a request, MB that make it weary."""
    memory, seconds, weary = map(int, sys.argv[1:])
    offer_first()
    limit_memory(memory)
    ease = partial(limit_time, seconds)

    def answer_in_time(content: bytes, asked: dict[str, Any]) -> Iterator[Frame]:
        ease()
        yield from answer(content, asked, ease)

    serve_requests(answer_in_time, is_weary=lambda: memory_used() > weary)


def _take_output() -> BinaryIO:
    """Take standard output for answers alone: what a library prints there is none."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answers


def _send_frame(answers: BinaryIO, told: dict[str, Any], attached: bytes) -> None:
    body = json.dumps({**told, "bytes": len(attached)}).encode()
    answers.write(struct.pack(">I", len(body)) + body + attached)
    answers.flush()
