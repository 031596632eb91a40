"""The words of a mention or a direct message: what is asked, what is courtesy, and what no person said."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.responses import Response

from bot.ui.mentions import text_to_bot
from bot.ui.typed.typed_words import asks_to_read
from tests.measuring import grows_evenly
from tests.running import ADA, GENERAL, Precache
from tests.stand_ins.openai import OpenAI, says
from tests.waiting import wait_until

BOT = "U0PRECACHE1"
DIRECT = "D0ADA000001"
EDITED = {"user": ADA, "ts": "1700000010.000001"}


def mention(text: str, **more: Any) -> dict[str, Any]:
    said = {"channel": GENERAL, "user": ADA, "ts": "1700000000.000001", "text": text}
    return {"type": "app_mention", **said, **more}


def whisper(text: str, **more: Any) -> dict[str, Any]:
    """A direct message to the bot."""
    said = {"channel": DIRECT, "channel_type": "im", "user": ADA, "ts": "1700000000.000001", "text": text}
    return {"type": "message", **said, **more}


def group(text: str, **more: Any) -> dict[str, Any]:
    """A message in a group conversation."""
    return {**mention(text), "type": "message", "channel_type": "mpim", **more}


def asked_of(model: OpenAI) -> str:
    turns = [turn for body in model.bodies for turn in body["messages"] if turn["role"] != "system"]
    return json.dumps([turn["content"] for turn in turns], ensure_ascii=False)


async def model_is_asked(model: OpenAI) -> str:
    async def asked() -> str | None:
        return asked_of(model) if model.requests else None

    return await wait_until(asked, "a question to the model")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"<@{BOT}> why is the sky blue?", "why is the sky blue?"),
        (f"summarise this thread <@{BOT}> please", "summarise this thread"),
        (f"summarise this thread <@{BOT}>, thank you!", "summarise this thread"),
        (f"summarise this thread <@{BOT}>", "summarise this thread"),
        (f"thanks <@{BOT}>!", "thanks"),
        (f"summarise this thread <@{BOT}>, dankeschön!", "summarise this thread"),
        (f"summarise this thread <@{BOT}> :pray:", "summarise this thread"),
        (f"summarise this thread <@{BOT}>, many thanks in advance!", "summarise this thread"),
        (f"what was decided, <@{BOT}> <@{ADA}>?", "what was decided"),
        (f"<@{BOT}>: :+1:", ":+1:"),
        (f"<@{BOT}>: Note: it is late", "Note: it is late"),
        (f"hey <@{BOT}> what is cobalt?", "what is cobalt?"),
        (f"<@{BOT}>", ""),
    ],
)
def test_what_stands_before_the_name_counts_where_only_courtesy_follows(text: str, words: str) -> None:
    assert text_to_bot(text, bot=BOT) == words


@pytest.mark.parametrize("mark", [":+", ":-:", ": ", ":wave:", "thanks a ", "good "])
def test_any_number_of_marks_before_a_word_costs_no_more_than_reading_them(mark: str) -> None:
    after = f"{mark * 2_000}cobalt"
    first = "" if mark == ":wave:" else " :"  # the colon of a code is part of it
    assert text_to_bot(f"why? <@{BOT}>{after}", bot=BOT) == after.lstrip(first)


@pytest.mark.parametrize(
    ("said", "holds", "not_in_it"),
    [
        ("who founded <http://booking.example|booking.example>?", "founded booking.example?", "http:"),
        ("what belongs in a <http://README.example|README.example>?", "README.example", "http:"),
        ("is <mailto:ada@x.example|ada@x.example> valid?", "is ada@x.example valid", "mailto:"),
        ("which country is <tel:+4930123|030123>?", "is 030123?", "tel:"),
        ("write a note to <!subteam^S0EDITORS01> about friday", "note to @editors about", "S0EDITORS01"),
        ("write a note about <#C0NEWS00001|> rules", "about #news rules", "C0NEWS00001"),
    ],
)
async def test_names_and_links_of_slack_are_the_words_that_were_typed(
    bot: Precache, model: OpenAI, said: str, holds: str, not_in_it: str
) -> None:
    await bot.do("events", event=mention(f"<@{BOT}> {said}"))
    asked = await model_is_asked(model)
    assert holds in asked
    assert not_in_it not in asked


@pytest.mark.parametrize("subtype", [None, "thread_broadcast", "me_message"])
async def test_a_direct_message_is_answered_whatever_way_it_was_said(
    bot: Precache, model: OpenAI, subtype: str | None
) -> None:
    more = {"subtype": subtype} if subtype else {}
    await bot.do("events", event=whisper("What is cobalt?", **more))
    assert "What is cobalt?" in await model_is_asked(model)


async def test_in_direct_messages_the_progress_stands_in_the_place_of_the_answer(
    bot: Precache, model: OpenAI
) -> None:
    released = asyncio.Event()

    async def answer_later(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        await released.wait()
        response = says("A metal.")(stand_in, body)
        assert isinstance(response, Response)
        return response

    model.otherwise = answer_later
    await bot.fault(method="assistant.threads.setStatus", kind="error", error="not_allowed")
    await bot.do("send", user=ADA, channel=DIRECT, text="What is cobalt?")
    at_work = await bot.seen("Working on it", channel=DIRECT)
    assert not at_work["ephemeral"]
    released.set()
    await bot.seen("A metal.", channel=DIRECT)
    assert "Working on it" not in str(await bot.messages(channel=DIRECT))


async def test_what_no_person_asked_is_not_answered_and_one_message_once(
    bot: Precache, model: OpenAI
) -> None:
    for event in (
        mention(f"thanks <@{BOT}>!", ts="1700000001.000001"),
        mention(f"<@{BOT}> good morning :wave:", ts="1700000002.000001"),
        mention(f"<@{BOT}> :tada::tada:", ts="1700000011.000001"),
        mention(f"<@{BOT}> hi all, thanks again!", ts="1700000012.000001"),
        mention(f"thanks <@{BOT}> and <@{ADA}>", ts="1700000013.000001"),
        whisper("Why?", ts="1700000003.000001", subtype="message_changed"),
        whisper("Why?", ts="1700000004.000001", user="USLACKBOT"),
        whisper("Why?", ts="1700000005.000001", app_id="A1"),
        whisper("Why?", ts="1700000006.000001", bot_profile={"name": "Other"}),
        group("Who is <@U0GRACE00001>?", ts="1700000008.000001"),
        mention(
            f"<@{BOT}> What is zinc?", ts="1700000009.000001", edited={"user": ADA, "ts": "1700000010.000001"}
        ),
    ):
        await bot.do("events", event=event)
    said = await bot.do("send", user=ADA, channel=DIRECT, text="What is cobalt?")
    await bot.do("events", event=whisper("What is cobalt?", ts=said["ts"]))
    (post,) = await bot.posted(1, channel=DIRECT)
    assert "What is cobalt?" in json.dumps(post)
    assert await bot.posts() == []
    assert model.requests == 1
    await bot.told("mention me in a new message")


async def test_a_mention_in_a_group_is_answered_once_whichever_way_it_comes(
    bot: Precache, model: OpenAI
) -> None:
    asked = f"<@{BOT}> What is cobalt?"
    for event in (
        group(asked, ts="1700000001.000001"),
        mention(asked, ts="1700000001.000001"),
        group(asked, ts="1700000001.000001", subtype="file_share"),
    ):
        await bot.do("events", event=event)
    (post,) = await bot.posted(1)
    assert "What is cobalt?" in json.dumps(post)
    assert model.requests == 1


NIGHTLY = "The nightly build failed at 02:14 in step unpack. " * 100
FORWARD = {"is_share": True, "author_name": "Quentin", "text": NIGHTLY}


async def test_what_was_sent_along_is_read_again_and_stays_when_its_schedule_is_edited(
    bot: Precache, model: OpenAI
) -> None:
    await bot.do("events", event=mention(f"<@{BOT}> summarise this", attachments=[FORWARD]))
    (post,) = await bot.posted(1)
    await bot.press(post, "post_refresh")
    await wait_until(lambda: _asked_twice(model), "the question to be asked again")
    assert [NIGHTLY.strip() in json.dumps(body) for body in model.bodies] == [True, True]

    await bot.press(post, "post_schedule")
    view = await bot.window("Other sources")
    assert "quotation" in json.dumps(view)
    assert await bot.submit(view, when="every weekday at 9am", name="Nightly") == {"ok": True}
    await bot.told("Nightly")
    await bot.type("/precache edit Nightly")
    view = await bot.window("Edit schedule")
    assert await bot.submit(view, name="Builds") == {"ok": True}
    await bot.told("Builds")
    await bot.type("/precache show Builds")
    assert "a quotation" in await bot.told("Sources:")


async def _asked_twice(model: OpenAI) -> bool:
    return model.requests == 2


@pytest.mark.parametrize(
    "piece",
    [
        "thanks ",
        ":+:",
        ":-",
        ":+",
        "hi all ",
        f"and <@{ADA}> ",
        "what does a ",
        f"<@{BOT}> ",
        "<@U",
        "hello, ",
        "sum  up ",
    ],
)
def test_a_mention_of_twice_the_length_is_understood_in_less_than_three_times_the_time(piece: str) -> None:
    short, long = (f"<@{BOT}> {piece * (length // len(piece))}x" for length in (3_000, 6_000))
    assert grows_evenly(lambda text: (text_to_bot(text, bot=BOT), asks_to_read(text)), short, long)
