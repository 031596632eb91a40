"""The places of a command are told from the channels and people that its prompt speaks of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parse import parse_command
from bot.commands.places_within import split_places
from bot.commands.requests import ScheduleRequest, UsageError
from bot.schedules import NamedPlace
from scheduler import WhenError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "places", "query"),
    [
        ("every monday at 9 to #ops, #news and @grace: summarise it", "#ops #news @grace", "summarise it"),
        ("every monday at 9 in #ops and #news summarise it", "#ops #news", "summarise it"),
        ("every monday at 9 to <#C01|ops>, <@U02|grace>: summarise it", "#ops @grace", "summarise it"),
        ("every monday at 9 to <#C01> & <@U02>: summarise it", "#C01 @U02", "summarise it"),
        ("to #ops and #news every monday at 9: summarise it", "#ops #news", "summarise it"),
        ("post to #ops and here every monday at 9: summarise it", "#ops here", "summarise it"),
        ("Summarise it every monday at 9 to #ops and #news", "#ops #news", "Summarise it"),
        ("Summarise it every monday at 9 in #ops #news", "#ops #news", "Summarise it"),
        ("post the incidents to #ops and #news every monday at 9", "#ops #news", "post the incidents"),
        ("every monday at 9 post the incidents to #ops and @bob.b", "#ops @bob.b", "post the incidents"),
        ("tomorrow at 9 to #ops, and #news: summarise it", "#ops #news", "summarise it"),
        ("every day at 9 to #ops + #news, say hello", "#ops #news", "say hello"),
        ("every monday at 9 #ops #news: summarise it", "#ops #news", "summarise it"),
        ("every monday at 9 <#C01|ops>, @grace: summarise it", "#ops @grace", "summarise it"),
        ("#ops, #news: every monday at 9 summarise it", "#ops #news", "summarise it"),
        ("#ops every monday at 9: summarise it", "#ops", "summarise it"),
        ("every monday at 9 to me: summarise it", "me", "summarise it"),
        ("every monday at 9 to only me and #ops: summarise it", "me #ops", "summarise it"),
        ("every monday at 9 to #ops and me: summarise it", "#ops me", "summarise it"),
        ("every monday at 9 just for me: summarise it", "me", "summarise it"),
        ("every monday at 9, only me: summarise it", "me", "summarise it"),
        ("every monday at 9 for me: summarise it", "me", "summarise it"),
        ("only me every monday at 9: summarise it", "me", "summarise it"),
        ("summarise it every monday at 9 to me", "me", "summarise it"),
        ("summarise it every monday at 9, just for me", "me", "summarise it"),
        ("send me the incidents every monday at 9", "me", "send me the incidents"),
        ("every monday at 9 please send me the incidents", "me", "please send me the incidents"),
        ("send me every monday at 9: the incidents", "me", "the incidents"),
        ("dm me the incidents tomorrow at 9", "me", "dm me the incidents"),
        ("post every day at 9 to #ops: say hello", "#ops", "say hello"),
        ("please send it every day at 9 to #ops and @bob.b: say hello", "#ops @bob.b", "say hello"),
    ],
)
def test_places_stand_beside_the_time_or_end_an_order_to_post(text: str, places: str, query: str) -> None:
    found = split_places(text, now=NOW)
    assert found is not None
    assert " ".join(place.typed for place in found.places) == places
    request = parse_command(found.text, now=NOW, zone="UTC")
    assert isinstance(request, ScheduleRequest)
    assert request.query == query


@pytest.mark.parametrize(
    "text",
    [
        "every monday at 9 summarise #ops and #news",
        "every monday at 9: #ops and #news in three lines",
        "#ops what was decided on monday?",
        "every monday at 9 summarise what was said in #ops and #news",
        "summarise what was said in #ops every monday at 9",
        "every day at 9 compare #news to #ops",
        "compare #news to #ops every day at 9",
        "say hello to @grace every monday at 9",
        "every monday at 9 tell everyone what @grace wrote to @bob",
        "post the incidents to #ops",
        "what was said in #ops?",
        "every monday at 9 to @here: hello",
        "every monday at 9 to the team: hello",
        "every monday at 9 in Berlin: hello",
        "summarise it for me every monday at 9",
        "every day at 9 write a poem just for me",
        "every monday at 9 compare yourself to me",
        "every monday at 9: only me and you, the lyrics",
        "every monday at 9 just for me and my dog: a joke",
        "every monday at 9 to me and my team: a joke",
        "tell me a joke every day at 9",
        "remind me every day at 9 to stretch",
        "send me a reminder every day at 9 to stretch",
        'every monday at 9 "send me the incidents"',
        "send me a joke",
        "every monday at 9 ask why nobody would send me flowers",
        "list",
        "",
    ],
)
def test_elsewhere_a_channel_or_a_person_is_what_the_prompt_speaks_of(text: str) -> None:
    assert split_places(text, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["post this every monday at 9 to #ops", "post this to #ops every monday at 9"]
)
def test_this_is_posted_elsewhere(text: str) -> None:
    found = split_places(text, now=NOW)
    assert found is not None
    assert " ".join(found.text.split()) == "post this every monday at 9"
    assert [place.typed for place in found.places] == ["#ops"]


@pytest.mark.parametrize(
    "text", ["every monday at 9 to #ops", "tomorrow at 9 to me", "every day at 9 for me"]
)
def test_places_are_no_prompt(text: str) -> None:
    found = split_places(text, now=NOW)
    assert found is not None
    assert parse_command(found.text, now=NOW, zone="UTC") == UsageError(problem="no_prompt")


def test_a_command_is_offered_with_the_places_that_fit() -> None:
    found = split_places("every monday at 9 to <#C01|ops>, #nws and <@U02|grace>: summarise it", now=NOW)
    assert found is not None
    assert found.with_places((found.places[0], found.places[2])) == (
        "every monday at 9 to #ops, @grace: summarise it"
    )
    assert found.places[1] == NamedPlace(kind="channel", name="nws")


@pytest.mark.parametrize(
    "text",
    [
        "every monday at 9 to #ops and me: summarise it",
        "summarise it every monday at 9, just for me",
        "send me the incidents every monday at 9",
    ],
)
def test_a_command_that_is_kept_with_its_places_is_read_as_it_was(text: str) -> None:
    found = split_places(text, now=NOW)
    assert found is not None
    again = split_places(found.whole, now=NOW)
    assert again is not None
    assert (again.places, again.text) == (found.places, found.text)


@given(st.text(alphabet="#@<>|:, abCU01\n&+tomevryday9", max_size=80))
def test_no_text_is_too_odd_to_be_looked_at(text: str) -> None:
    found = split_places(text, now=NOW)
    assert found is None or found.places


@pytest.mark.parametrize(
    "text",
    [
        "evry monday at 9 to #ops: say hello",
        "to #ops and #news evry monday at 9: say hello",
        "every monday 9 to #ops: say hello",
        "evry monday 9 to <#C01|ops> and <@U02>: say hello",
    ],
)
def test_a_time_with_a_slip_beside_places_is_told_and_nothing_is_asked(text: str) -> None:
    found = split_places(text, now=NOW)
    with pytest.raises(WhenError) as refused:
        parse_command(found.text if found else text, now=NOW, zone="UTC")
    assert refused.value.instead[0].startswith("every monday at ")
