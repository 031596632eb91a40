"""WebVTT, as Slack gives the words of clips: https://www.w3.org/TR/webvtt1/; pure."""

from __future__ import annotations

import html
import re
from typing import Final

from bot.hearing.transcript import Heard, text_with_times

LARGEST_CAPTIONS: Final = 2_000_000
"""Bytes of a recording's captions."""

_TIMING: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{3})\s+-->")
_TAG: Final = re.compile(r"<[^<>\n]*>")


def read_captions(content: bytes) -> str:
    """The words with their times, as text; empty where it is no WebVTT."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if not text.startswith("WEBVTT"):
        return ""
    cues = (_read_cue(block.split("\n")) for block in re.split(r"\n{2,}", text))
    return text_with_times(Heard.of_lines(cue for cue in cues if cue is not None).lines)


def _read_cue(lines: list[str]) -> tuple[float, str] | None:
    for number, line in enumerate(lines[:2]):  # a name may stand before the times
        if found := _TIMING.match(line.strip()):
            hours, minutes, seconds, thousandths = (int(part or 0) for part in found.groups())
            words = html.unescape(_TAG.sub("", " ".join(lines[number + 1 :])))
            return hours * 3_600 + minutes * 60 + seconds + thousandths / 1_000, words
    return None
