"""The judge objects to each thing that may go wrong, and explains by a known fault only what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.case import Due, Evidence, Key, Known, Try, Wrong
from tests.chaos.judge import judge
from tests.chaos.workload import PARAGRAPHS, Kind, Prompt
from tests.chaos.workspace import OWNER, Told

NINE = datetime(2027, 2, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG = Due(run="T:ask-1", prompt=Prompt(label="ask-1", kind=Kind.LONG), at=NINE)
SHORT = Due(run="T:ask-2", prompt=Prompt(label="ask-2", kind=Kind.SHORT), at=NINE)
REFUSED = Due(run="T:ask-3", prompt=Prompt(label="ask-3", kind=Kind.REFUSED), at=NINE)
SLOT = Due(
    run="T:often:9",
    prompt=Prompt(label="often", kind=Kind.LONG),
    at=NINE,
)
PAPER = Due(
    run="T:paper:9",
    prompt=Prompt(label="paper", kind=Kind.NEWS),
    at=NINE,
    only_changes=True,
)


def posts(due: Due, *, after: timedelta = timedelta(seconds=1), edition: int = 0) -> list[dict[str, Any]]:
    """The answer to a run as it looks in Slack, eight paragraphs to a part."""
    number = PARAGRAPHS[due.prompt.kind]
    lines = [
        f"{due.prompt.label}: paragraph {place + 1} of {number}, edition {edition}."
        for place in range(number)
    ]
    return [
        {
            "ts": f"{(due.at + after).timestamp() + part:.6f}",
            "thread_ts": f"{(due.at + after).timestamp():.6f}" if part else None,
            "blocks": [{"type": "section", "text": line} for line in lines[8 * part : 8 * part + 8]],
            "metadata": {"event_payload": {"run": due.run, "part": part}},
        }
        for part in range((number + 7) // 8)
    ]


def told(due: Due, *, after: timedelta = MINUTE) -> Told:
    text = f"I could not answer “{due.prompt.text}”"
    return Told(at=due.at + after, user=OWNER, text=text)


def tried(due: Due, status: int, *, after: timedelta = timedelta(0)) -> Try:
    return Try(due=due.run, at=due.at + after, status=status)


def evidence(*dues: Due, **found: Any) -> Evidence:
    return Evidence(now=NINE + timedelta(hours=1), dues=dues, **found)


def wrongs(found: Evidence) -> list[tuple[Wrong, Known | None]]:
    return [(objection.wrong, objection.known) for objection in judge(found).objections]


def unknown(wrong: Wrong) -> list[tuple[Wrong, Known | None]]:
    return [(wrong, None)]


def test_what_is_posted_whole_or_reported_once_is_right() -> None:
    found = evidence(LONG, SHORT, REFUSED, posts=[*posts(LONG), *posts(SHORT)], told=[told(REFUSED)])
    assert wrongs(found) == []
    assert judge(found).runs == 3


def test_a_late_post_is_counted() -> None:
    assert judge(evidence(SHORT, posts=posts(SHORT, after=2 * MINUTE))).late == 1
    assert judge(evidence(SHORT, posts=posts(SHORT))).late == 0


def test_a_post_that_comes_much_too_late_is_seen_unless_a_fault_was_met_on_its_way() -> None:
    late = posts(SHORT, after=timedelta(seconds=151))
    assert wrongs(evidence(SHORT, posts=late)) == unknown(Wrong.LATE)
    assert wrongs(evidence(SHORT, posts=late, faults={"ask-2": [NINE - MINUTE]})) == []
    assert wrongs(evidence(SHORT, posts=late, faults={"ask-2": [NINE - 30 * MINUTE]})) == unknown(Wrong.LATE)
    assert wrongs(evidence(SHORT, posts=late, tries=[tried(SHORT, 0)])) == []
    assert wrongs(evidence(SHORT, posts=late, tries=[tried(SHORT, 503)])) == unknown(Wrong.LATE)


def test_a_slot_that_is_posted_after_a_later_one_is_seen() -> None:
    later = replace(SLOT, run="T:often:10", at=NINE + 5 * MINUTE)
    before = posts(SLOT, after=9 * MINUTE)
    found = evidence(SLOT, later, posts=[*before, *posts(later)], faults={"often": [NINE]})
    assert wrongs(found) == unknown(Wrong.OVERTAKEN)
    first = evidence(SLOT, later, posts=[*posts(SLOT), *posts(later)])
    assert wrongs(first) == []


def test_a_post_that_says_in_the_channel_that_there_is_no_answer_is_a_report() -> None:
    (post,) = posts(SHORT)
    assert wrongs(evidence(SLOT, posts=[{**post, "blocks": [], "metadata": mark(SLOT.run, 0)}])) == []


def mark(run: str, part: int) -> dict[str, Any]:
    return {"event_payload": {"run": run, "part": part}}


def test_a_run_of_which_there_is_nothing_is_missing() -> None:
    assert wrongs(evidence(SHORT)) == unknown(Wrong.MISSING)


def test_a_failure_that_nobody_was_told_of_is_unreported() -> None:
    assert wrongs(evidence(REFUSED)) == unknown(Wrong.UNREPORTED)


def test_a_doubled_post_is_doubled() -> None:
    twice = [*posts(SHORT), *posts(SHORT, after=MINUTE)]
    assert wrongs(evidence(SHORT, posts=twice)) == unknown(Wrong.DOUBLED)


def test_a_doubled_part_is_doubled() -> None:
    first, second, *rest = posts(LONG)
    assert wrongs(evidence(LONG, posts=[first, second, second, *rest])) == unknown(Wrong.DOUBLED)


def test_an_answer_without_its_last_part_is_cut_off() -> None:
    assert wrongs(evidence(LONG, posts=posts(LONG)[:-1])) == unknown(Wrong.CUT_OFF)


def test_parts_out_of_order_are_out_of_order() -> None:
    first, second, third = posts(LONG)
    swapped = [first, {**second, "ts": third["ts"]}, {**third, "ts": second["ts"]}]
    assert wrongs(evidence(LONG, posts=swapped)) == unknown(Wrong.DISORDER)


def test_a_part_that_is_not_in_the_thread_of_the_first_is_out_of_order() -> None:
    first, *rest = posts(LONG)
    beside = [{**part, "thread_ts": None} for part in rest]
    assert wrongs(evidence(LONG, posts=[first, *beside])) == unknown(Wrong.DISORDER)


def test_paragraphs_that_are_missing_between_others_are_out_of_order() -> None:
    first, second, third = posts(LONG)
    hollow = [first, {**second, "blocks": second["blocks"][1:]}, third]
    assert wrongs(evidence(LONG, posts=hollow)) == unknown(Wrong.DISORDER)


def test_a_post_of_a_run_that_was_not_due_is_seen() -> None:
    assert wrongs(evidence(posts=posts(SHORT))) == unknown(Wrong.NOT_DUE)


def test_a_second_report_and_one_of_what_was_posted_are_seen() -> None:
    again = [told(REFUSED), told(REFUSED, after=2 * MINUTE)]
    assert wrongs(evidence(REFUSED, told=again)) == unknown(Wrong.TOLD_TWICE)
    assert wrongs(evidence(SHORT, posts=posts(SHORT), told=[told(SHORT)])) == unknown(Wrong.TOLD_AND_POSTED)


@pytest.mark.parametrize(
    ("until", "held"), [(NINE + timedelta(hours=2), ["T:ask-2"]), (NINE + 2 * MINUTE, [])]
)
def test_a_claim_that_lasts_too_long_or_was_left_behind_is_seen(until: datetime, held: Sequence[str]) -> None:
    fields = {"state": "claimed", "until": str(int(until.timestamp() * 1000))}
    key = Key(name="precache:run:T:ask-2", ends=timedelta(days=7), fields=fields)
    found = evidence(SHORT, posts=posts(SHORT), keys=[key])
    assert wrongs(found) == unknown(Wrong.CLAIM)


def test_a_claim_that_was_given_back_and_one_that_is_within_its_lease_are_right() -> None:
    soon = str(int((NINE + timedelta(hours=1, minutes=2)).timestamp() * 1000))
    keys = [
        Key(name="precache:run:a", ends=timedelta(days=7), fields={"state": "claimed", "until": "0"}),
        Key(name="precache:run:b", ends=timedelta(days=7), fields={"state": "posting", "until": soon}),
        Key(name="precache:flight:c", ends=timedelta(seconds=70)),
    ]
    assert wrongs(evidence(keys=keys)) == []


def test_the_right_to_a_question_that_lasts_too_long_is_seen() -> None:
    key = Key(name="precache:flight:c", ends=timedelta(hours=1))
    assert wrongs(evidence(keys=[key])) == unknown(Wrong.CLAIM)


def test_a_key_without_an_end_is_seen_unless_it_is_kept_until_its_schedule_is_deleted() -> None:
    kept = [
        "precache:schedule:T:a-b",
        "precache:schedules:T",
        "precache:index:T",
        "precache:name:T:x",
        "precache:watched",
    ]
    keys = [Key(name=name, ends=None) for name in kept]
    assert wrongs(evidence(keys=keys)) == []
    assert wrongs(evidence(keys=[*keys, Key(name="precache:run:x", ends=None)])) == unknown(Wrong.KEY)


def test_what_qstash_still_holds_is_seen() -> None:
    assert wrongs(evidence(held=["T:ask-2"])) == unknown(Wrong.HELD)


def test_silence_is_right_only_where_there_is_no_news() -> None:
    before = replace(PAPER, run="T:paper:8", at=NINE - 20 * MINUTE)
    said = posts(before, edition=7)
    assert wrongs(evidence(before, PAPER, posts=said, edition=lambda _: 7)) == []
    assert wrongs(evidence(before, PAPER, posts=said, edition=lambda _: 8)) == unknown(Wrong.MISSING)
    assert wrongs(evidence(PAPER, edition=lambda _: 7)) == unknown(Wrong.MISSING)


# Known faults: with the evidence of each, and without


def test_runs_that_were_missed_may_be_reported_together() -> None:
    dues = [replace(SLOT, run=f"T:often:{number}", at=NINE + number * 5 * MINUTE) for number in range(3)]
    text = f"“{SLOT.prompt.text}” missed 3 runs, from Mon 1 Feb at 09:00 to 09:10."
    bundle = Told(at=NINE + 30 * MINUTE, user=OWNER, text=text)
    assert wrongs(evidence(*dues, told=[bundle])) == []
    assert wrongs(evidence(*dues[:2], told=[bundle])) == unknown(Wrong.TOLD_TWICE)
    assert wrongs(evidence(*dues, told=[told(SLOT)])) == unknown(Wrong.MISSING) * 2


def test_a_report_may_be_repeated_only_where_the_delivery_that_made_the_first_was_not_done() -> None:
    twice = [told(REFUSED), told(REFUSED, after=3 * MINUTE)]
    died = [tried(REFUSED, 0, after=MINUTE), tried(REFUSED, 200, after=3 * MINUTE)]
    assert wrongs(evidence(REFUSED, told=twice, tries=died)) == []
    done = [tried(REFUSED, 200, after=MINUTE), tried(REFUSED, 200, after=3 * MINUTE)]
    assert wrongs(evidence(REFUSED, told=twice, tries=done)) == unknown(Wrong.TOLD_TWICE)


def test_a_report_that_was_made_again_after_its_next_slot_is_not_taken_for_that_ones() -> None:
    later = replace(REFUSED, run="T:ask-3:10", at=NINE + 5 * MINUTE)
    reports = [told(REFUSED), told(REFUSED, after=6 * MINUTE), told(later, after=2 * MINUTE)]
    tries = [
        *(tried(REFUSED, 503, after=MINUTE), tried(REFUSED, 200, after=6 * MINUTE)),
        tried(later, 200, after=2 * MINUTE),
    ]
    assert wrongs(evidence(REFUSED, later, told=reports, tries=tries)) == []
    again = [*reports, told(later, after=3 * MINUTE)]
    assert wrongs(evidence(REFUSED, later, told=again, tries=tries)) == unknown(Wrong.TOLD_TWICE)


def test_a_copy_that_stood_still_may_report_once_more_when_it_goes_on() -> None:
    twice = [told(REFUSED, after=3 * MINUTE), told(REFUSED, after=5 * MINUTE)]
    tries = [tried(REFUSED, -1), tried(REFUSED, 200, after=3 * MINUTE)]
    assert wrongs(evidence(REFUSED, told=twice, tries=tries)) == []
    again = [*twice, told(REFUSED, after=6 * MINUTE)]
    assert wrongs(evidence(REFUSED, told=again, tries=tries)) == unknown(Wrong.TOLD_TWICE)


def test_what_qstash_gave_up_on_with_its_callback_is_known() -> None:
    assert wrongs(evidence(SHORT, given_up=[SHORT.run])) == [(Wrong.MISSING, Known.GIVEN_UP)]
