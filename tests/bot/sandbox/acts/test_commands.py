"""Slash commands, from the composer to the app and back."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.bot.sandbox.town import ADA, ADAS_DM, GENERAL, GRACE, LEADS, RANDOM, Town, open_town


async def test_a_command_reaches_the_app_signed_with_slacks_fields(town: Town) -> None:
    assert (await town.type('/precache what is <new> & "payload"?'))["ok"]
    (form,) = town.app.received
    assert form["command"] == "/precache"
    assert form["text"] == 'what is <new> & "payload"?'
    assert (form["user_id"], form["user_name"]) == (ADA, "ada")
    assert (form["channel_id"], form["channel_name"]) == (GENERAL, "general")
    assert form["team_id"] == "T0PRECACHE1"
    assert form["response_url"].startswith(f"{town.url}/sandbox/respond/")
    assert form["trigger_id"].count(".") == 2
    assert await town.sees() == []


@pytest.mark.parametrize(
    ("channel", "name"), [(ADAS_DM, "directmessage"), (LEADS, "privategroup"), (RANDOM, "random")]
)
async def test_private_places_have_no_name_in_a_command(town: Town, channel: str, name: str) -> None:
    await town.type("/precache hi", channel=channel)
    assert town.app.received[0]["channel_name"] == name


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("/precache", ""),
        ("/precache   spaced   out  ", "spaced   out"),
        ("/precache two\nlines", "two\nlines"),
        ("/precache\nall below", "all below"),
        ("/precache\ttabbed", "tabbed"),
        ("/PreCache shouted", "shouted"),
    ],
)
async def test_what_follows_the_command_is_its_text(town: Town, typed: str, text: str) -> None:
    await town.type(typed)
    assert (town.app.received[0]["command"], town.app.received[0]["text"]) == ("/precache", text)


async def test_plain_text_in_the_acknowledgement_is_shown_to_the_user_alone(town: Town) -> None:
    town.app.answers.append(PlainTextResponse("On its way."))
    await town.type("/precache hi")
    (message,) = await town.sees()
    assert (message["text"], message["ephemeral"], message["bot"]) == ("On its way.", True, True)
    assert await town.sees(user=GRACE) == []


async def test_an_acknowledgement_in_channel_is_shown_to_all_below_the_command(town: Town) -> None:
    town.app.answers.append(JSONResponse({"response_type": "in_channel", "text": "For all."}))
    await town.type("/precache hi")
    assert [(message["text"], message["user"]) for message in await town.sees(user=GRACE)] == [
        ("/precache hi", ADA),
        ("For all.", "U0PRECACHE1"),
    ]


async def test_in_channel_alone_only_shows_the_command(town: Town) -> None:
    town.app.answers.append(JSONResponse({"response_type": "in_channel"}))
    await town.type("/precache hi")
    assert [message["text"] for message in await town.sees(user=GRACE)] == ["/precache hi"]


async def test_an_app_that_is_too_slow_is_told_of_as_slack_does(redis_raw: Redis) -> None:
    async with open_town(redis_raw, patience=0.1) as town:
        town.app.answer = town.app.never
        await town.type("/precache hi")
        (message,) = await town.sees()
        assert message["text"] == '/precache failed with the error "operation_timeout"'
        assert (message["user"], message["ephemeral"]) == ("USLACKBOT", True)
        assert len(town.app.received) == 1  # commands are sent once


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=404), "dispatch_failed"),
        (Response(status_code=500), "dispatch_failed"),
        (Response(status_code=302, headers={"location": "/"}), "dispatch_failed"),
        (JSONResponse({"blocks": [{"type": "nonsense"}]}), "invalid_command_response"),
        (JSONResponse(["no object"]), "invalid_command_response"),
        (Response("{", media_type="application/json"), "invalid_command_response"),
        (Response(b"\xff", media_type="text/plain"), "invalid_command_response"),
    ],
)
async def test_an_answer_slack_cannot_use_is_told_of(town: Town, answer: Response, error: str) -> None:
    town.app.answers.append(answer)
    await town.type("/precache hi")
    (message,) = await town.sees()
    assert message["text"] == f'/precache failed with the error "{error}"'


async def test_an_unknown_command_is_refused_by_slack_itself(town: Town) -> None:
    await town.type("/precash hi")
    (message,) = await town.sees()
    assert message["text"].startswith("`/precash` is not a valid command.")
    assert message["ephemeral"]
    assert town.app.received == []


async def test_a_command_in_a_thread_is_refused_there(town: Town) -> None:
    parent = (await town.type("Lunch?"))["ts"]
    await town.type("/precache hi", thread_ts=parent)
    message = (await town.sees())[-1]
    assert "is not supported in threads" in message["text"]
    assert (message["thread_ts"], message["ephemeral"]) == (parent, True)
    assert town.app.received == []
