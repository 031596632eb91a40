"""The process that decodes recordings and pictures, within the limits of the one that reads documents.

Run by `reader.py`. What is asked comes as the length of its description, that as JSON, and the content; what
comes back is one frame after the other: a length, JSON, and as many bytes as that says.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from bot.documents.child import limit_memory, limit_time, memory_used, offer_first, take_output
from bot.documents.media.decoding import cut_recording, scan_recording
from bot.documents.media.picture import Undecoded, shrink_picture
from bot.documents.media.recording import Unheard
from bot.documents.media.scanned import draw_pages

Frame = tuple[dict[str, Any], bytes]


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    memory, seconds, weary = map(int, sys.argv[1:])
    answers = take_output()
    offer_first()
    limit_memory(memory)
    while (head := sys.stdin.buffer.read(4)) and len(head) == 4:
        asked = json.loads(sys.stdin.buffer.read(*struct.unpack(">I", head)))
        content = sys.stdin.buffer.read(asked["size"])
        limit_time(seconds)
        for told, attached in _answer(content, asked, seconds):
            body = json.dumps({**told, "bytes": len(attached)}).encode()
            answers.write(struct.pack(">I", len(body)) + body + attached)
            answers.flush()
        del content
        body = json.dumps({"end": True, "last": memory_used() > weary, "bytes": 0}).encode()
        answers.write(struct.pack(">I", len(body)) + body)
        answers.flush()


def _answer(content: bytes, asked: dict[str, Any], seconds: int) -> Iterator[Frame]:
    try:
        match asked["do"]:
            case "shrink":
                yield from _shrink(content, asked)
            case "draw":
                yield from _draw(content, asked, seconds)
            case _:
                yield from _listen(content, asked, seconds)
    except MemoryError:
        yield {"problem": "too_large"}, b""
    except Exception:  # noqa: BLE001 — a decoder may raise anything at what a stranger made
        yield {"problem": "broken"}, b""


def _shrink(content: bytes, asked: dict[str, Any]) -> Iterator[Frame]:
    picture = shrink_picture(content, asked["format"], least_side=asked["least"])
    if isinstance(picture, Undecoded):
        yield {"problem": picture.problem}, b""
    else:
        yield {"moves": picture.moves}, picture.jpeg


def _draw(content: bytes, asked: dict[str, Any], seconds: int) -> Iterator[Frame]:
    for png in draw_pages(content, asked["pages"], ease=partial(limit_time, seconds)):
        yield {"drawn": png is not None}, png or b""


def _listen(content: bytes, asked: dict[str, Any], seconds: int) -> Iterator[Frame]:
    recording = scan_recording(content, asked["format"])
    if isinstance(recording, Unheard):
        yield {"problem": recording.problem}, b""
        return
    yield {"recording": recording.encode()}, b""
    limit_time(seconds)
    ease = partial(limit_time, seconds)
    for sound in cut_recording(content, asked["format"], recording, known=asked["known"], ease=ease):
        yield {"sound": sound.index}, sound.flac


if __name__ == "__main__":
    main()
