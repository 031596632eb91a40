"""Modals: who may open one, what is sent when it is submitted, and what the app may answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.bot.sandbox.town import ADA, GENERAL, GRACE, Town, error, open_town
from tests.waiting import wait_until

PLAIN = {"type": "plain_text", "text": "x"}


def asking(block_id: str, element: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": PLAIN,
        "element": {"action_id": "a", **element},
        **more,
    }


PROMPT = asking("prompt", {"type": "plain_text_input", "multiline": True})
DAYS = [{"text": {"type": "plain_text", "text": day}, "value": day.lower()} for day in ("Monday", "Friday")]


def modal(*blocks: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": PLAIN,
        "submit": PLAIN,
        "callback_id": "compose",
        "blocks": list(blocks) or [PROMPT],
        **fields,
    }


async def trigger(town: Town, user: str = ADA) -> str:
    await town.type("/precache", user=user)
    return str(town.app.received[-1]["trigger_id"])


async def opened(town: Town, *blocks: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A modal on Ada's page."""
    answer = await town.slack.views_open(trigger_id=await trigger(town), view=modal(*blocks, **fields))
    view: dict[str, Any] = answer["view"]
    return view


async def submit(town: Town, view: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    filled = {block_id: {"a": value} for block_id, value in values.items()}
    return await town.do("submit", user=ADA, view_id=view["id"], values=filled)


async def titles(town: Town) -> list[str]:
    """Of the stack on Ada's page, from the lowest."""
    return [view["title"]["text"] for view in (await town.state())["views"]]


async def test_a_modal_opens_for_the_person_who_made_the_trigger(town: Town) -> None:
    await town.slack.views_open(trigger_id=await trigger(town, GRACE), view=modal())
    assert await titles(town) == []
    (view,) = (await town.state(GRACE))["views"]
    assert view["submit"] == PLAIN
    assert view["initial"] == {"prompt": {"a": None}}


async def test_a_trigger_is_good_for_three_seconds_and_once(town: Town) -> None:
    first = await trigger(town)
    assert await error(town.slack.views_open(trigger_id="1.2.abc", view=modal())) == "invalid_trigger_id"
    assert await error(town.slack.views_open(trigger_id=first, view={"type": "home"})) == "invalid_arguments"
    await town.slack.views_open(trigger_id=first, view=modal())  # the refusal did not use it up
    assert await error(town.slack.views_open(trigger_id=first, view=modal())) == "exchanged_trigger_id"
    late = await trigger(town)
    town.clock.ahead = timedelta(seconds=3.5)
    assert await error(town.slack.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"


async def test_what_was_filled_in_arrives_whole(town: Town) -> None:
    chosen = {"type": "static_select", "options": DAYS, "initial_option": DAYS[0]}
    several = {"type": "checkboxes", "options": DAYS}
    place = {"type": "conversations_select", "default_to_current_conversation": True}
    view = await opened(
        town,
        PROMPT,
        asking("day", chosen),
        asking("days", several),
        asking("place", {**place, "response_url_enabled": True}),
        asking("person", {"type": "multi_users_select"}, optional=True),
        asking("date", {"type": "datepicker", "initial_date": "2027-01-15"}),
        asking("time", {"type": "timepicker"}),
        asking("number", {"type": "number_input", "is_decimal_allowed": False}),
        private_metadata="kept",
    )
    answer = await submit(
        town, view, prompt="what is <new>?", days=["friday", "monday"], time="09:30", number="7"
    )
    assert answer["ok"]
    sent = town.app.received[-1]
    assert (sent["type"], sent["user"]["id"], sent["view"]["id"]) == ("view_submission", ADA, view["id"])
    assert (sent["view"]["private_metadata"], sent["view"]["callback_id"]) == ("kept", "compose")
    assert {block: state["a"] for block, state in sent["view"]["state"]["values"].items()} == {
        "prompt": {"type": "plain_text_input", "value": "what is <new>?"},
        "day": {"type": "static_select", "selected_option": DAYS[0]},
        "days": {"type": "checkboxes", "selected_options": [DAYS[1], DAYS[0]]},
        "place": {"type": "conversations_select", "selected_conversation": GENERAL},
        "person": {"type": "multi_users_select", "selected_users": []},
        "date": {"type": "datepicker", "selected_date": "2027-01-15"},
        "time": {"type": "timepicker", "selected_time": "09:30"},
        "number": {"type": "number_input", "value": "7"},
    }
    (url,) = sent["response_urls"]
    assert (url["block_id"], url["channel_id"]) == ("place", GENERAL)
    async with town.http.post(url["response_url"], json={"text": "thanks"}) as said:
        assert said.status == 200
    assert [message["text"] for message in await town.sees()] == ["thanks"]
    assert await titles(town) == []


TEXT = {"type": "plain_text_input", "min_length": 3, "max_length": 5}
NUMBER = {"type": "number_input", "is_decimal_allowed": False, "min_value": "2", "max_value": "5"}


@pytest.mark.parametrize(
    ("element", "bad", "good"),
    [
        ({"type": "plain_text_input"}, [None, "", " \n"], "x"),
        (TEXT, ["ab", "abcdef"], "abc"),
        (NUMBER, ["1", "6", "2.5", "two", "nan", "1e999"], "5"),
        ({**NUMBER, "is_decimal_allowed": True}, ["1.9"], "2.5"),
        ({"type": "email_text_input"}, ["ada", "ada@", "ada@x y.example"], "ada@ada.example"),
        ({"type": "url_text_input"}, ["example", "ftp://example.com"], "https://example.com/a?b"),
        ({"type": "static_select", "options": DAYS}, [None], "friday"),
        (
            {"type": "multi_static_select", "options": DAYS, "max_selected_items": 1},
            [[], None, ["monday", "friday"]],
            ["monday"],
        ),
        ({"type": "datepicker"}, [None], "2027-01-15"),
        ({"type": "users_select"}, [None], GRACE),
    ],
)
async def test_slack_itself_looks_at_the_form_first(
    town: Town, element: dict[str, Any], bad: list[Any], good: Any
) -> None:
    view = await opened(town, asking("field", element))
    heard = len(town.app.received)
    for value in bad:
        answer = await submit(town, view, field=value)
        assert (answer["error"], list(answer["errors"])) == ("invalid_input", ["field"]), value
    assert len(town.app.received) == heard
    assert (await submit(town, view, field=good))["ok"]


async def test_only_what_was_offered_can_be_chosen(town: Town) -> None:
    view = await opened(town, asking("day", {"type": "static_select", "options": DAYS}))
    assert (await submit(town, view, day="sunday"))["status"] == 400
    assert await titles(town) == ["x"]


def say(**body: Any) -> Response:
    return JSONResponse(body)


async def test_the_app_may_find_fault_with_a_field(town: Town) -> None:
    view = await opened(town)
    town.app.answers.append(say(response_action="errors", errors={"prompt": "Too vague."}))
    answer = await submit(town, view, prompt="hm")
    assert (answer["error"], answer["errors"]) == ("invalid_input", {"prompt": "Too vague."})
    assert await titles(town) == ["x"]


@pytest.mark.parametrize(
    "answer",
    [
        say(response_action="errors", errors={"other": "no such block"}),
        say(response_action="errors", errors={}),
        say(response_action="errors"),
        say(response_action="explode"),
        say(response_action="update", view={"type": "modal"}),
        say(text="not for views"),
        PlainTextResponse("thanks"),
        PlainTextResponse("thanks", 500),
    ],
)
async def test_an_answer_slack_would_not_take_leaves_the_modal_open(town: Town, answer: Response) -> None:
    view = await opened(town)
    town.app.answers.append(answer)
    result = await submit(town, view, prompt="hm")
    assert result["error"] in ("invalid_response", "dispatch_failed")
    assert await titles(town) == ["x"]


async def test_an_app_that_hangs_leaves_the_modal_open(redis_raw: Redis) -> None:
    async with open_town(redis_raw, patience=0.2) as town:
        view = await opened(town)
        town.app.answer = town.app.never
        assert (await submit(town, view, prompt="hm"))["error"] == "operation_timeout"
        assert await titles(town) == ["x"]


async def test_the_app_answers_with_another_view(town: Town) -> None:
    view = await opened(town)
    second = modal(title={"type": "plain_text", "text": "second"})
    town.app.answers.append(say(response_action="update", view=second))
    assert (await submit(town, view, prompt="hm"))["ok"]
    assert await titles(town) == ["second"]
    assert (await town.state())["views"][0]["id"] == view["id"]
    third = modal(title={"type": "plain_text", "text": "third"})
    town.app.answers.append(say(response_action="push", view=third))
    await submit(town, view, prompt="hm")
    assert await titles(town) == ["second", "third"]
    top = (await town.state())["views"][-1]
    assert town.app.received[-1]["view"]["root_view_id"] == view["id"]
    town.app.answers.append(say(response_action="clear"))
    await submit(town, top, prompt="hm")
    assert await titles(town) == []
    assert town.app.received[-1]["view"]["previous_view_id"] == view["id"]


async def test_three_views_make_a_stack(town: Town) -> None:
    button = {"type": "button", "text": PLAIN, "action_id": "more"}
    view = await opened(town, {"type": "actions", "block_id": "row", "elements": [button]})

    async def press() -> str:
        top = (await town.state())["views"][-1]["id"]
        await town.do("act", user=ADA, view_id=top, block_id="row", action_id="more")
        return str(town.app.received[-1]["trigger_id"])

    assert await error(town.slack.views_push(trigger_id=await trigger(town), view=modal())) == "not_found"
    same = {key: view[key] for key in ("type", "title", "blocks")}
    for _ in range(2):
        await town.slack.views_push(trigger_id=await press(), view=same)
    assert await error(town.slack.views_push(trigger_id=await press(), view=same)) == "push_limit_reached"
    assert len(await titles(town)) == 3


async def test_a_view_changes_only_for_who_knows_its_latest(town: Town) -> None:
    view = await opened(town, external_id="mine")
    other = modal(title={"type": "plain_text", "text": "other"})
    updated = await town.slack.views_update(external_id="mine", hash=view["hash"], view=other)
    assert updated["view"]["id"] == view["id"]
    stale = town.slack.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert await error(stale) == "hash_conflict"
    await town.slack.views_update(view_id=view["id"], view=modal())
    assert await titles(town) == ["x"]
    assert await error(town.slack.views_update(view_id="V0", view=modal())) == "not_found"


async def test_an_outer_name_belongs_to_one_view(town: Town) -> None:
    await opened(town, external_id="mine")
    grace = town.slack.views_open(trigger_id=await trigger(town, GRACE), view=modal(external_id="mine"))
    assert await error(grace) == "duplicate_external_id"


@pytest.mark.parametrize("everything", [False, True])
async def test_the_app_hears_of_a_cancelled_modal_if_it_asked_to(town: Town, everything: bool) -> None:
    view = await opened(town, notify_on_close=True)
    await town.do("close", user=ADA, view_id=view["id"], all=everything)
    await wait_until(lambda: town.app.received[-1].get("type") == "view_closed", "the notice")
    assert town.app.received[-1]["is_cleared"] is everything
    assert await titles(town) == []
    assert (await town.do("close", user=ADA, view_id=view["id"]))["error"] == "view_not_found"


async def test_using_a_field_tells_the_app_of_the_whole_form(town: Town) -> None:
    day = asking("day", {"type": "static_select", "options": DAYS}, dispatch_action=True)
    view = await opened(town, PROMPT, day)
    filled = {"prompt": {"a": "half a thou"}}
    about = {"user": ADA, "view_id": view["id"], "action_id": "a", "values": filled}
    assert (await town.do("act", block_id="day", selected="friday", **about))["ok"]
    sent = town.app.received[-1]
    assert (sent["type"], sent["container"]) == ("block_actions", {"type": "view", "view_id": view["id"]})
    assert sent["actions"][0]["selected_option"] == DAYS[1]
    values = sent["view"]["state"]["values"]
    assert values["prompt"]["a"]["value"] == "half a thou"
    assert values["day"]["a"]["selected_option"] == DAYS[1]
    assert (await town.do("act", block_id="prompt", selected="x", **about))["status"] == 400


async def test_an_external_select_offers_what_the_app_suggests(town: Town) -> None:
    view = await opened(town, asking("day", {"type": "external_select", "min_query_length": 1}))
    about = {"user": ADA, "view_id": view["id"], "block_id": "day", "action_id": "a"}
    assert (await submit(town, view, day="friday"))["status"] == 400
    town.app.answers.append(say(options=DAYS))
    assert (await town.do("suggest", query="fr", **about))["options"] == DAYS
    sent = town.app.received[-1]
    assert (sent["type"], sent["value"], sent["block_id"]) == ("block_suggestion", "fr", "day")
    for bad in (say(options=[{"text": "bare", "value": "x"}]), say(), PlainTextResponse("no")):
        town.app.answers.append(bad)
        assert (await town.do("suggest", query="fr", **about))["error"] == "invalid_response"
    assert (await submit(town, view, day="friday"))["ok"]
    assert town.app.received[-1]["view"]["state"]["values"]["day"]["a"]["selected_option"] == DAYS[1]


def many(count: int) -> list[dict[str, Any]]:
    return [{"type": "divider"}] * count


def text(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


@pytest.mark.parametrize(
    "view",
    [
        modal(title=text(25)),
        modal(submit=text(25)),
        modal(close=text(25)),
        modal(title={"type": "mrkdwn", "text": "x"}),
        modal(callback_id="x" * 256),
        modal(private_metadata="x" * 3001),
        modal(external_id="x" * 256),
        modal(colour="red"),
        modal(*many(101)),
        {**modal(), "blocks": []},
        {key: value for key, value in modal().items() if key != "submit"},
        {key: value for key, value in modal().items() if key != "title"},
        modal(PROMPT, PROMPT),
        modal(asking("b", {"type": "button", "text": PLAIN})),
        modal(asking("b", {"type": "plain_text_input", "max_length": 3001})),
        modal(asking("b", {"type": "plain_text_input", "min_length": 5, "max_length": 4})),
        modal(asking("b", {"type": "number_input"})),
        modal(asking("b", {"type": "number_input", "is_decimal_allowed": True, "min_value": "few"})),
        modal(asking("b", {"type": "plain_text_input"}, label=text(2001))),
        modal(asking("b", {"type": "plain_text_input"}, hint=text(2001))),
        modal({"type": "markdown", "text": "only in messages"}),
        {"type": "home", "blocks": []},
        "{}",
    ],
)
async def test_a_view_slack_would_refuse_is_refused(town: Town, view: Any) -> None:
    body = view if isinstance(view, str) else json.dumps(view)
    call = town.slack.api_call("views.open", params={"trigger_id": await trigger(town), "view": body})
    assert await error(call) == "invalid_arguments"
    assert await titles(town) == []


async def test_the_limits_themselves_pass(town: Town) -> None:
    await opened(
        town,
        *many(100),
        title=text(24),
        submit=text(24),
        close=text(24),
        callback_id="x" * 255,
        private_metadata="x" * 3000,
        external_id="x" * 255,
    )
    assert await titles(town) == ["x" * 24]


async def test_a_view_of_more_than_250_kilobytes_is_too_large(town: Town) -> None:
    large = [{"type": "section", "text": text(3000)}] * 90
    call = town.slack.views_open(trigger_id=await trigger(town), view=modal(*large))
    assert await error(call) == "view_too_large"
