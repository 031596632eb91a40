"""From what was typed to a draft, or to a sentence at each field that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.book import Schedule
from bot.composer.form import Form, check_form, fitted, form_of, put_in
from bot.schedules import Draft
from scheduler import Cron, Once, Timing
from tests.bot.test_modal import FORMS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FORM = Form(prompt=" What is new? ", when="every weekday at 9am", channel="C1", zone="Europe/Berlin")
SCHEDULE = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="What is new?",
    zone="Europe/Berlin",
    cron="0 9 * * 1-5",
    name="News",
    until=datetime(2027, 3, 1, 22, 59, tzinfo=UTC),
    holidays="DE-BY",
    mentions=("U0GRACE0001", "here"),
    max_age=timedelta(minutes=5),
    state="active",
    revision=7,
)


def draft(form: Form) -> Draft:
    found = check_form(form, now=NOW)
    assert isinstance(found, Draft), found
    return found


def test_a_whole_form_is_a_draft() -> None:
    form = replace(
        FORM,
        name=" News ",
        until="2027-03-01",
        holidays="Bavaria",
        freshness=300,
        mentions=("U0GRACE0001", "here"),
    )
    assert draft(form) == Draft(
        query="What is new?",
        timing=Timing(
            when=Cron(expression="0 9 * * 1-5", zone="Europe/Berlin"),
            until=datetime(2027, 3, 1, 22, 59, tzinfo=UTC),
            holidays="DE-BY",
        ),
        channel="C1",
        name="News",
        mentions=("U0GRACE0001", "here"),
        max_age=timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    "prompt",
    [
        "short",
        "word " * 700 + "end",
        "x" * 3_500,
        "line\n" * 600,
        "y" * 2_999 + " " + "z" * 1_000,
        "🌅" * 4_000,
    ],
)
def test_a_prompt_longer_than_a_field_is_cut_between_words_and_whole_again(prompt: str) -> None:
    form = fitted(replace(FORM, prompt=prompt))
    assert all(len(each.encode("utf-16-le")) <= 6_000 for each in (form.prompt, *form.more))
    assert form.query == prompt.strip()
    assert bool(form.more) == (len(prompt) > 3_000)
    assert fitted(form) == form


def test_no_time_means_now() -> None:
    assert draft(replace(FORM, when=" ")).timing == Timing(when=Once(at=NOW, zone="Europe/Berlin"))


def test_without_a_zone_in_the_profile_times_are_utc_unless_they_name_one() -> None:
    assert draft(replace(FORM, zone=None)).timing.when.zone == "UTC"
    assert (
        draft(replace(FORM, zone=None, when="every day at 9 in Asia/Tokyo")).timing.when.zone == "Asia/Tokyo"
    )


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"prompt": " \n"}, "prompt", "Write what I should ask"),
        ({"prompt": "x" * 4_001}, "prompt", "4,001 characters"),
        ({"when": "whenever"}, "when", "every weekday at 9am"),
        ({"when": "every 30 seconds"}, "when", "minute"),
        ({"when": "on 2020-01-01 at 9"}, "when", "2020"),
        ({"when": "cron 0 9 30 2 *"}, "when", "never comes"),
        ({"when": "every day at 9 in Mars/Base"}, "when", "Mars/Base"),
        ({"when": "", "editing": "kolu-tane"}, "when", "needs a time"),
        ({"when": "", "until": "2027-03-01"}, "when", "Say when"),
        ({"when": "", "holidays": "DE"}, "when", "Say when"),
        ({"zone": "Not/AZone"}, "when", "Not/AZone"),
        ({"until": "2020-01-01"}, "until", "passed"),
        ({"when": "tomorrow at 8", "until": "2027-03-01"}, "until", "once"),
        ({"when": "every day at 9 for 10 days", "until": "2027-03-01"}, "until", "one already"),
        ({"holidays": "Atlantis"}, "holidays", "Atlantis"),
        ({"holidays": "DE until 2027-01-01, or so"}, "holidays", ""),
        ({"when": "tomorrow at 8", "holidays": "DE"}, "holidays", "once"),
        ({"channel": None}, "channel", "Choose"),
        ({"name": "n" * 3_000}, "name", "3,000 characters"),
        ({"name": "two\nlines"}, "name", "one line"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_alone(changes: dict[str, str], field: str, words: str) -> None:
    wrong = check_form(replace(FORM, **changes), now=NOW)  # type: ignore[arg-type]  # a table of single fields
    assert isinstance(wrong, dict)
    assert list(wrong) == [field]
    assert words in wrong[field]


def test_every_wrong_field_is_said_at_once() -> None:
    wrong = check_form(Form(when="whenever", name="n" * 61), now=NOW)
    assert isinstance(wrong, dict)
    assert set(wrong) == {"prompt", "when", "channel", "name"}


@settings(max_examples=200, deadline=None)
@given(FORMS)
def test_any_form_is_a_draft_or_sentences(form: Form) -> None:
    match check_form(form, now=NOW):
        case Draft(query=query):
            assert query == form.query
        case wrong:
            assert wrong
            assert all(sentence.strip() for sentence in wrong.values())


def test_editing_without_a_change_changes_nothing() -> None:
    assert put_in(draft(form_of(SCHEDULE)))(SCHEDULE) == SCHEDULE


def test_an_edited_schedule_keeps_what_the_form_does_not_show() -> None:
    after = put_in(draft(replace(form_of(SCHEDULE), prompt="Anything else?", when="tomorrow at 8")))(SCHEDULE)
    assert (after.query, after.cron, after.until, after.holidays) == ("Anything else?", None, None, None)
    assert after.at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert (after.id, after.user, after.state, after.revision) == ("kolu-tane", "U1", "active", 7)


def test_a_schedule_of_another_zone_is_edited_in_its_own() -> None:
    form = form_of(replace(SCHEDULE, zone="Asia/Tokyo"))
    assert draft(form).timing.when == Cron(expression="0 9 * * 1-5", zone="Asia/Tokyo")


@settings(max_examples=100, deadline=None)
@given(FORMS, st.none() | st.just(NOW))
def test_a_form_survives_being_kept(form: Form, keep: datetime | None) -> None:
    kept = replace(form, groups=(), keep=keep)
    assert Form.decode(kept.encode()) == kept
