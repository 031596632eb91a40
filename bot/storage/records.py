"""Versions of what Redis holds: one rule for every record, so that old ones stay readable.

A record is a JSON object that begins with its version, `{"v":2,…`; one that says none, or is no object, has
version 1. A decoder reads every version up to its own. A field that older code may leave out of account needs
no new version, for decoders pass over names that they do not know; any other change does.

A newer copy of Precache may have left a newer version behind. Records that can be made again, or that only
show something (answers in the cache, forms, pictures, the page of a Home, links, messages about progress, the
last post, reasons, lines of history), are then as good as not there: `read_if_known`. Records that nobody may
guess at (schedules, installations, what a run is about to post) are refused with `NewerRecord`: the work is
tried again, and a newer copy takes it up.

Counts, moments, ids and words that stand alone are no records: where their meaning changes, the name of their
key or field does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from bot.errors import NewerRecord

logger = logging.getLogger(__name__)

T = TypeVar("T")

_write_slowly: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder each time."""

VERSION_OF: Final = """
local function version_of(record) return tonumber(string.match(record, '^{"v":(%d+)') or '1') end
"""
"""For scripts: the version of a record, which need not be decoded for it."""


@dataclass(frozen=True, kw_only=True)
class RecordKind:
    """One kind of record, by its name in the log, and the version in which this code writes it."""

    name: str
    version: int

    def write_record(self, fields: Mapping[str, Any]) -> str:
        """The record as Redis gets it."""
        return _write_json({"v": self.version, **fields})

    def read_record(self, text: str) -> tuple[int, Any]:
        """The version and the fields; of a version 1 that is no object, the text. Raises `NewerRecord`."""
        if not text.startswith("{"):
            return 1, text
        fields = _read_json(text)
        version = int(fields.pop("v", 1))
        if version > self.version:
            raise NewerRecord(self.name, version=version)
        return version, fields


def _write_json(record: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(record).decode()
    except TypeError:  # a number of more than 64 bits, or half of a surrogate pair
        return _write_slowly(record)


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:  # what Python's own JSON has written, and orjson would not
        return json.loads(text)


def read_if_known(decode: Callable[[str], T], text: str) -> T | None:
    """The record that `decode` reads; None if its version is newer than this code."""
    try:
        return decode(text)
    except NewerRecord as exc:
        logger.warning("record.passed_over: %s", exc)
        return None
