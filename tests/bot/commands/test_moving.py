"""Orders to move or copy a schedule are told from prompts about moving and copying."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands.moving import read_moving
from bot.commands.names_within import perhaps_named
from bot.commands.parse import parse_command
from bot.commands.requests import ActRequest, AskRequest, MoveRequest, Request, UsageError
from bot.schedules import NamedPlace

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OPS, HERE, ME = NamedPlace(kind="channel", name="ops"), NamedPlace(kind="here"), NamedPlace(kind="me")


def parsed(text: str) -> Request:
    return parse_command(text, now=NOW, zone="UTC")


@pytest.mark.parametrize(
    ("text", "verb", "places"),
    [
        ("move kolu-tane to #ops", "move", (OPS,)),
        ("Move kolu-tane to the #ops channel, please", "move", (OPS,)),
        ("move kolu-tane here", "move", (HERE,)),
        ("move kolu-tane over to #ops, here and me.", "move", (OPS, HERE, ME)),
        ("copy kolu-tane to #ops and #ops", "copy", (OPS,)),
        ("copy kolu-tane into <#C01|ops>", "copy", (NamedPlace(kind="channel", id="C01", name="ops"),)),
        ("move kolu-tane to @grace", "move", (NamedPlace(kind="person", name="grace"),)),
        ("move kolu-tane to only me", "move", (ME,)),
    ],
)
def test_a_schedule_and_places_are_an_order(text: str, verb: str, places: tuple[NamedPlace, ...]) -> None:
    request = parsed(text)
    assert isinstance(request, MoveRequest)
    assert (request.verb, request.name, request.places) == (verb, "kolu-tane", places)


@pytest.mark.parametrize(
    ("text", "request_meant"),
    [
        ("move kolu-tane", ActRequest(verb="move", name="kolu-tane")),
        ("copy kolu-tane.", ActRequest(verb="copy", name="kolu-tane")),
        ("move", UsageError(problem="no_id", word="move")),
        ("move it to #ops", UsageError(problem="no_id", word="move")),
        ("duplicate kolu-tane", UsageError(problem="did_you_mean", word="copy kolu-tane")),
        ("mvoe kolu-tane to #ops", UsageError(problem="did_you_mean", word="move kolu-tane to #ops")),
        ('move "Morning news" to #ops', MoveRequest(verb="move", name="Morning news", places=(OPS,))),
    ],
)
def test_what_is_missing_is_asked_for(text: str, request_meant: Request) -> None:
    assert parsed(text) == request_meant


@pytest.mark.parametrize(
    "text",
    [
        "move news to #ops",
        "copy the text of our motto to #ops",
        "move semantics in C++",
        "copy for a landing page about tea",
        "move the deadline to monday",
        "how do I move to #ops?",
    ],
)
def test_other_words_are_a_prompt_unless_there_is_a_schedule_of_that_name(text: str) -> None:
    assert parsed(text) == AskRequest(query=text)


def test_a_name_is_looked_for_with_and_without_what_surrounds_it() -> None:
    named = perhaps_named("please move my news schedule to #ops")
    assert MoveRequest(verb="move", name="news", places=(OPS,)) in named
    assert ActRequest(verb="move", name="news") in perhaps_named("move news")
    assert read_moving("move news") is None
