"""Recordings and pictures by their first bytes; pure.

A name and a declared type prove nothing. The format that is found is the only one that is tried: left to
itself, FFmpeg would take a text for a playlist, and open what that names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Medium = Literal["recording", "picture"]

_HEAD: Final = 64
_PICTURE_BRANDS: Final = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"})
_RECORDINGS: Final = (
    (re.compile(rb"ID3"), "mp3"),
    (re.compile(rb"\xff[\xf1\xf9]"), "aac"),
    (re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfb]"), "mp3"),  # frames without a tag before them
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "wav"),
    (re.compile(rb"RF64....WAVE", re.DOTALL), "wav"),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), "avi"),
    (re.compile(rb"OggS"), "ogg"),
    (re.compile(rb"fLaC"), "flac"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "matroska"),
    (re.compile(rb"....(?:ftyp|moov|mdat|wide|free)", re.DOTALL), "mov"),
    (re.compile(rb"FORM....AIF[FC]", re.DOTALL), "aiff"),
    (re.compile(rb"#!AMR"), "amr"),
    (re.compile(rb"caff"), "caf"),
    (re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), "asf"),
)
_PICTURES: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP"),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF"),
)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """The medium, and its format by the name that its decoder has for it."""

    medium: Medium
    format: str


def signature_of(content: bytes) -> Signature | None:
    """The recording or picture that begins like this; None for everything else."""
    head = content[:_HEAD]
    for pattern, name in _PICTURES:
        if pattern.match(head):
            return Signature(medium="picture", format=name)
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
        return Signature(medium="picture", format="AVIF") if head[8:12] in (b"avif", b"avis") else None
    for pattern, name in _RECORDINGS:
        if pattern.match(head):
            return Signature(medium="recording", format=name)
    return None
