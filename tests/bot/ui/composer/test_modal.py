"""The composer's modal: whatever a form holds, Slack takes it, and what comes back is the form again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answer
from bot.replies import preview_in_form
from bot.replies.views import composer_words, saving_words
from bot.sandbox.block_kit import view as slack_views
from bot.slack import clip_text
from bot.sources import Channel, File, Link, Quotation, Thread, links_in
from bot.storage.client import CountedRedis
from bot.ui.composer.draft import check_form
from bot.ui.composer.form import Form, spread_prompt
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.modal import composer_view, describe_time
from bot.ui.composer.shown_preview import ShownPreview, fingerprint_of_question
from bot.ui.composer.source_fields import Offer, read_sources
from bot.ui.composer.state import read_form
from scheduler import Closures
from tests.bot.composing import MODELS
from tests.examples import examples

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FORM = Form(
    prompt="What is new?", when="every weekday at 9am", channel="C1", zone="Europe/Berlin", origin="C1"
)


def shown(
    form: Form, *, models: tuple[str, ...] = MODELS, preview: ShownPreview | None = None, **more: str
) -> dict[str, Any]:
    offer = Offer(links_in=links_in, models=models)
    return composer_view(
        form,
        now=NOW,
        closures=Closures(),
        offer=offer,
        preview=preview,
        problem=more.get("problem", ""),
        note=more.get("note", ""),
    )


def block(view: Mapping[str, Any], name: str) -> Any:
    return next((block for block in view["blocks"] if block.get("block_id") == name), None)


def returned(view: Mapping[str, Any]) -> dict[str, Any]:
    """The view as Slack sends it back when nothing in it was touched."""
    values = {
        block["block_id"]: {block["element"]["action_id"]: _state(block["element"])}
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return {**view, "id": "V1", "hash": "h", "state": {"values": values}}


def _state(element: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "initial_value": "value",
        "initial_conversation": "selected_conversation",
        "initial_conversations": "selected_conversations",
        "initial_date": "selected_date",
        "initial_option": "selected_option",
        "initial_options": "selected_options",
        "initial_users": "selected_users",
    }
    found = {names[name]: value for name, value in element.items() if name in names}
    return {"type": element["type"], **found}


TEXTS = st.one_of(
    st.text(max_size=50),
    st.sampled_from(
        [
            "",
            " ",
            "x" * 5_000,
            "👩‍👩‍👧" * 1_000,
            "مرحبا " * 600,
            "<!channel> & `x`",
            "\u202eabc",
            "a\nb",
            '"\\' * 900,
        ]
    ),
)
TIMES = st.one_of(
    TEXTS, st.sampled_from(["every weekday at 9am", "tomorrow at 8", "cron 0 9 30 2 *", "every 5 s"])
)
IDS = st.from_regex(r"\A[UWS][A-Z0-9]{8,10}\Z")
CHANNELS = st.from_regex(r"\A[CG][A-Z0-9]{8,10}\Z")
SOURCES = st.one_of(
    st.builds(lambda path: Link(url=f"https://example.org/{path}"), st.text("abc/?=&", max_size=60)),
    st.builds(lambda channel: Channel(channel=channel), CHANNELS),
    st.builds(
        lambda channel, hours: Channel(channel=channel, hours=hours),
        CHANNELS,
        st.integers(1, 744),
    ),
    st.builds(lambda channel: Thread(channel=channel, ts="1700000000.000100"), CHANNELS),
    st.builds(lambda file: File(file=file), st.from_regex(r"\AF[A-Z0-9]{8,10}\Z")),
)
FORMS = st.builds(
    Form,
    prompt=TEXTS,
    when=TIMES,
    channel=st.none() | st.from_regex(r"\A[CD][A-Z0-9]{8}\Z"),
    name=TEXTS,
    until=st.sampled_from(["", "2027-03-01", "2020-01-01"]),
    holidays=st.one_of(st.sampled_from(["", "DE", "Scotland"]), TEXTS),
    freshness=st.none() | st.integers(0, 366 * 24 * 3600),
    mentions=st.lists(st.one_of(IDS, st.sampled_from(["here", "channel"])), max_size=60, unique=True).map(
        tuple
    ),
    groups=st.lists(st.tuples(IDS.filter(lambda each: each[0] == "S"), TEXTS), max_size=150).map(tuple),
    zone=st.none() | st.sampled_from(["Europe/Berlin", "UTC", "Mars/Base"]),
    unfolded=st.booleans(),
    editing=st.none() | st.just("kolu-tane"),
    revision=st.integers(0, 10_000),
    origin=st.none() | st.just("C1"),
    preview=st.none() | st.just("0123456789abcdef"),
    links=st.one_of(TEXTS, st.lists(st.just("https://example.org/" + "x" * 900), max_size=6).map("\n".join)),
    channels=st.lists(CHANNELS, max_size=3, unique=True).map(tuple),
    over=st.none() | st.integers(1, 744),
    others=st.lists(SOURCES, max_size=5).map(tuple),
    changes=st.sampled_from(["always", "only", "difference"]),
    model=st.none() | st.sampled_from([*MODELS, "openai:gone", "m" * 300]),
    reviewers=st.lists(IDS, max_size=12, unique=True).map(tuple),
    review_lead=st.sampled_from([None, 300, 900, 43_200, 1_234]),
    undecided=st.sampled_from(["skip", "post"]),
    sourced=st.booleans(),
)


@settings(max_examples=examples(30), deadline=None)
@given(FORMS, TEXTS, st.sampled_from(["", "On its way."]))
def test_slack_takes_the_modal_whatever_was_typed(form: Form, problem: str, note: str) -> None:
    view = shown(form, problem=problem, note=note)
    assert slack_views.view_problems(view, "modal") == []
    assert not slack_views.is_too_large(view)
    assert len(view["private_metadata"]) <= 3_000


@settings(max_examples=examples(25), deadline=None)
@given(FORMS)
def test_what_was_typed_comes_back_as_it_was(form: Form) -> None:
    form = spread_prompt(
        replace(
            form, name=clip_text(form.name, 3_000, ending=""), when=clip_text(form.when, 3_000, ending="")
        )
    )
    read = read_form(returned(shown(form)))
    for name in (
        "prompt",
        "more",
        "glue",
        "when",
        "channel",
        "name",
        "until",
        "freshness",
        "zone",
        "editing",
        "revision",
        "channels",
        "others",
        "over",
        "changes",
    ):
        assert getattr(read, name) == getattr(form, name), name
    assert read.links == clip_text(form.links, 3_000, ending="")
    assert read.model == (form.model and form.model[:139])
    assert read.holidays == clip_text(form.holidays, 100, ending="")
    assert set(read.mentions) <= set(form.mentions)
    assert len(read.mentions) >= min(len(form.mentions), 20)


@settings(max_examples=examples(25), deadline=None)
@given(FORMS)
def test_folding_and_unfolding_loses_nothing(form: Form) -> None:
    once = read_form(returned(shown(replace(form, unfolded=True))))
    folded = read_form(returned(shown(replace(once, unfolded=False))))
    again = read_form(returned(shown(replace(folded, unfolded=True, groups=once.groups))))
    assert again == once


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    ["prompt", "when", "channel", "name", "until", "holidays", "freshness", "people", "groups"]
)
KEYS = st.sampled_from(
    [
        "value",
        "selected_conversation",
        "selected_date",
        "selected_option",
        "selected_options",
        "selected_users",
    ]
)
VALUES = st.dictionaries(
    FIELDS, JSON | st.dictionaries(st.text(max_size=5), st.dictionaries(KEYS, JSON) | JSON, max_size=2)
)
VIEWS = st.fixed_dictionaries(
    {},
    optional={
        "private_metadata": JSON
        | st.dictionaries(st.text(max_size=8) | st.just("mentions"), JSON).map(json.dumps),
        "state": JSON | st.fixed_dictionaries({"values": JSON | VALUES}),
        "blocks": JSON
        | st.lists(JSON | st.fixed_dictionaries({"block_id": st.just("groups"), "element": JSON})),
    },
)


@settings(max_examples=examples(60), deadline=None)
@given(VIEWS, st.booleans())
def test_reading_a_view_never_fails_and_what_is_read_can_be_shown(
    view: dict[str, Any], unfolded: bool
) -> None:
    form = replace(read_form(view), unfolded=unfolded)
    assert slack_views.view_problems(shown(form), "modal") == []


def test_half_a_surrogate_pair_does_not_stay_in_the_prompt() -> None:
    read = read_form({"state": {"values": {"prompt": {"input": {"value": "a\ud800b"}}}}})
    assert read.prompt == "a?b"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (
            FORM,
            [
                "*every weekday at 09:00*",
                "Next: Mon\xa023\xa0Nov\xa009:00 · ",
                "Fri\xa027\xa0Nov\xa009:00",
                "Europe/Berlin",
            ],
        ),
        (replace(FORM, zone=None), ["09:00 (UTC)", "Slack didn't tell me your time zone"]),
        (replace(FORM, zone=None, when="every day at 9 in Asia/Tokyo"), ["(Asia/Tokyo)"]),
        (replace(FORM, zone=None, zone_told=False, when="in 20 minutes"), ["(UTC)"]),
        (replace(FORM, when=""), ["I'll ask this once, when you press Ask."]),
        (replace(FORM, when="", editing="kolu-tane"), ["The next runs will show here."]),
        (replace(FORM, when="", timed=True), ["The next runs will show here."]),
        (
            replace(FORM, until="2026-11-24"),
            ["until 24 November*", "Tue\xa024\xa0Nov\xa009:00 (then it ends)"],
        ),
        (replace(FORM, holidays="DE", when="every day at 9 until 2026-12-26"), ["except holidays in DE"]),
    ],
)
def test_the_time_is_told_back_as_it_was_understood(form: Form, words: list[str]) -> None:
    told = describe_time(form, now=NOW, closures=Closures())
    for word in words:
        assert word in told
    assert "<!" not in told


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        (replace(FORM, zone=None, zone_told=False), "when", "didn't tell me your time zone"),
        (replace(FORM, when="", editing="kolu-tane"), "when", "Say when it should run."),
        (replace(FORM, when="", timed=True), "when", "Say when it should run."),
        (replace(FORM, when="soon, perhaps <!channel>"), "when", "I didn't understand"),
        (replace(FORM, when="every day at 9 in Mars/Base"), "when", "Mars/Base"),
        (replace(FORM, when="every 30 seconds"), "when", "minute"),
        (replace(FORM, holidays="Atlantis"), "holidays", "Atlantis"),
        (replace(FORM, when="tomorrow at 8", until="2027-01-01"), "until", "runs once"),
        (replace(FORM, links="example.org ftp://x.y example.org"), "links", "“example.org” and “ftp://x.y”"),
    ],
)
def test_what_is_wrong_is_told_once_and_at_its_field(form: Form, field: str, words: str) -> None:
    offer = Offer(links_in=links_in, models=MODELS)
    wrong = check_form(form, now=NOW, offer=offer)
    assert isinstance(wrong, dict)
    assert list(wrong) == [field]
    assert words in wrong[field]
    told = describe_time(form, now=NOW, closures=Closures())
    assert words not in told
    if field in ("when", "until", "holidays"):
        assert told == composer_words.RUNS_HERE


@pytest.mark.parametrize(
    ("form", "title", "submit", "optional"),
    [
        (replace(FORM, when=""), "Ask once", "Ask", True),
        (FORM, "New schedule", "Save", True),
        (replace(FORM, when="", timed=True), "New schedule", "Save", False),
        (replace(FORM, editing="kolu-tane"), "Edit schedule", "Save", False),
    ],
)
def test_the_title_and_the_button_say_what_the_form_does(
    form: Form, title: str, submit: str, optional: bool
) -> None:
    view = shown(form)
    assert (view["title"]["text"], view["submit"]["text"]) == (title, submit)
    assert block(view, "when")["optional"] is optional
    assert ("Leave empty" in str(block(view, "when"))) is optional
    assert read_form(returned(view)).needs_time is not optional


@pytest.mark.parametrize(
    "form",
    [
        replace(FORM, zone=None, when="every day at 9 in Asia/Tokyo"),
        replace(FORM, zone=None, zone_told=False, when="in 20 minutes"),
    ],
)
def test_a_profile_without_a_zone_is_not_mentioned_where_it_does_not_matter(form: Form) -> None:
    assert "profile" not in describe_time(form, now=NOW, closures=Closures())


def test_whether_slack_has_told_the_zone_travels_with_the_modal() -> None:
    for told in (True, False):
        assert read_form(shown(replace(FORM, zone=None, zone_told=told))).zone_told is told


def test_advanced_fields_are_folded_away_until_they_are_asked_for() -> None:
    assert block(shown(FORM), "freshness") is None
    unfolded = shown(replace(FORM, unfolded=True, groups=(("S0EDITORS01", "@editors"),), mentions=("here",)))
    values = [option["value"] for option in block(unfolded, "groups")["element"]["options"]]
    assert values == ["here", "channel", "S0EDITORS01"]
    assert [option["value"] for option in block(unfolded, "groups")["element"]["initial_options"]] == ["here"]
    assert block(unfolded, "until") is not None


def test_nobody_is_notified_by_default() -> None:
    view = shown(replace(FORM, unfolded=True))
    assert "initial_users" not in block(view, "people")["element"]
    assert "initial_options" not in block(view, "groups")["element"]


def test_what_is_read_is_shown_where_there_is_any_or_it_was_asked_for() -> None:
    assert block(shown(FORM), "links") is None
    assert "Add sources" in str(block(shown(FORM), "buttons"))
    for form in (
        replace(FORM, sourced=True),
        replace(FORM, links="https://a.example"),
        replace(FORM, channels=("C1",)),
    ):
        view = shown(form)
        assert block(view, "links") is not None
        assert block(view, "over") is not None
        assert "Add sources" not in str(block(view, "buttons"))


def test_what_is_posted_is_asked_only_of_what_recurs() -> None:
    unfolded = replace(FORM, unfolded=True, changes="difference")
    assert block(shown(unfolded), "changes")["element"]["initial_option"]["value"] == "difference"
    once = shown(replace(unfolded, when="tomorrow at 8"))
    assert block(once, "changes") is None
    assert read_form(returned(once)).changes == "difference"


def test_a_model_is_asked_for_where_there_is_a_choice_and_one_that_is_gone_is_named() -> None:
    unfolded = replace(FORM, unfolded=True)
    assert block(shown(unfolded, models=MODELS[:1]), "model") is None
    assert block(shown(unfolded), "model")["element"]["initial_option"]["value"] == "usual"
    gone = block(shown(replace(unfolded, model="openai:gone")), "model")
    assert gone["element"]["initial_option"]["text"]["text"] == "openai:gone (no longer available)"
    assert "another" in gone["hint"]["text"]
    assert read_form(returned(shown(replace(unfolded, model=MODELS[0])))).model == MODELS[0]


def test_what_it_also_reads_can_be_left_out() -> None:
    sources = (File(file="F0A"), Thread(channel="C1", ts="1.000001"))
    view = returned(shown(replace(FORM, others=sources)))
    options = block(view, "others")["element"]["options"]
    view["state"]["values"]["others"]["input"]["selected_options"] = options[1:]
    assert read_form(view).others == sources[1:]


async def test_a_source_that_a_modal_cannot_carry_waits_for_it_and_is_missed_when_it_is_gone(
    redis: CountedRedis,
) -> None:
    forms = Forms(redis=redis)
    form = replace(FORM, others=(Quotation(text="x" * 8_000), Thread(channel="C0NEWS00001", ts="17.000001")))
    await forms.hold_sources("T1", form)
    back = read_form(returned(shown(form)))
    assert back.others[1:] == form.others[1:]
    assert (await forms.with_held_sources("T1", back)).others == form.others
    assert await forms.with_held_sources("T2", back) == back
    for kept in (back, Form.decode(back.encode())):
        assert read_sources(kept, offer=Offer(links_in=links_in), recurs=False) == {
            "others": composer_words.OTHERS_GONE
        }


def test_links_longer_than_what_a_modal_can_carry_survive_being_folded() -> None:
    links = "\n".join(f"https://example.org/{'x' * 700}/{number}" for number in range(4))
    assert read_form(returned(shown(replace(FORM, links=links, unfolded=False)))).links == links


def test_editing_says_so_and_asks_for_a_time() -> None:
    view = shown(replace(FORM, editing="kolu-tane"))
    assert view["title"]["text"] == "Edit schedule"
    assert block(view, "when")["optional"] is False
    assert block(shown(FORM), "when")["optional"] is True


def test_a_problem_stands_above_the_fields() -> None:
    view = shown(FORM, problem="I could not reach QStash.")
    assert view["blocks"][0]["text"]["text"] == ":warning: I could not reach QStash."
    assert shown(FORM)["blocks"][0]["block_id"] == "prompt"


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("Well.", False),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", False),
        ("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 500, False),
        ("A sentence of some length with a [link](https://example.org/). \n\n" * 2_000, True),
        ("# Heading\n\n* item\n" * 500, True),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f467 " * 9_000, True),
    ],
)
def test_a_preview_of_any_length_fits_into_a_full_form_and_says_so_if_it_is_cut(
    text: str, is_cut: bool
) -> None:
    form = spread_prompt(replace(FORM, prompt="word " * 2_000, links="https://example.org/x " * 100))
    form = replace(form, unfolded=True, groups=tuple((f"S{n:09}", f"@group{n}") for n in range(98)))
    answer = Answer(text=text, made=NOW, model="openai:gpt", cost=12_000_000)
    blocks = preview_in_form(answer, cached=False, demo=True)
    done = ShownPreview.done(fingerprint_of_question(form), blocks)
    view = shown(form, preview=ShownPreview.decode(done.encode()))
    assert slack_views.view_problems(view, "modal") == []
    assert not slack_views.is_too_large(view)
    assert "openai:gpt · $0.012" in str(view)
    assert ("The preview ends here" in str(view)) is is_cut
    assert "Preview again" in str(block(view, "buttons"))
    assert saving_words.PREVIEW_OTHER not in str(view)
    assert saving_words.PREVIEW_OTHER in str(shown(replace(form, prompt="Else?"), preview=done))
