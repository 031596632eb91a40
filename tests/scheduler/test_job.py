"""The job and its bytes: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import MalformedJob
from scheduler.job import QUERY_LIMIT, Job
from scheduler.plan import run_of, slot_of

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
prompts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200).filter(str.strip)
moments = st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 — hypothesis adds the zone
seconds = st.timedeltas(timedelta(0), timedelta(days=366))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    run: dict[str, Any] = draw(
        st.just({})
        | st.fixed_dictionaries({"id": texts}, optional={"schedule": texts})
        | st.fixed_dictionaries({"schedule": texts, "cron": texts, "zone": texts})
    )
    sources = draw(
        st.lists(st.dictionaries(texts, json_values, max_size=2).map(lambda rest: {**rest, "type": "page"}))
    )
    channel = draw(st.none() | texts) if run else None
    return Job(
        query=draw(prompts),
        kind=draw(st.sampled_from(["post", "warm"])),
        team=draw(st.none() | texts),
        channel=channel,
        also=tuple(draw(st.lists(texts, max_size=3))) if channel else (),
        place=draw(st.none() | texts) if channel else None,
        ticket=draw(st.none() | texts),
        user=draw(st.none() | texts),
        thread=draw(st.none() | texts),
        model=draw(st.none() | texts),
        max_age=draw(st.none() | seconds),
        lead=draw(st.none() | seconds),
        at=draw(st.none() | moments),
        sources=tuple(sources),
        extra=draw(st.dictionaries(texts.map("x-{}".format), json_values, max_size=3)),
        **run,
    )


@given(jobs())
def test_a_job_survives_its_own_bytes(job: Job) -> None:
    assert Job.decode(job.encode()) == job


@given(st.dictionaries(st.sampled_from(["v", "query", "id", "max_age", "sources", "new"]), json_values))
def test_whatever_is_accepted_can_be_sent_on_unchanged(raw: dict[str, Any]) -> None:
    try:
        job = Job.decode(json.dumps(raw).encode())
    except MalformedJob:
        return
    assert Job.decode(job.encode()) == job


@given(st.binary(max_size=200))
def test_any_bytes_are_a_job_or_malformed(body: bytes) -> None:
    with suppress(MalformedJob):
        Job.decode(body)


def test_a_query_alone_is_a_job_that_posts_nowhere() -> None:
    job = Job.decode(b'{"query": "What is new?"}')
    assert job == Job(query="What is new?")
    assert job.channel is None
    assert job.kind == "post"


def test_a_run_by_hand_names_its_schedule_and_is_no_slot_of_it() -> None:
    job = Job(query="q", id="r-1", schedule="s-1", team="T1", channel="C1")
    assert slot_of(job, now=datetime(2026, 11, 22, 12, tzinfo=UTC)) is None
    assert run_of(job, slot=None) == "T1:r-1"


def test_the_bytes_are_the_documented_fields() -> None:
    job = Job(
        query="Überblick?",
        schedule="s-1",
        cron="0 9 * * 1-5",
        zone="Europe/Berlin",
        team="T1",
        channel="C1",
        kind="warm",
        lead=timedelta(minutes=5),
        max_age=timedelta(seconds=0.5),
    )
    assert json.loads(job.encode()) == {
        "v": 1,
        "query": "Überblick?",
        "team": "T1",
        "channel": "C1",
        "schedule": "s-1",
        "cron": "0 9 * * 1-5",
        "zone": "Europe/Berlin",
        "kind": "warm",
        "lead": 300,
        "max_age": 0.5,
    }
    assert "Überblick".encode() in job.encode()


def test_fields_of_a_newer_version_are_kept_and_sent_on() -> None:
    job = Job.decode(b'{"query": "q", "mood": {"calm": true}, "team": null}')
    assert job.extra == {"mood": {"calm": True}}
    assert json.loads(job.encode()) == {"v": 1, "query": "q", "mood": {"calm": True}}


MALFORMED = {
    "nothing": b"",
    "not JSON": b"query=hello",
    "not UTF-8": b'{"query": "caf\xe9"}',
    "UTF-16": '{"query": "hello"}'.encode("utf-16"),
    "an array": b'["query"]',
    "a string": b'"query"',
    "deep nesting": b'{"query": ' + b"[" * 100_000,
    "a number too long to read": b'{"query": "q", "x": ' + b"9" * 5_000 + b"}",
    "no query": b"{}",
    "query null": b'{"query": null}',
    "query a number": b'{"query": 1}',
    "query empty": b'{"query": ""}',
    "query blank": b'{"query": " \\n"}',
    "query too long": json.dumps({"query": "x" * (QUERY_LIMIT + 1)}).encode(),
    "an unknown version": b'{"v": 3, "query": "q"}',
    "a version as text": b'{"v": "1", "query": "q"}',
    "a version as truth": b'{"v": true, "query": "q"}',
    "an unknown kind": b'{"query": "q", "kind": "shout"}',
    "a kind that is a list": b'{"query": "q", "kind": ["post"]}',
    "a team that is a number": b'{"query": "q", "team": 7}',
    "an empty id": b'{"query": "q", "id": ""}',
    "max_age as text": b'{"query": "q", "max_age": "60"}',
    "max_age as truth": b'{"query": "q", "max_age": true}',
    "max_age negative": b'{"query": "q", "max_age": -1}',
    "max_age over a year": b'{"query": "q", "max_age": 31622401}',
    "max_age not a number": b'{"query": "q", "max_age": NaN}',
    "max_age infinite": b'{"query": "q", "max_age": Infinity}',
    "max_age astronomic": b'{"query": "q", "max_age": 1e300}',
    "max_age with four hundred digits": b'{"query": "q", "max_age": 1' + b"0" * 400 + b"}",
    "a moment in words": b'{"query": "q", "at": "tomorrow"}',
    "a moment as truth": b'{"query": "q", "at": true}',
    "a moment in fractions": b'{"query": "q", "at": 1.5}',
    "a moment beyond the calendar": b'{"query": "q", "at": 1' + b"0" * 30 + b"}",
    "sources not a list": b'{"query": "q", "sources": {"type": "page"}}',
    "a source that is text": b'{"query": "q", "sources": ["page"]}',
    "a source without a type": b'{"query": "q", "sources": [{}]}',
    "id and a slot": b'{"query": "q", "id": "1", "schedule": "s", "cron": "* * * * *", "zone": "UTC"}',
    "schedule without zone": b'{"query": "q", "schedule": "s", "cron": "* * * * *"}',
    "channel without a run": b'{"query": "q", "channel": "C1"}',
    "half a surrogate pair in the query": b'{"query": "\\ud800"}',
    "half a surrogate pair in the team": b'{"query": "q", "team": "\\udfff"}',
    "half a surrogate pair in a source": b'{"query": "q", "sources": [{"type": "page", "url": "\\ud800"}]}',
    "half a surrogate pair in an unknown field": b'{"query": "q", "new": "\\ud800"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJob):
        Job.decode(body)


@pytest.mark.parametrize("field", ["query", "team", "kind", "max_age", "v", "sources"])
def test_the_complaint_names_the_field_and_not_its_content(field: str) -> None:
    with pytest.raises(MalformedJob) as caught:
        Job.decode(json.dumps({"query": "q", field: {"secret": "hunter2"}}).encode())
    assert field in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_job_that_could_not_be_sent_cannot_be_made() -> None:
    with pytest.raises(MalformedJob, match="surrogate"):
        Job(query="\ud83d")
    with pytest.raises(MalformedJob, match="team"):
        Job(query="q", team="")
    with pytest.raises(MalformedJob, match="lead"):
        Job(query="q", lead=timedelta(seconds=-1))
