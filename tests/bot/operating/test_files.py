"""Schedules written to a file and read back; what a file must not say; and what it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.operating import Change, FiledTeam, FileFault, Names, find_changes, read_file, rename_ids, write_file
from bot.readers import Consent
from bot.schedules import Review, Skip
from bot.schedules.schedule import Place, Schedule
from bot.sources import Channel, ChannelMembers, Link
from scheduler import Closures, Cron, Once, Timing, load_calendars, upcoming_runs

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WEEKLY = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="What is new?\nIn two lines.",
    zone="Europe/Berlin",
    cron="0 9 * * 1",
    name="Weekly report",
    created=NOW,
    state="active",
)

load_calendars()

names = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=20).map(
    lambda name: f"n{name}n"
)
prompts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=200
).map(lambda prompt: f"q{prompt}q")
timings = st.one_of(
    st.builds(
        Timing,
        when=st.sampled_from(["0 9 * * *", "*/15 8-17 * * 1-5", "30 6 1 * *", "0 0 29 2 *"]).map(
            lambda cron: Cron.parse(cron, zone="America/St_Johns")
        ),
        until=st.sampled_from([None, datetime(2030, 1, 2, 3, 4, tzinfo=UTC)]),
        holidays=st.sampled_from([None, "DE", "DE-BY"]),
        first_day=st.sampled_from([None, date(2027, 1, 4)]),
    ),
    st.builds(
        Timing,
        when=st.just(Cron.parse("0 9 * * 5", zone="Europe/Berlin")),
        first_day=st.just(date(2027, 1, 1)),
        step=st.integers(2, 5),
    ),
    st.builds(
        Timing,
        when=st.just(Cron.parse("0 9 * * 5", zone="UTC")),
        nth=st.sampled_from([1, 2, -1]),
    ),
    st.builds(
        Timing,
        when=st.builds(Once, at=st.just(NOW + timedelta(days=3)), zone=st.just("Asia/Kathmandu")),
    ),
)
schedules = st.builds(
    lambda base, timing: base.at_time(timing),
    st.builds(
        replace,
        st.just(WEEKLY),
        name=st.none() | names,
        query=prompts,
        mentions=st.sampled_from([(), ("U1", "S1", "here")]),
        sources=st.sampled_from(
            [(), (Link(url="https://example.com/a?b=c#d"), Channel(channel="C0123456789"))]
        ),
        changes=st.sampled_from(["always", "only", "difference"]),
        review=st.sampled_from(
            [None, Review(by=("U1", "S1")), Review(by=("U1",), lead=timedelta(hours=12), undecided="post")]
        ),
        post_if=st.sampled_from([None, "something is down", "etwas ausfällt: ja"]),
        max_age=st.sampled_from([None, timedelta(minutes=10)]),
        person=st.sampled_from([None, "U7"]),
        paused_until=st.sampled_from([None, NOW + timedelta(days=2)]),
        skips=st.sampled_from([(), (Skip(slot=datetime(2026, 12, 11, 8, tzinfo=UTC), by="U1"),)]),
        also=st.sampled_from([(), (Place(channel="C2"), Place(channel="D3", user="U3"))]),
        model=st.sampled_from([None, "openai:gpt"]),
        thread=st.sampled_from([None, "1700000000.000100"]),
    ),
    timings,
)


def file_of(*found: Schedule, team: str = "T1") -> str:
    return write_file([FiledTeam(team=team, schedules=found)])


@given(schedules)
def test_a_schedule_is_read_back_as_it_was_written_with_the_same_next_runs(schedule: Schedule) -> None:
    text = file_of(schedule)
    ((read,),) = (team.schedules for team in read_file(text, now=NOW))
    (change,) = find_changes([read], [schedule], now=NOW)
    assert (change.kind, change.fields) == ("same", ())
    assert file_of(change.wanted) == text
    runs = [
        upcoming_runs(found.timing, after=NOW, count=3, closures=Closures()) for found in (read, schedule)
    ]
    assert runs[0] == runs[1]


def test_names_stand_beside_ids_for_the_reader_and_ids_count() -> None:
    named = Names(people={"U1": "Ada"}, channels={"C1": "general"})
    text = write_file([FiledTeam(team="T1", schedules=(WEEKLY,), names=named)])
    assert "owner:\n      id: U1\n      name: Ada" in text
    (team,) = read_file(text.replace("general", "renamed"), now=NOW)
    assert team.names == Names(people={"U1": "Ada"}, channels={"C1": "renamed"})
    assert find_changes(team.schedules, [WEEKLY], now=NOW)[0].kind == "same"


HAND = """\
format: 1
workspaces:
- id: T1
  schedules:
  - name: Report
    prompt: |
      What is new?
    when: every monday at 9
    zone: Europe/Berlin
    channel: {id: C1}
    owner: {id: U1}
"""


def test_the_time_as_it_was_typed_is_for_the_reader_and_changes_nothing() -> None:
    typed = replace(WEEKLY, typed="each monday, 9 in the morning")
    text = file_of(typed)
    assert "typed: each monday, 9 in the morning" in text
    ((read,),) = (team.schedules for team in read_file(text, now=NOW))
    assert read.typed == typed.typed
    (change,) = find_changes([replace(read, query="Else?", typed=None)], [typed], now=NOW)
    assert (change.fields, change.wanted.typed) == (("query",), typed.typed)
    later = replace(read, cron="0 10 * * 1", typed=None)
    (change,) = find_changes([later], [typed], now=NOW)
    assert change.wanted.typed is None, "these words are not of that time"


def test_words_that_stand_alone_are_read_as_slack_reads_them() -> None:
    ((read,),) = (team.schedules for team in read_file(HAND, now=NOW))
    assert (read.id, read.cron, read.zone, read.query) == ("", "0 9 * * 1", "Europe/Berlin", "What is new?")
    assert read.typed == "every monday at 9"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format: 1", "format: 2", "format: expected 1, got 2"),
        ("format: 1", "format: yes", "format: expected a number"),
        ("format: 1", "format: [", "expected YAML"),
        ("format: 1", "format: 2027-13-45", "expected YAML"),
        ("format: 1\n", "", "the file: expected the field format"),
        (HAND, "- a\n", "the file: expected fields with values"),
        ("id: T1", "id: 'T1:*'", "workspaces[0].id: expected an id of Slack's"),
        ("- id: T1", "- id: T1\n  colour: red", "workspaces[0]: no field is called colour"),
        ("name: Report", "id: T1:x", "workspaces[0].schedules[0] (t1:x).id: expected one such as kolu-tane"),
        ("name: Report", "nmae: Report", "(without id and name): expected an id or a name"),
        ("name: Report", "name: kolu-tane", ".name: it cannot be taken (like_an_id)"),
        ("What is new?", "", ".prompt: expected 1 to"),
        ("every monday at 9", "every blue moon", ".when: expected a time"),
        ("every monday at 9", "every 61 minutes", "its time cannot be kept"),
        ("    zone: Europe/Berlin\n", "", "(Report).zone: expected the zone"),
        ("when: every monday at 9", "cron: 0 9 * * 8", "its time cannot be kept"),
        ("when: every monday at 9", "cron: 0 9 * * 2\n    when: every monday at 9", "are not the same time"),
        ("when: every monday at 9", "cron: 0 9 * * 2\n    at: 2027-01-01T09:00:00Z", "got both"),
        ("when: every monday at 9", "at: 2027-01-01T09:00:00", ".at: expected a time, such as"),
        ("when: every monday at 9", "color: red", "expected when, or cron, or at"),
        ("{id: C1}", "C1", ".channel: expected fields with values"),
        ("{id: C1}", "{id: general}", ".channel.id: expected an id of Slack's"),
        ("{id: C1}", "{id: C1, is: x}", ".channel: no field is called is"),
        ("owner:", "mentions: [everyone]\n    owner:", ".mentions: expected ids of people"),
        *(
            ("owner:", f"review: {review}\n    owner:", ".review: expected `by`, the ids")
            for review in (
                *("{by: []}", "{by: [anna]}", "{by: U1}", "{by: [U1], lead_seconds: 1}", "{}"),
                *("{by: [U1], undecided: maybe}", "{by: [U1], lead_seconds: 43201}", "{by: [U1], lead: 60}"),
            )
        ),
        ("owner:", "changes: never\n    owner:", ".changes: expected one of always"),
        ("owner:", "sources: [x]\n    owner:", ".sources: expected each to have a type"),
        ("owner:", "max_age_seconds: -1\n    owner:", ".max_age_seconds: expected 0 to"),
        ("owner:", "paused: 1\n    owner:", ".paused: expected true or false"),
        ("owner:", "sources: [{type: cheese}]\n    owner:", ".sources: expected at most 5, each as"),
        (
            "owner:",
            "sources: [{type: link, url: 'x:y'}]\n    owner:",
            ".sources: expected at most 5, each as",
        ),
        ("owner:", "holidays: DE\n    owner:", "(Report): expected cron or at beside holidays;"),
        ("owner:", "until: 2030-01-01T00:00:00Z\n    owner:", "(Report): expected cron or at beside until;"),
        ("when: every monday", "paused: true\n    when: tomorrow", ".paused: expected a time that recurs"),
        ("name: Report", "name: 2027-01-01", ".name: expected text, in quotes where"),
        ("owner:", "prompt: Another\n    owner:", "line 11: expected YAML (prompt stands twice)"),
        ("- id: T1", "- {id: T1}\n- id: T1", "expected each workspace once"),
    ],
)
def test_what_a_file_must_not_say_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(FileFault) as refused:
        read_file(HAND.replace(old, new), now=NOW)
    assert said in str(refused.value)


def test_two_of_the_same_id_or_name_are_refused() -> None:
    for twice in (
        file_of(WEEKLY, replace(WEEKLY, name="b")),
        file_of(WEEKLY, replace(WEEKLY, id="bada-lila")),
        file_of(WEEKLY, replace(WEEKLY, id="bada-lila", name="WEEKLY REPORT")),
    ):
        with pytest.raises(FileFault, match=r"expected each (id|name) once"):
            read_file(twice, now=NOW)


def kinds(changes: list[Change]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.kind, change.wanted.id, change.fields) for change in changes]


def test_a_change_names_the_fields_that_differ_and_nothing_else_is_touched() -> None:
    stored = [
        replace(WEEKLY, message="msg_1", revision=7),
        replace(WEEKLY, id="bada-lila", name="Other", state="paused"),
        replace(WEEKLY, id="nobo-dyre", name="Only stored"),
    ]
    filed = [
        replace(WEEKLY, query="Else?", cron="0 10 * * 1", state="paused"),
        replace(WEEKLY, id="", name="OTHER"),
        replace(WEEKLY, id="gonu-evam", name=None),
        replace(WEEKLY, id="past-once", name=None, cron=None, at=NOW - timedelta(hours=1)),
    ]
    changes = find_changes(filed, stored, now=NOW)
    assert kinds(changes) == [
        ("change", "kolu-tane", ("query", "cron", "state")),
        ("change", "bada-lila", ("name", "state")),
        ("add", "gonu-evam", ()),
        ("over", "past-once", ()),
        ("only_stored", "nobo-dyre", ()),
    ]
    assert (changes[0].wanted.message, changes[0].wanted.revision) == ("msg_1", 7)


def test_runs_that_are_left_out_are_compared_as_far_as_they_are_to_come() -> None:
    slot = datetime(2026, 11, 30, 8, tzinfo=UTC)
    over = (Skip(slot=slot - timedelta(days=7), by="U1"),)
    stored = replace(WEEKLY, skips=over, paused_until=NOW - timedelta(days=1))
    assert [change.kind for change in find_changes([WEEKLY], [stored], now=NOW)] == ["same"]
    wanted = replace(WEEKLY, skips=(Skip(slot=slot, by="U1"),), paused_until=NOW + timedelta(days=1))
    (change,) = find_changes([wanted], [stored], now=NOW)
    assert change.fields == ("skips", "paused_until")
    assert (change.wanted.skips, change.wanted.paused_until) == (wanted.skips, wanted.paused_until)


def test_a_name_is_taken_unless_its_holder_has_given_it_away_by_then() -> None:
    stored = [WEEKLY, replace(WEEKLY, id="bada-lila", name="Other")]
    taken = [replace(WEEKLY, id="gonu-evam", name="OTHER")]
    assert [change.kind for change in find_changes(taken, stored, now=NOW)] == [
        "name_taken", "only_stored", "only_stored",
    ]  # fmt: skip
    handed_over = [replace(stored[1], name="Else"), replace(WEEKLY, name="other")]
    assert [change.kind for change in find_changes(handed_over, stored, now=NOW)] == ["change", "change"]
    assert [change.kind for change in find_changes(handed_over[::-1], stored, now=NOW)] == [
        "name_taken", "change",
    ]  # fmt: skip


def test_ids_of_another_workspace_take_the_place_of_those_in_the_file() -> None:
    schedule = replace(
        WEEKLY, mentions=("U2", "here"), sources=(Channel(channel="C1"),), thread="1700000000.000100"
    )
    new_ids = {"T1": "T9", "C1": "C9", "U1": "U9", "U2": "U8"}
    ((renamed,),) = (
        team.schedules for team in rename_ids([FiledTeam(team="T1", schedules=(schedule,))], new_ids)
    )
    assert (renamed.team, renamed.channel, renamed.user) == ("T9", "C9", "U9")
    assert (renamed.mentions, renamed.thread) == (("U8", "here"), None)
    assert renamed.sources == (Channel(channel="C9"),)


def test_a_file_gives_no_consent_to_what_is_there_and_none_in_another_workspace() -> None:
    given = Consent(readers=ChannelMembers(channel="C0123456789"), place="C1", by="U1", at=NOW)
    stored = replace(WEEKLY, sources=(Channel(channel="C0123456789"),))
    (change,) = find_changes([replace(stored, consents=(given,), query="Else?")], [stored], now=NOW)
    assert (change.kind, change.wanted.consents) == ("change", ())
    filed = FiledTeam(team="T1", schedules=(replace(stored, consents=(given,)),))
    ((elsewhere,),) = (team.schedules for team in rename_ids([filed], {"T1": "T9"}))
    assert elsewhere.consents == ()
