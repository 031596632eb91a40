"""Lines typed after /precache, done by the whole app: what it asks of Slack, and what it says."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from redis.asyncio import Redis as RawRedis
from slack_sdk.signature import SignatureVerifier
from starlette.responses import JSONResponse, Response

from bot.replies.commands import slack_down
from bot.schedules import ScheduleStore
from bot.storage import CountedRedis
from tests.running import ADA, GENERAL, GRACE, RANDOM, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.slack_channel import TOKEN, Arguments, Slack, slack_channel
from tests.waiting import wait_until

UNTOLD = "Slack didn't tell me your time zone just now"
SECRET = "a-prompt-that-nobody-else-may-read"


@pytest.fixture
def model(model: OpenAI) -> OpenAI:
    model.otherwise = says("Because of Rayleigh scattering.")
    return model


@pytest.mark.parametrize(
    "fault",
    [{"kind": "error", "error": "invalid_auth"}, {"kind": "ratelimited"}, {"kind": "status"}],
    ids=lambda fault: str(fault["kind"]),
)
async def test_a_time_is_not_taken_for_utc_while_slack_does_not_tell_the_zone(
    bot: Precache, fault: dict[str, str]
) -> None:
    await bot.fault(method="users.info", times=2, **fault)
    await bot.type("/precache every day at 9 What is new?")
    await bot.told(UNTOLD)
    await bot.type("/precache every day at 9 in Asia/Tokyo What is new?")
    assert "Asia/Tokyo" in await bot.told("Scheduled")
    await bot.type("/precache every day at 10 What is new?")
    told = await bot.told("10:00")
    assert "Europe/Berlin" in told
    assert not any("so I used UTC" in whisper for whisper in await bot.whispers())


async def test_what_was_typed_is_there_to_copy_when_its_time_cannot_be_kept(bot: Precache) -> None:
    await bot.type("/precache every 45 minutes Are *A* & <B> fine?")
    told = await bot.seen("every 30 minutes")
    assert "You typed: every 45 minutes Are *A* & <B> fine?" in str(told["blocks"])


async def test_a_refusal_gives_back_what_was_typed_and_names_the_channel(bot: Precache) -> None:
    for typed, channel, words in (
        ("Why is the sky blue?", RANDOM, f"I'm not in <#{RANDOM}> yet"),
        ("every day at 9 Why is the sky blue?", RANDOM, f"I'm not in <#{RANDOM}> yet"),
        ("Summarise #attic over the last week", GENERAL, "`#attic` is archived"),
        ("Summarise #nowhere", GENERAL, "I can't find `#nowhere`"),
        ("preview Summarise #attic over the last week", GENERAL, "`#attic` is archived"),
        ("rename kolu-tane A long new name", GENERAL, "no schedule called"),
    ):
        await bot.type(f"/precache {typed}", channel=channel)
        told = await bot.seen(f"You typed: {typed}", channel=channel)
        assert words in told["text"]
        assert ("Join channel" in str(told)) is (channel == RANDOM)
    await bot.fault(method="users.conversations", kind="status")
    await bot.type("/precache Summarise #general over the last day")
    told = await bot.seen("You typed: Summarise #general over the last day")
    assert told["text"] == slack_down()


async def test_a_channel_is_joined_by_a_button_which_does_what_was_typed(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache Why is the sky blue?", channel=RANDOM)
    await bot.press(await bot.seen("Join channel", channel=RANDOM), "join_channel")
    (post,) = await bot.posted(channel=RANDOM)
    assert "Rayleigh" in post["text"]
    assert model.requests == 1
    await bot.seen("Working on it", channel=RANDOM)
    assert "Join channel" not in str(await bot.messages(channel=RANDOM))


async def test_a_button_that_joins_does_what_was_typed_once_however_often_it_is_pressed(
    bot: Precache, redis: CountedRedis
) -> None:
    await bot.type("/precache every day at 9 to #random: Why is the sky blue?")
    button = await bot.seen("Join channel")
    await asyncio.gather(*(bot.press(button, "join_channel") for _ in range(2)))
    await bot.seen("Scheduled")
    await bot.type("/precache every day at 10 Is it?", channel=RANDOM)
    await bot.seen("10:00", channel=RANDOM)
    found = await ScheduleStore(redis=redis).list_records(TEAM)
    assert sorted(schedule.query for schedule in found) == ["Is it?", "Why is the sky blue?"]


async def test_what_was_typed_is_all_there_when_it_was_too_long(bot: Precache) -> None:
    typed = "🙂" * 2_500 + " ".join(f"word{number}" for number in range(700))
    await bot.type(f"/precache {typed}")
    told = await bot.seen("and the limit is")
    blocks = told["blocks"][1:]
    assert "".join(block["elements"][0]["text"] for block in blocks) == f"You typed: {typed}"


async def test_codes_and_links_that_slack_made_of_words_are_words_and_all_else_is_as_typed(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type(
        f"/precache Who of <@{GRACE}|grace> and <!subteam^S0EDITORS01> founded <http://a.example|a.example>, "
        "and is <b> &lt; in <#C0NEWS00001|>?"
    )
    await bot.posted()
    asked = str(model.bodies[-1]["messages"][-1]["content"])
    assert asked == "Who of @Grace Hopper and @editors founded a.example, and is <b> &lt; in #news?"


async def test_what_was_used_is_told_to_the_person_who_asks(bot: Precache, model: OpenAI) -> None:
    await bot.type("/precache stats")
    await bot.told("Nothing has been used this month")
    await bot.type("/precache Why?")
    await bot.posted()

    async def told() -> str | None:  # a run is counted a moment after its post is seen
        await bot.type("/precache stats")
        return next((whisper for whisper in await bot.whispers() if "*1* post" in whisper), None)

    assert "*1* model call" in await wait_until(told, "what was used")


async def test_what_needs_no_zone_goes_through_without_one(bot: Precache, model: OpenAI) -> None:
    await bot.fault(method="users.info", kind="error", times=9)
    await bot.type("/precache in 20 minutes What is new?")
    assert "so I used UTC" not in await bot.told("Scheduled")
    await bot.type("/precache Why is the sky blue?")
    await bot.posted()
    assert model.requests == 1


async def test_a_signed_command_that_lacks_who_or_where_is_warned_of_and_left_alone(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = {"command": "/precache", "team_id": TEAM, "user_id": ADA, "channel_id": GENERAL, "text": SECRET}
    async with (
        slack_channel() as slack,
        precache(
            valkey=valkey_socket,
            data=tmp_path,
            model_url=model.url,
            SLACK_BOT_TOKEN=TOKEN,
            SLACK_SIGNING_SECRET="a-signing-secret",
            SLACK_API_URL=slack.url,
        ) as bot,
    ):

        async def send(command: dict[str, str]) -> int:
            body, now = urlencode(command), str(int(time.time()))
            signature = SignatureVerifier("a-signing-secret").generate_signature(timestamp=now, body=body)
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Request-Timestamp": now,
                "X-Slack-Signature": signature or "",
            }
            async with bot.http.post(f"{bot.url}/slack/events", data=body, headers=headers) as response:
                return response.status

        caplog.set_level(logging.INFO)
        for missing in ("team_id", "user_id", "channel_id"):
            caplog.clear()
            assert await send({name: value for name, value in whole.items() if name != missing}) == 200
            warnings = [record.getMessage() for record in caplog.records if record.name.startswith("bot.ui")]
            assert warnings == [f"command.incomplete: without {missing}"]
            assert SECRET not in caplog.text
        assert slack.whispers == []
        told: list[str] = []

        async def whispered(_: Slack, __: str, arguments: Arguments) -> Response:
            told.append(str(arguments["blocks"]))
            return JSONResponse({"ok": False, "error": "channel_not_found"})

        slack.next["chat.postEphemeral"].append(whispered)
        slack.next["chat.postMessage"].append(whispered)
        assert await send(whole | {"text": "word " * 1_000}) == 200
        await wait_until(lambda: "command.not_told" in caplog.text, "a word on what could not be told")
        assert "You typed: word" in told[0]
        assert await send(whole | {"text": "help"}) == 200
        await wait_until(lambda: slack.whispers, "an answer although there is no response_url")


async def test_a_name_of_several_words_is_understood_after_a_verb_and_none_may_look_like_an_id(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache every day at 9 Hello there")
    name = await bot.made()
    await bot.type(f"/precache rename {name} bafo-riku")
    await bot.told("looks like a schedule's id")
    await bot.type(f"/precache rename {name} *Morning* news")
    await bot.told("is now called")
    await bot.type("/precache pause *Morning* news")
    await bot.told("is paused")
    await bot.type("/precache rename *Morning* news to Evening news")
    await bot.told("is now called *Evening news*")
    await bot.type("/precache transfer Evening news @nobody")
    await bot.told("I can't find anyone called nobody")
    await bot.type("/precache pasue Evening")
    await bot.told("Did you mean `/precache pause Evening`?")
    await bot.type(f"/precache delete {name} please")
    await bot.told(f"Did you mean `/precache delete {name}`?")
    await bot.type('/precache ""')
    await bot.told("What should I ask?")
    assert model.requests == 0


async def test_a_prompt_that_may_have_ended_in_its_time_is_asked_about_and_one_in_a_clause_is_answered(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache Sum up the day every night")
    await bot.told("Is “every night” its time? Put it first to schedule this: `/precache every night: …`")
    await bot.type("/precache every night: Sum up the day")
    await bot.told("Scheduled *every day at 21:00*")
    assert model.requests == 0
    await bot.type("/precache List habits that people keep every night")
    await bot.told("If “every night” is a time, put it first: `/precache every night: …`")
    await bot.posted()
    assert model.requests == 1


async def test_who_is_no_admin_sees_no_direct_messages_of_others_in_a_list_and_is_told_why(
    bot: Precache,
) -> None:
    await bot.type("/precache every day at 9 Good morning", channel="D0ADA000001")
    await bot.told("Scheduled", channel="D0ADA000001")
    await bot.type("/precache list all")
    assert "in our direct messages" in await bot.told("Good morning")
    await bot.type("/precache list all", user=GRACE)
    await bot.told("Nothing is scheduled here, and you have no other schedules", user=GRACE)
    await bot.type("/precache every day at 9 Hello", user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    await bot.type("/precache list all", user=GRACE)
    assert "Good morning" not in await bot.told("Only admins can see", user=GRACE)


async def test_what_is_no_name_is_asked_whatever_slack_tells_of_other_channels(bot: Precache) -> None:
    made = await bot.do("channels", user=GRACE, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=channel)
    await bot.type("/precache every day at 9 What is new?", user=GRACE, channel=channel)
    await bot.told("Scheduled", user=GRACE, channel=channel)
    await bot.fault(method="conversations.info", kind="status", times=20)
    await bot.type("/precache show bafo-riku", user=GRACE)
    await bot.told("I have no schedule called `bafo-riku` here", user=GRACE)
    await bot.type("/precache show me the latest news", user=GRACE)
    await bot.posted()


async def test_a_name_of_several_words_is_no_prompt_of_who_has_left_its_private_channel(
    bot: Precache, model: OpenAI
) -> None:
    made = await bot.do("channels", user=GRACE, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=channel)
    await bot.type("/precache in 2 hours What is new?", user=GRACE, channel=channel)
    name = await bot.made(user=GRACE, channel=channel)
    await bot.type(f"/precache rename {name} Merger with Acme", user=GRACE, channel=channel)
    await bot.told("is now called", user=GRACE, channel=channel)
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.type("/precache show Merger with Acme", user=GRACE)
    assert "pause" not in await bot.told("belongs to a channel", user=GRACE)
    assert model.requests == 0


async def test_slips_are_told_to_one_person_and_prompts_are_posted_wherever_they_are_typed(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache schedule every day at 9am Say hi")
    name = await bot.made("Scheduled *every day at 09:00*")
    await bot.type(f"/precache rename {name} news")
    await bot.told("is now called *news*")
    for number, typed in enumerate(
        (
            f"postpone {name}",
            f"nudge {name} a little",
            "delay news please",
            "mute news",
        ),
        start=1,
    ):
        await bot.type(f"/precache {typed}")
        await wait_until(partial(_whispers_with, bot, "Here is the schedule", number), typed)
    for number, typed in enumerate((f"when does {name} run next", "is news paused?"), start=1):
        await bot.type(f"/precache {typed}")
        await wait_until(partial(_whispers_with, bot, "*news* · *every day at 09:00*", number + 4), typed)
    for typed, told in (
        ("what can you do?", "Ask once, read it on time"),
        ("thanks", "You're welcome!"),
        ("weekly report every friday", "Is “every friday” its time?"),
        ("schedule a joke", "When should I post it?"),
        ("yesterday at 9 Tell me a joke", "Yesterday at 9 has passed"),
        ("Summarise file:///notes.txt", "I can't read `file:///notes.txt`"),
        ("Summarise the news of today in our channel and list them", "I haven't read the channel"),
        ("standup notes in a few hours", "I didn't understand “in a few hours”"),
    ):
        await bot.type(f"/precache {typed}")
        await bot.told(told)
    said = {"user": ADA, "channel": GENERAL, "type": "app_mention"}
    await bot.do("events", event={**said, "ts": "1700000000.000001", "text": "<@U0PRECACHE1> -h"})
    await wait_until(partial(_whispers_with, bot, "Ask once, read it on time", 2), "help")
    direct = {"type": "message", "channel_type": "im", "channel": "D0ADA000001", "user": ADA}
    await bot.do("events", event={**direct, "ts": "1700000001.000001", "text": "my schedules"})
    await bot.seen("*news*", channel="D0ADA000001")
    await bot.type("/precache delete all my schedules")
    asked = await bot.seen("Do you want to delete this schedule?")
    assert "*news*" in asked["text"]
    assert (model.requests, await bot.posts()) == (0, [])
    await bot.type("/precache summarise news")
    await bot.posted()
    await bot.press(asked, "card_deleteall")
    await bot.told("Deleted 1 of 1.")
    await bot.type("/precache list mine")
    await bot.told("You haven't scheduled anything yet")


async def _whispers_with(bot: Precache, words: str, number: int) -> bool:
    return sum(words in whisper for whisper in await bot.whispers()) >= number
