"""The process that decodes recordings and pictures, within the limits of the one that reads documents.

Run by `reader.py`, with its limits as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.child_process import Ease, Frame, serve_within_limits
from bot.documents.media.decoding import cut_recording, scan_recording
from bot.documents.media.picture import Undecoded, shrink_picture
from bot.documents.media.recording import Unheard
from bot.documents.media.scanned import draw_pages


def _answer_asked(content: bytes, asked: dict[str, Any], ease: Ease) -> Iterator[Frame]:
    try:
        match asked["do"]:
            case "shrink":
                yield from _shrink_content(content, asked)
            case "draw":
                yield from _draw_asked(content, asked, ease)
            case _:
                yield from _listen_to(content, asked, ease)
    except MemoryError:
        yield {"problem": "too_large"}, b""
    except Exception:  # noqa: BLE001 — a decoder may raise anything at what a stranger made
        yield {"problem": "broken"}, b""


def _shrink_content(content: bytes, asked: dict[str, Any]) -> Iterator[Frame]:
    picture = shrink_picture(content, asked["format"], least_side=asked["least"])
    if isinstance(picture, Undecoded):
        yield {"problem": picture.problem}, b""
    else:
        yield {"moves": picture.moves}, picture.jpeg


def _draw_asked(content: bytes, asked: dict[str, Any], ease: Ease) -> Iterator[Frame]:
    for png in draw_pages(content, asked["pages"], ease=ease):
        yield {"drawn": png is not None}, png or b""


def _listen_to(content: bytes, asked: dict[str, Any], ease: Ease) -> Iterator[Frame]:
    recording = scan_recording(content, asked["format"])
    if isinstance(recording, Unheard):
        yield {"problem": recording.problem}, b""
        return
    yield {"recording": recording.encode()}, b""
    ease()
    for sound in cut_recording(content, asked["format"], recording, known=asked["known"], ease=ease):
        yield {"sound": sound.index}, sound.flac


if __name__ == "__main__":
    serve_within_limits(_answer_asked)
