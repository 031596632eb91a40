"""From what was typed to a draft, or to a sentence at each field that is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.schedules.acts.draft import Draft
from bot.schedules.schedule import Schedule
from bot.sources import THREAD, Channel, File, Link, Source, Thread, distinct_sources, links_in
from bot.ui.composer.draft import check_form, edit_to
from bot.ui.composer.draft import form_of as form_of_schedule
from bot.ui.composer.form import Form, spread_prompt
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.state import read_form
from scheduler import Cron, Once, Timing
from tests.bot.composing import MODELS
from tests.bot.ui.composer.test_modal import FORMS, SOURCES, returned, shown
from tests.examples import examples

OFFER = Offer(links_in=links_in, models=MODELS)
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


def form_of(schedule: Schedule) -> Form:
    return form_of_schedule(schedule, links_in=links_in)


def check(form: Form) -> Draft | dict[str, str]:
    return check_form(form, now=NOW, offer=OFFER)


def draft(form: Form) -> Draft:
    found = check(form)
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
        typed="every weekday at 9am",
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
    form = spread_prompt(replace(FORM, prompt=prompt))
    assert all(len(text.encode("utf-16-le")) <= 6_000 for text in (form.prompt, *form.more))
    assert form.query == prompt.strip()
    assert bool(form.more) == (len(prompt) > 3_000)
    assert spread_prompt(form) == form


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
        ({"prompt": " \n"}, "prompt", "type a prompt"),
        ({"prompt": "x" * 4_001}, "prompt", "4,001 characters"),
        ({"when": "whenever"}, "when", "every weekday at 9am"),
        ({"when": "every 5 mintues"}, "when", "Try `every 5 minutes`"),
        ({"when": "evry day at 9"}, "when", "Try `every day at 9`"),
        ({"when": "every 30 seconds"}, "when", "minute"),
        ({"when": "on 2020-01-01 at 9"}, "when", "2020"),
        ({"when": "cron 0 9 30 2 *"}, "when", "never comes"),
        ({"when": "every day at 9 in Mars/Base"}, "when", "Mars/Base"),
        ({"when": "", "editing": "kolu-tane"}, "when", "Say when"),
        ({"when": "", "until": "2027-03-01"}, "when", "Say when"),
        ({"when": "", "holidays": "DE"}, "when", "Say when"),
        ({"zone": "Not/AZone"}, "when", "Not/AZone"),
        ({"until": "2020-01-01"}, "until", "passed"),
        ({"when": "tomorrow at 8", "until": "2027-03-01"}, "until", "once"),
        ({"when": "every day at 9 for 10 days", "until": "2027-03-01"}, "until", "one already"),
        ({"holidays": "Atlantis"}, "holidays", "Atlantis"),
        ({"holidays": "DE until 2027-01-01, or so"}, "holidays", "one country"),
        ({"holidays": "DE, US-CA"}, "holidays", "one country"),
        ({"when": "tomorrow at 8", "holidays": "DE"}, "holidays", "once"),
        ({"channel": None}, "channel", "choose a channel"),
        ({"name": "n" * 3_000}, "name", "3,000 characters"),
        ({"name": "two\nlines"}, "name", "one line"),
        ({"links": "https://a.example and so on"}, "links", "“and”"),
        ({"links": "ftp://a.example"}, "links", "https://"),
        ({"links": "https://a.example/" + "x" * 3_000}, "links", "3,018 characters"),
        ({"links": " ".join(f"https://a.example/{n}" for n in range(6))}, "links", "6 sources"),
        ({"channels": ("C1", "C2", "C3", "C4")}, "channels", "4 channels"),
        ({"prompt": " ".join(f"https://a.example/{n}" for n in range(6))}, "prompt", "6 sources"),
        ({"prompt": "Summarise this thread"}, "prompt", "Which thread"),
        ({"prompt": "Summarise the channel over the last 9 weeks"}, "prompt", "month"),
        ({"model": "openai:gone"}, "model", "no longer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_alone(changes: dict[str, Any], field: str, words: str) -> None:
    wrong = check(replace(FORM, **changes))
    assert isinstance(wrong, dict)
    assert list(wrong) == [field]
    assert words in wrong[field]


def test_every_wrong_field_is_said_at_once() -> None:
    wrong = check(Form(when="whenever", name="n" * 61))
    assert isinstance(wrong, dict)
    assert set(wrong) == {"prompt", "when", "channel", "name"}


@settings(max_examples=examples(40), deadline=None)
@given(FORMS)
def test_any_form_is_a_draft_or_sentences(form: Form) -> None:
    match check(form):
        case Draft(query=query):
            assert query == form.query
        case wrong:
            assert wrong
            assert all(sentence.strip() for sentence in wrong.values())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model": "openai:other", "changes": "difference"},
        {"model": "openai:test", "changes": "only"},
        {"thread": "1700000000.000100"},
        {"cron": None, "until": None, "holidays": None, "at": NOW + timedelta(seconds=90)},
        {
            "sources": (
                File(file="F0REPORT001"),
                Link(url="https://example.org/a"),
                Channel(channel="C0NEWS00001"),
                Thread(channel="C0NEWS00001", ts="1700000000.000100"),
                Channel(channel="C0RANDOM001", hours=168),
            )
        },
        {
            "query": "What is new at https://example.org/b ?",
            "sources": (
                Channel(channel="C0NEWS00001", hours=36),
                Link(url="https://example.org/b"),
                Link(url="https://example.org/" + "c" * 1_900),
            ),
        },
    ],
)
@pytest.mark.parametrize("unfolded", [False, True])
def test_editing_without_a_change_changes_nothing(changes: dict[str, Any], unfolded: bool) -> None:
    schedule = replace(SCHEDULE, **changes)
    form = replace(form_of(schedule), unfolded=unfolded)
    for typed in (form, read_form(returned(shown(form)))):
        assert edit_to(draft(typed))(schedule) == schedule


@given(st.lists(SOURCES, max_size=5), st.booleans())
def test_whatever_is_read_is_still_read_after_an_edit(sources: list[Source], unfolded: bool) -> None:
    schedule = replace(SCHEDULE, sources=distinct_sources(sources))
    form = replace(form_of(schedule), unfolded=unfolded)
    assert edit_to(draft(read_form(returned(shown(form)))))(schedule) == schedule


def test_what_is_read_comes_from_all_the_fields_each_once() -> None:
    form = replace(
        FORM,
        prompt="Compare https://a.example/x with the rest",
        links="https://b.example\nhttps://a.example/x  https://ada.slack.com/archives/C0NEWS00001/p1700000000000100",
        channels=("C0RANDOM001",),
    )
    channel = Channel(channel="C0RANDOM001")
    links = [Link(url=f"https://{address}") for address in ("a.example/x", "b.example")]
    thread = Thread(channel="C0NEWS00001", ts="1700000000.000100")
    assert draft(form).sources == (*links, thread, channel)
    assert draft(replace(form, over=168)).sources[-1] == replace(channel, hours=168)
    assert draft(replace(form, when="")).sources[-1] == replace(channel, hours=24)


def test_a_thread_that_is_followed_is_asked_about_as_everywhere_else() -> None:
    form = replace(FORM, prompt="Summarise this thread", origin="C1", follows="1700000000.000100")
    found = draft(form)
    assert found.query == THREAD.query
    assert found.sources == (Thread(channel="C1", ts="1700000000.000100"),)
    assert found.thread == "1700000000.000100"


def test_this_channel_is_where_the_composer_was_opened() -> None:
    found = draft(replace(FORM, prompt="Summarise this channel", origin="C2"))
    assert found.sources == (Channel(channel="C2", hours=24),)


def test_an_edited_schedule_keeps_what_the_form_does_not_show() -> None:
    after = edit_to(draft(replace(form_of(SCHEDULE), prompt="Anything else?", when="tomorrow at 8")))(
        SCHEDULE
    )
    assert (after.query, after.cron, after.until, after.holidays) == ("Anything else?", None, None, None)
    assert after.at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert (after.id, after.user, after.state, after.revision) == ("kolu-tane", "U1", "active", 7)


def test_a_schedule_of_another_zone_is_edited_in_its_own() -> None:
    form = form_of(replace(SCHEDULE, zone="Asia/Tokyo"))
    assert draft(form).timing.when == Cron(expression="0 9 * * 1-5", zone="Asia/Tokyo")


@settings(max_examples=examples(25), deadline=None)
@given(FORMS, st.none() | st.just(NOW))
def test_a_form_survives_being_kept(form: Form, keep: datetime | None) -> None:
    kept = replace(form, groups=(), keep=keep)
    assert Form.decode(kept.encode()) == kept


def test_a_form_that_was_kept_by_an_older_version_is_read() -> None:
    new = ("links", "channels", "over", "others", "changes", "model", "sourced")
    raw = {name: value for name, value in json.loads(FORM.encode()).items() if name not in new}
    assert Form.decode(json.dumps(raw)) == FORM
