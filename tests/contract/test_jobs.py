"""docs/jobs.md says of the wire what the code reads."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

from bot.sources import KINDS, are_readable, decode_sources
from scheduler import Job

TEXT = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text()
FIRST_CELLS = re.findall(r"^\| (`[^|]+`) \|", TEXT, re.MULTILINE)


def test_every_field_of_a_job_is_documented_and_no_other() -> None:
    named = {name for cell in FIRST_CELLS for name in re.findall(r"`(\w+)`", cell)}
    assert named == {field.name for field in fields(Job)} - {"extra"} | {"v"}


def test_the_sources_that_are_documented_are_read_and_no_kind_is_missing() -> None:
    sources = [json.loads(cell.strip("`")) for cell in FIRST_CELLS if cell.startswith("`{")]
    assert are_readable(decode_sources(sources))
    assert {source["type"] for source in sources} == set(KINDS)
