"""The composer at work, in a real workspace: what a person does in the modal, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

from bot.schedules.schedule import Schedule
from bot.slack.caller import Caller
from bot.sources import links_in
from bot.ui.answering import Shortfall
from bot.ui.composer.draft import form_of
from bot.ui.composer.form import Form
from tests.bot.composing import Desk, desk
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM
from tests.stand_ins.openai import OpenAI
from tests.waiting import wait_until

ROSALIND, PARTNERS, ATTIC = "U0ROSALIND1", "C0PARTNERS1", "C0ATTIC0001"
DAILY = {"prompt": "What is new?", "when": "every weekday at 9am"}
CALLER = Caller(team=TEAM, user=ADA, channel=GENERAL)


def block(view: Mapping[str, Any], name: str) -> str:
    return str(next((block for block in view["blocks"] if block.get("block_id") == name), ""))


async def saved(bot: Desk, **values: Any) -> Schedule:
    view = await bot.open()
    assert await bot.submit(view, **{**DAILY, **values}) == {"ok": True}
    await bot.closed()
    return (await bot.all())[-1]


async def test_a_schedule_is_composed_saved_and_confirmed(bot: Desk) -> None:
    view = await bot.open()
    assert view["initial"]["channel"]["input"] == GENERAL
    assert await bot.submit(view, **DAILY, name="News", channel=NEWS) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    assert (schedule.query, schedule.cron, schedule.zone) == ("What is new?", "0 9 * * 1-5", "Europe/Berlin")
    assert (schedule.channel, schedule.user, schedule.name) == (NEWS, ADA, "News")
    assert (schedule.state, schedule.mentions, schedule.max_age) == ("active", (), None)
    told = (await bot.told("Saved "))["text"]
    for words in ("*News*", "every weekday at 09:00", f"<#{NEWS}>", "Europe/Berlin"):
        assert words in told


async def test_no_time_means_now(bot: Desk) -> None:
    view = await bot.open()
    assert await bot.submit(view, prompt="Why is the sky blue?") == {"ok": True}
    await bot.told("Working on it")
    (job,) = await wait_until(bot.posting, "a job to post")
    assert (job.query, job.channel, job.user) == ("Why is the sky blue?", GENERAL, ADA)


async def test_what_was_understood_is_told_while_it_is_typed(bot: Desk) -> None:
    view = await bot.open()
    assert "I'll ask this once, when you press Ask." in block(view, "understood")
    assert view["title"]["text"] == "Ask once"
    for text, words in [
        ("every weekd", "The next runs will show here."),
        ("every weekday at 9am", "*every weekday at 09:00*"),
        ("every weekday at 9am in Asia/Tokyo", "(Asia/Tokyo)"),
    ]:
        values = {"prompt": {"input": "What is new?"}, "when": {"compose_when": text}}
        await bot.act(view, "when", "compose_when", selected=text, values=values)
        view = await bot.view(has=words)
    assert "your time" in block(view, "understood")
    assert view["title"]["text"] == "New schedule"


async def test_the_last_thing_typed_is_what_is_shown(bot: Desk) -> None:
    view = await bot.open()
    texts = [f"every day at {hour}:00" for hour in range(10, 20)]
    await asyncio.gather(
        *(
            bot.act(view, "when", "compose_when", selected=text, values={"when": {"compose_when": text}})
            for text in texts[:-1]
        )
    )
    await bot.act(
        view, "when", "compose_when", selected=texts[-1], values={"when": {"compose_when": texts[-1]}}
    )
    await bot.view(has="*every day at 19:00*")


async def test_advanced_settings_unfold_keep_their_values_and_are_saved(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_fold", values={})
    view = await bot.view(has="Until")
    assert "@editors" in block(view, "groups")
    last_day = datetime.now(UTC).date() + timedelta(days=60)
    values = {
        "until": last_day.isoformat(),
        "holidays": "DE",
        "freshness": "21600",
        "people": [GRACE],
        "groups": ["here", "S0EDITORS01"],
    }
    await bot.act(
        view, "buttons", "compose_fold", values={name: {"input": value} for name, value in values.items()}
    )
    view = await bot.view(has="More settings")
    assert block(view, "until") == ""
    assert await bot.submit(view, **DAILY) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    assert schedule.until is not None
    assert schedule.until.date() == last_day
    assert (schedule.holidays, schedule.max_age) == ("DE", timedelta(hours=6))
    assert schedule.mentions == (GRACE, "here", "S0EDITORS01")


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"prompt": " "}, "prompt", "required"),
        ({"when": "whenever"}, "when", "every weekday at 9am"),
        ({"when": "every day at 9 in Mars/Base"}, "when", "Mars/Base"),
        ({"name": "n" * 3_000}, "name", "3,000 characters"),
        ({"channel": RANDOM}, "channel", "/invite"),
        ({"channel": ATTIC}, "channel", "archived"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_modal_stays(
    bot: Desk, values: dict[str, str], field: str, words: str
) -> None:
    view = await bot.open()
    answer = await bot.submit(view, **{**DAILY, **values})
    assert list(answer["errors"]) == [field]
    assert words in answer["errors"][field]
    assert (await bot.state())["views"] != []
    assert await bot.all() == []
    assert await bot.submit(view, **DAILY, channel=GENERAL, name="") == {"ok": True}


async def test_a_public_channel_is_joined_from_the_form_which_keeps_what_was_typed(bot: Desk) -> None:
    view = await bot.open()
    await bot.submit(view, **DAILY, name="News", channel=RANDOM)
    offered = await bot.view(has="Join channel")
    await bot.act(offered, "join", "compose_join")
    joined = await bot.view(has="I've joined that channel")
    assert "Join channel" not in str(joined)
    assert joined["initial"]["prompt"]["input"] == "What is new?"
    assert await bot.submit(joined, **DAILY, name="News", channel=RANDOM) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    assert (schedule.channel, schedule.name) == (RANDOM, "News")


async def test_a_name_that_is_taken_is_said_at_the_name(bot: Desk) -> None:
    await saved(bot, name="Morning news")
    view = await bot.open()
    answer = await bot.submit(view, **DAILY, name="morning NEWS")
    assert "already called “morning NEWS”" in answer["errors"]["name"]
    assert len(await bot.all()) == 1


async def test_names_may_have_emoji_markup_and_any_direction(bot: Desk) -> None:
    name = "🌅 <!channel> *أخبار* `x`"
    schedule = await saved(bot, name=name)
    assert schedule.name == name
    told = await bot.told("Saved ")
    assert told["notified"] == []
    assert "<!channel>" not in told["text"]


async def test_a_wrong_setting_that_is_folded_away_is_unfolded(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_fold", values={})
    view = await bot.view(has="Until")
    await bot.act(view, "buttons", "compose_fold", values={"holidays": {"input": "Atlantis"}})
    view = await bot.view(has="More settings")
    await bot.submit(view, **DAILY)
    view = await bot.view(has="Atlantis")
    assert block(view, "holidays") != ""
    assert await bot.all() == []


async def test_a_double_submission_makes_one_schedule(bot: Desk) -> None:
    view = await bot.open()
    values = {name: {"input": {"value": text}} for name, text in DAILY.items()}
    values["channel"] = {"input": {"selected_conversation": GENERAL}}
    submission = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ADA, "team_id": TEAM},
        "view": {
            **view,
            "callback_id": "compose",
            "private_metadata": json.dumps({"origin": GENERAL}),
            "state": {"values": values},
        },
    }
    assert [status for status, _ in await asyncio.gather(*(bot.deliver(submission) for _ in range(3)))] == [
        200
    ] * 3
    await bot.told("Saved ")
    assert len(await bot.all()) == 1


async def test_what_is_refused_too_late_for_the_modal_comes_back_with_all_that_was_typed(bot: Desk) -> None:
    view = await bot.open()
    fault = {"method": "conversations.info", "kind": "delay", "seconds": 2, "times": 1}
    await bot.do("faults", **fault)
    answer = await bot.submit(view, **DAILY, name="News", channel=RANDOM)
    assert answer == {"ok": True}
    message = await bot.told("/invite @Precache")
    await bot.press(message, "compose_again")
    again = await bot.view()
    assert again["initial"]["prompt"]["input"] == "What is new?"
    assert again["initial"]["when"]["compose_when"] == "every weekday at 9am"
    assert again["initial"]["name"]["input"] == "News"
    assert again["initial"]["channel"]["input"] == RANDOM
    assert await bot.submit(again, channel=GENERAL) == {"ok": True}
    await bot.closed()
    assert len(await bot.all()) == 1


async def test_a_trigger_that_has_expired_is_one_click_away(bot: Desk) -> None:
    await bot.composer.open_composer(CALLER, trigger_id="1.2.expired", form=Form(prompt="What is new?"))
    message = await bot.told("in time")
    await bot.press(message, "compose_again")
    assert (await bot.view())["initial"]["prompt"]["input"] == "What is new?"


async def test_a_form_that_is_no_longer_kept_opens_an_empty_composer_that_says_so(
    bot: Desk, redis_raw: RawRedis
) -> None:
    await bot.composer.open_composer(CALLER, trigger_id="1.2.expired", form=Form(prompt="What is new?"))
    message = await bot.told("in time")
    await redis_raw.delete(*[key async for key in redis_raw.scan_iter("precache:form:*")])
    await bot.press(message, "compose_again")
    view = await bot.view(has="keep drafts for a day")
    assert not view["initial"]["prompt"]["input"]


async def test_a_schedule_is_edited_as_it_is(bot: Desk) -> None:
    before = await saved(bot, name="News")
    form = form_of(before, links_in=links_in)
    await bot.composer.open_composer(CALLER, trigger_id="1.2.expired", form=form)
    await bot.press(await bot.told("in time"), "compose_again")
    view = await bot.view(title="Edit schedule")
    assert view["initial"]["when"]["compose_when"] == "every weekday at 09:00"
    assert await bot.submit(view, prompt="Anything else?", when="every day at 18:30") == {"ok": True}
    await bot.closed()
    (after,) = await bot.all()
    assert (after.id, after.name, after.query, after.cron) == (
        before.id,
        "News",
        "Anything else?",
        "30 18 * * *",
    )


async def test_an_edit_does_not_undo_another_unseen(bot: Desk) -> None:
    before = await saved(bot)
    await bot.composer.open_composer(
        CALLER, trigger_id="1.2.expired", form=form_of(before, links_in=links_in)
    )
    await bot.press(await bot.told("in time"), "compose_again")
    view = await bot.view(title="Edit schedule")
    await bot.schedules.pause_schedule(CALLER, before.id)
    await bot.submit(view, prompt="Anything else?")
    view = await bot.view(title="Edit schedule", has="Someone else changed")
    assert (await bot.all())[0].query == "What is new?"
    assert await bot.submit(view, prompt="Anything else?") == {"ok": True}
    await bot.closed()
    (after,) = await bot.all()
    assert (after.query, after.state) == ("Anything else?", "paused")


async def test_a_guest_without_a_time_zone_is_told_that_it_is_utc(bot: Desk) -> None:
    guest = Caller(team=TEAM, user=ROSALIND, channel=PARTNERS)
    await bot.composer.open_composer(guest, trigger_id="1.2.expired")
    message = await bot.told("in time", user=ROSALIND, channel=PARTNERS)
    await bot.press(message, "compose_again", user=ROSALIND)
    view = await bot.view(user=ROSALIND)
    text = "every day at 9"
    await bot.act(
        view,
        "when",
        "compose_when",
        user=ROSALIND,
        selected=text,
        values={"when": {"compose_when": text}},
    )
    await bot.view(user=ROSALIND, has="Slack didn't tell me your time zone, so I used UTC")
    assert await bot.submit(view, user=ROSALIND, **DAILY) == {"ok": True}
    await bot.closed(user=ROSALIND)
    (schedule,) = await bot.all()
    assert (schedule.zone, schedule.team, schedule.user) == ("UTC", TEAM, ROSALIND)


async def test_a_time_is_not_taken_for_utc_while_slack_does_not_tell_the_zone(bot: Desk) -> None:
    await bot.do("faults", method="users.info", kind="error", times=2)
    view = await bot.open()
    refused = await bot.submit(view, **DAILY)
    assert "didn't tell me your time zone" in str(refused["errors"]["when"])
    assert await bot.all() == []
    assert await bot.submit(view, **DAILY) == {"ok": True}
    await bot.closed()
    assert [schedule.zone for schedule in await bot.all()] == ["Europe/Berlin"]


async def test_what_needs_no_zone_is_saved_while_slack_does_not_tell_one(bot: Desk) -> None:
    await bot.do("faults", method="users.info", kind="error", times=9)
    view = await bot.open()
    assert await bot.submit(view, **DAILY | {"when": "in 20 minutes"}) == {"ok": True}
    await bot.closed()
    assert len(await bot.all()) == 1


async def test_a_prompt_longer_than_a_field_is_whole_in_the_composer(bot: Desk) -> None:
    prompt = "word " * 700 + "end"
    await bot.composer.open_composer(CALLER, trigger_id="1.2.expired", form=Form(prompt=prompt))
    await bot.press(await bot.told("in time"), "compose_again")
    view = await bot.view(has="Prompt, continued")
    assert await bot.submit(view, when="every day at 9") == {"ok": True}
    await bot.closed()
    assert (await bot.all())[0].query == prompt


async def test_whom_the_operator_lets_schedule_is_said_in_the_modal(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    groups = {"PRECACHE_GROUPS": "S0EDITORS01"}
    async with desk(valkey=valkey_socket, data=tmp_path, model_url=model.url, **groups) as bot:
        view = await bot.open(user=GRACE)
        await bot.submit(view, user=GRACE, **DAILY)
        view = await bot.view(user=GRACE, has="a group that is allowed")
        assert await bot.all() == []
        grace = Caller(team=TEAM, user=GRACE, channel=GENERAL)
        refused = await bot.composer.preview_prompt(grace, "What is new?")
        assert isinstance(refused, Shortfall)
        assert "a group that is allowed" in refused.sentence
        assert await bot.showing() == []


async def test_nothing_stays_in_redis_for_ever(bot: Desk, redis_raw: RawRedis) -> None:
    await saved(bot)
    await bot.composer.open_composer(CALLER, trigger_id="1.2.expired")
    await bot.told("in time")

    for pattern in ("precache:form:*", "precache:submitted:*"):
        (key,) = [key async for key in redis_raw.scan_iter(pattern)]
        assert await redis_raw.ttl(key) > 0
