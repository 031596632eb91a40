"""The notes of what is not answered yet: found once they are old, by one copy, and gone in the end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from qstash import AsyncQStash

from bot.background import Background
from bot.promises import Promises
from bot.replies.text import Reply
from bot.slack import Caller, Wish
from bot.storage import heard_event_key
from bot.storage.client import CountedRedis
from bot.ui.intents import INTENT_TTL, LOST_AFTER, Intent, Intents
from bot.ui.intents.asks import is_believed_done
from bot.ui.intents.intent import shorten_body, typed_in
from scheduler import Publisher
from tests.bot.announcing import ANNOUNCE_URL
from tests.waiting import wait_until

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
SOON = LOST_AFTER - timedelta(seconds=1)
LATER = LOST_AFTER + timedelta(seconds=1)
WISH = Wish(id="wish-1", at=NOON)
COMMAND = {"command": "/precache", "text": "Why?\n“ü” \u2028", "response_url": "https://hooks.slack.com/x"}
CALLER = Caller(team="T1", user="U1", channel="C1", thread="1.2", wish=WISH)
NOTED = Intent(team="T1", wish=WISH, body=COMMAND)


@dataclass(kw_only=True)
class Clock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment


def notes_of(redis: CountedRedis, clock: Clock, *, renewed_after: timedelta = LOST_AFTER / 2) -> Intents:
    return Intents(
        redis=redis,
        background=Background(),
        promises=Promises(redis=redis, publisher=Publisher(AsyncQStash("token"), ANNOUNCE_URL), now=clock),
        now=clock,
        renewed_after=renewed_after,
    )


async def test_a_note_is_found_once_it_is_old_and_by_one_copy_at_a_time(redis: CountedRedis) -> None:
    clock = Clock()
    one, other = notes_of(redis, clock), notes_of(redis, clock)
    before = redis.requests
    assert await one.note_intent(NOTED)
    assert redis.requests - before == 1
    clock.moment = NOON + SOON
    assert await other.take_lost() == []
    clock.moment = NOON + LATER
    assert await one.take_lost() == [], "it is at work on that itself"
    clock.moment += LATER
    assert await other.take_lost() == [NOTED.taken_up]
    assert await one.take_lost() == [], "the other one is at it"
    clock.moment += LATER
    third = notes_of(redis, clock)
    assert await third.take_lost() == [NOTED.taken_up], "that one was lost, too"
    await one.end_intent(NOTED)
    clock.moment += LATER
    assert await other.take_lost() == []


@pytest.mark.parametrize(
    "odd", ["[]", "{", '{"v":2}', '{"v":2,"at":"noon","body":{}}', '{"v":2,"at":0,"owed":{"x":1}}']
)
async def test_a_note_that_cannot_be_read_keeps_no_other_from_being_taken_up(
    redis: CountedRedis, caplog: pytest.LogCaptureFixture, odd: str
) -> None:
    clock = Clock()
    broken = replace(NOTED, wish=Wish(id="wish-0", at=NOON))
    await notes_of(redis, clock).note_intent(broken)
    await notes_of(redis, clock).note_intent(NOTED)
    await redis.set(broken.key, odd)
    clock.moment = NOON + LATER
    assert await notes_of(redis, clock).take_lost() == [NOTED.taken_up]
    assert "intent.unreadable" in caplog.text


async def test_what_a_living_process_is_at_work_on_is_not_lost_however_long_it_takes(
    redis: CountedRedis,
) -> None:
    clock = Clock()
    one = notes_of(redis, clock, renewed_after=timedelta(milliseconds=20))
    await one.note_intent(NOTED)
    await one.owe_reply(CALLER, Reply(text="Done."), timedelta(hours=1))
    owed_until = (NOON + timedelta(hours=1)).timestamp() * 1000
    before = redis.requests
    await wait_until(lambda: redis.requests > before + 1, "it is renewed")
    assert await redis.zscore("precache:intents", NOTED.member) == owed_until, "it is not begun before that"
    clock.moment = NOON + timedelta(hours=2)

    async def is_renewed() -> bool:
        return await redis.zscore("precache:intents", NOTED.member) == clock.moment.timestamp() * 1000

    await wait_until(is_renewed, "it is renewed")
    assert await notes_of(redis, clock).take_lost() == []
    await one.end_intent(NOTED)
    assert await redis.keys("precache:intent*") == []


async def test_a_note_holds_half_of_a_surrogate_pair_as_a_mark(redis: CountedRedis) -> None:
    clock = Clock()
    halved = replace(NOTED, body={**COMMAND, "text": "half an emoji \ud83d"})
    assert await notes_of(redis, clock).note_intent(halved)
    clock.moment += LATER
    (found,) = await notes_of(redis, clock).take_lost()
    assert found.body["text"] == "half an emoji ?"


async def test_what_cannot_be_noted_is_not_renewed(redis: CountedRedis) -> None:
    notes = notes_of(redis, Clock(), renewed_after=timedelta(0))
    with pytest.raises(TypeError):
        await notes.note_intent(replace(NOTED, body={**COMMAND, "text": object()}))
    for _ in range(3):  # turns of the loop, at the first of which it would be
        await asyncio.sleep(0)
    assert notes.background.running == 0


async def test_an_event_that_slack_sends_again_is_noted_once(redis: CountedRedis) -> None:
    one, other = notes_of(redis, Clock()), notes_of(redis, Clock())
    assert await one.note_intent(NOTED, event="Ev1")
    again = replace(NOTED, wish=Wish(id="wish-2", at=NOON))
    assert not await other.note_intent(again, event="Ev1")
    assert await redis.keys("precache:intent:*") == [NOTED.key]
    await one.end_intent(NOTED)
    assert not await other.note_intent(again, event="Ev1"), "it was answered"
    assert await redis.keys("precache:*") == [heard_event_key("T1", "Ev1")]


async def test_a_note_holds_what_is_needed_ends_by_itself_and_is_gone_once_answered(
    redis: CountedRedis,
) -> None:
    clock = Clock()
    intents = notes_of(redis, clock)
    await intents.note_intent(NOTED)
    keys = {key: await redis.ttl(key) for key in await redis.keys("*")}
    name = "precache:intent:T1:wish-1"
    assert keys == {name: INTENT_TTL.total_seconds(), "precache:intents": 2 * INTENT_TTL.total_seconds()}
    record = json.loads(await redis.get(name) or "")
    assert record == {"v": 2, "at": NOON.timestamp() * 1000, "body": COMMAND}
    await redis.delete(name)  # as its time to live does
    clock.moment += LATER
    assert await intents.take_lost() == []
    assert await redis.keys("*") == []
    await intents.note_intent(NOTED)
    await intents.end_intent(NOTED)
    assert await redis.keys("*") == []


async def test_words_that_are_owed_take_the_place_of_the_work_and_are_found_after_their_next_try(
    redis: CountedRedis,
) -> None:
    clock = Clock()
    one, other = notes_of(redis, clock), notes_of(redis, clock)
    await one.note_intent(NOTED)
    reply = Reply(text="Done.", blocks=({"type": "divider"},))
    await one.owe_reply(CALLER, reply, timedelta(minutes=5))
    assert b"Why" not in str(await redis.get(NOTED.key)).encode()
    clock.moment += timedelta(minutes=5) + SOON
    assert await other.take_lost() == [], "the first copy may be about to tell it"
    clock.moment += LATER - SOON
    (lost,) = await other.take_lost()
    assert lost.owed is not None
    assert lost.wish.is_again
    assert (lost.owed.reply, lost.owed.caller_in("T1", WISH)) == (reply, CALLER)
    await other.end_intent(lost)
    await one.owe_reply(replace(CALLER, wish=None), reply, timedelta(minutes=5))
    assert await redis.keys("*") == [], "nothing is kept for what was no wish"


async def test_a_note_of_an_earlier_version_is_read(redis: CountedRedis) -> None:
    record = {"v": 1, "user": "U1", "channel": "C1", "text": "list", "response_url": "u"}
    found = Intent.decode("T1:old-1", json.dumps(record))
    assert found.body == {
        "command": "/precache",
        "team_id": "T1",
        "user_id": "U1",
        "channel_id": "C1",
        "text": "list",
        "response_url": "u",
    }
    assert (found.team, found.wish.id) == ("T1", "old-1")


def test_a_note_holds_neither_secrets_nor_what_was_only_shown() -> None:
    view = {"id": "V1", "callback_id": "compose", "state": {"values": {}}, "blocks": [1], "title": {}}
    body = {
        "type": "view_submission",
        "token": "secret",
        "trigger_id": "1.2",
        "view": view,
        "message": {"ts": "1.2", "blocks": [2]},
        "user": {"id": "U1"},
    }
    assert shorten_body(body) == {
        "type": "view_submission",
        "view": {"id": "V1", "callback_id": "compose", "state": {"values": {}}},
        "message": {"ts": "1.2"},
        "user": {"id": "U1"},
    }


def pressed(action: str, value: str = "kolu-tane", **more: Any) -> dict[str, Any]:
    return {"type": "block_actions", "actions": [{"action_id": action, "value": value, **more}]}


def said(kind: str, **event: Any) -> dict[str, Any]:
    granted = [{"user_id": "UBOT"}]
    told = {"type": kind, "user": "U1", "text": "<@UBOT> why?", **event}
    return {"type": "event_callback", "authorizations": granted, "event": told}


@pytest.mark.parametrize(
    ("body", "is_noted"),
    [
        (COMMAND, True),
        (said("app_mention"), True),
        (said("message", channel_type="im", text="why?"), True),
        (said("message", channel_type="mpim"), True),
        (said("message", channel_type="mpim", text="why?"), False),
        (said("message", channel_type="im", bot_id="B1"), False),
        (said("message", channel_type="im", subtype="message_changed"), False),
        (said("app_home_opened", tab="home"), False),
        (said("channel_archive"), False),
        ({"type": "view_submission", "view": {}}, True),
        ({"type": "view_closed", "view": {}}, False),
        ({"type": "message_action"}, True),
        (pressed("card_run"), True),
        (pressed("home_menu", selected_option={"value": "pause kolu-tane"}), True),
        (pressed("home_menu", selected_option={"value": "edit kolu-tane"}), False),
        (pressed("post_refresh", "?why"), True),
        (pressed("post_schedule", "?why"), False),
        (pressed("post_deleteall", "kolu-tane"), True),
        (pressed("join_channel", "x"), True),
        (pressed("preview_post", "x"), True),
        (pressed("review_skip", "kolu-tane/1/1"), True),
        (pressed("review_edit", "kolu-tane/1/1"), False),
        (pressed("card_unplace", "kolu-tane:C1"), True),
        (pressed("consent_allow", "kolu-tane x"), True),
        (pressed("compose_fold", "x"), False),
        (pressed("home_next", "#2"), False),
        ({"type": "block_actions", "actions": []}, False),
        ({"type": "url_verification", "challenge": "c"}, False),
    ],
)
def test_only_what_is_believed_done_is_noted(body: dict[str, Any], is_noted: bool) -> None:
    assert is_believed_done(body) is is_noted


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        ({"command": "/precache", "text": "list"}, "/precache list"),
        ({"command": "/precache"}, "/precache"),
        (said("app_mention"), "<@UBOT> why?"),
        (pressed("card_run", text={"type": "plain_text", "text": "Run now"}), "Run now"),
        (pressed("card_menu", selected_option={"text": {"text": "Pause"}, "value": "pause x"}), "Pause"),
        (
            {
                "type": "view_submission",
                "view": {"state": {"values": {"a": {"x": {"value": "Why?"}}, "b": {"y": {"value": None}}}}},
            },
            "Why?",
        ),
        ({"type": "view_submission", "view": {}}, ""),
    ],
)
def test_what_was_typed_is_found_in_each_kind_of_request(body: dict[str, Any], typed: str) -> None:
    assert typed_in(body) == typed
