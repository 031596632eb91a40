"""What Slack was told we have, and whose process was lost: begun again with one effect, or told about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncBoltRequest

from bot.budget import read_tallies
from bot.feedback import Feedback, Target
from bot.replies.commands import begun_again, not_finished
from bot.storage.client import CountedRedis
from bot.ui.composer import Form
from bot.ui.intents import AGAIN_WITHIN
from scheduler import Done
from tests.bot.announcing import process
from tests.bot.asked import command, form, mention, press, press_at_home, rename, shortcut
from tests.bot.scheduled import DAILY, store_daily
from tests.bot.ui.intents.desk import LATER, Desk
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack, fails
from tests.waiting import wait_until

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def desk(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Desk]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        running.clock.turn_to(NOON)
        yield Desk.of_process(running, workspace, qstash)


@pytest.mark.parametrize(
    "body",
    [command("help"), mention("help"), press("card_run", "kolu-tane"), form(prompt="Why?", when="9am daily")],
    ids=["command", "mention", "press", "form"],
)
async def test_it_is_noted_before_it_is_acknowledged_and_forgotten_once_it_is_answered(
    desk: Desk, body: dict[str, Any]
) -> None:
    noted: list[str] = []
    hear = desk.intake.app.async_dispatch

    class Listening:
        async def async_dispatch(self, request: AsyncBoltRequest) -> Any:
            noted.extend(await desk.process.redis.keys("precache:intent:T1:*"))
            return await hear(request)

    listening = replace(desk.intake, app=Listening())  # type: ignore[arg-type]  # Bolt, seen from outside
    assert await replace(desk, intake=listening).hear(body) == 200
    assert len(noted) == 1
    assert len(desk.said) == 1
    assert await desk.notes() == []


@pytest.mark.parametrize(("body", "requests"), [(command("help"), 2), (mention("help"), 3)])
async def test_the_note_costs_one_request_before_the_acknowledgement_and_one_at_the_end(
    desk: Desk, body: dict[str, Any], requests: int
) -> None:
    before = desk.process.redis.requests
    await desk.hear(body)
    assert desk.process.redis.requests - before == requests


async def test_a_mention_that_slack_sends_again_is_answered_once(desk: Desk) -> None:
    for _ in range(2):
        assert await desk.hear(mention("Why?")) == 200
    assert (len(desk.jobs), len(desk.said)) == (1, 1)


@pytest.mark.parametrize("body", [command("Why is it?"), mention("Why is it?")], ids=["command", "mention"])
async def test_a_lost_prompt_is_asked_and_posted_once_however_often_it_is_begun(
    desk: Desk, body: dict[str, Any]
) -> None:
    for _ in range(2):  # the second time, it was not lost after all
        await desk.lose(body)
        await desk.take_up()
    assert {job.id for job in desk.jobs} == {"wish-1"}
    job = desk.jobs[0]
    assert job.query == "Why is it?"
    assert isinstance(await desk.process.deliver(job), Done)
    assert await desk.process.deliver(job) == Done(text="nothing to do: posted")
    await desk.lose(body)
    await desk.take_up()
    assert await desk.process.deliver(desk.jobs[-1]) == Done(text="nothing to do: posted")
    assert len(desk.workspace.posts) == 1
    assert await desk.notes() == []


@pytest.mark.parametrize(
    "body",
    [
        command("every day at 18:30 Good evening"),
        mention("every day at 18:30 Good evening"),
        form(prompt="Good evening", when="every day at 18:30"),
    ],
    ids=["command", "mention", "form"],
)
async def test_a_lost_schedule_is_made_once_however_often_it_is_begun(
    desk: Desk, body: dict[str, Any]
) -> None:
    made: set[str] = set()
    for _ in range(3):
        await desk.lose(body)
        await desk.take_up()
        (schedule,) = await desk.schedules()
        assert (schedule.query, schedule.state) == ("Good evening", "active")
        made.add(schedule.id)
    assert list(desk.qstash.repeating) == [*made]
    assert len(desk.said) == 3
    assert all("every day at 18:30" in words for words in desk.said)
    await desk.lose(body, wish="wish-2")
    await desk.take_up()
    # Two commands are two wishes; a form, and a message, are one, however Slack brings them.
    assert len(await desk.schedules()) == (2 if "command" in body else 1)


async def test_a_schedule_that_was_deleted_since_is_not_made_again(desk: Desk) -> None:
    await desk.lose(command("every day at 18:30 Good evening"))
    await desk.take_up()
    (schedule,) = await desk.schedules()
    await desk.hear(command(f"delete {schedule.id}"))
    await desk.lose(command("every day at 18:30 Good evening"))
    await desk.take_up()
    assert await desk.schedules() == []
    assert desk.said[-1].startswith(begun_again("")[:-1])


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (press("card_pause", DAILY.id), {"state": "paused"}),
        (press("post_pauseall", DAILY.id), {"state": "paused"}),
        (command(f"pause {DAILY.id}"), {"state": "paused"}),
        (command(f"rename {DAILY.id} Vespers"), {"name": "Vespers"}),
        (rename(DAILY.id, "Vespers"), {"name": "Vespers"}),
        (command(f"transfer {DAILY.id} <@U2>"), {"user": "U2"}),
        (form(editing=DAILY.id, revision=1, prompt="Else?", when="every day at 7:30"), {"query": "Else?"}),
    ],
    ids=["pause", "pause all", "typed pause", "typed rename", "rename", "transfer", "edit"],
)
async def test_a_change_is_the_same_change_when_it_is_begun_again(
    desk: Desk, body: dict[str, Any], wanted: dict[str, str]
) -> None:
    await store_daily(desk.process.redis, desk.process.clock, state="active")
    told = 0
    for _ in range(2):
        await desk.lose(body)
        await desk.take_up()
        (schedule,) = await desk.schedules()
        assert {name: getattr(schedule, name) for name in wanted} == wanted
        assert len(desk.said) > told, "the person hears of it each time"
        told = len(desk.said)
    refused = ("didn't", "changed this", "can't", "cannot", "only ")
    assert not [words for words in desk.said if any(word in words.lower() for word in refused)]


async def test_a_press_at_home_is_done_and_told_where_the_home_cannot_be_shown(desk: Desk) -> None:
    await store_daily(desk.process.redis, desk.process.clock, state="active")
    await desk.lose(press_at_home("pause", DAILY.id))
    await desk.take_up()
    (schedule,) = await desk.schedules()
    assert schedule.state == "paused"
    assert ["is paused" in words for words in desk.said] == [True]


async def test_a_mention_that_is_refused_says_that_it_was_begun_again(desk: Desk) -> None:
    await desk.lose(mention("pause nothing-here"))
    await desk.take_up()
    (said,) = desk.said
    assert said.startswith(begun_again("").strip())
    assert "nothing-here" in said


async def test_a_deletion_and_its_undoing_are_done_once_each(desk: Desk) -> None:
    await store_daily(desk.process.redis, desk.process.clock, state="active")
    for _ in range(2):
        await desk.lose(press("card_delete", DAILY.id))
        await desk.take_up()
        assert await desk.schedules() == []
    for _ in range(2):
        await desk.lose(press("card_undo", DAILY.id), wish="wish-2")
        await desk.take_up()
        assert len(await desk.schedules()) == 1
    assert sum("is back" in words for words in desk.said) == 2, desk.said


@pytest.mark.parametrize(
    "body",
    [press("card_run", DAILY.id), press("post_refresh", "?Why?"), shortcut(), command("preview Why?")],
    ids=["run", "refresh", "shortcut", "preview"],
)
async def test_a_job_is_the_same_job_when_it_is_begun_again(desk: Desk, body: dict[str, Any]) -> None:
    await store_daily(desk.process.redis, desk.process.clock, state="active")
    for _ in range(2):
        desk.process.clock.turn_to(NOON)
        await desk.lose(body)
        await desk.take_up()
    assert len(desk.jobs) == 1
    assert len(desk.said) == 2


async def test_a_vote_counts_once_and_an_answer_is_withdrawn_and_made_anew_once(desk: Desk) -> None:
    await store_daily(desk.process.redis, desk.process.clock, state="active")
    target = Target(answer="abcdef123456", schedule=DAILY.id)
    for number, (action, verb) in enumerate(
        [("vote", "up"), ("vote", "down"), ("vote_withdraw", "withdraw")]
    ):
        for _ in range(2):
            await desk.lose(press(action, f"{verb} {target.value}"), wish=f"wish-{number}")
            await desk.take_up()
    assert await desk.process.ground.votes.read_feedback("T1", DAILY.id) == Feedback(down=1)
    (tallied,) = await read_tallies(desk.process.redis, "T1", [desk.process.clock().date()])
    assert (tallied["vote_up"], tallied["vote_down"]) == (0, 1)
    assert len({job.id for job in desk.jobs if job.id and job.id.startswith("anew-")}) == 1
    assert sum("vote counts" in words for words in desk.said) == 4
    assert sum("won't show it again" in words for words in desk.said) == 2


async def test_a_preview_is_posted_once_when_that_is_begun_again(desk: Desk) -> None:
    forms, seen = desk.process.ground.forms, Form(prompt="Why?", keep=NOON)
    name = await forms.keep_form("T1", seen)
    for _ in range(2):
        await desk.lose(press("preview_post", name))
        await desk.take_up()
    assert [job.query for job in desk.jobs if job.kind != "warm"] == ["Why?"]
    assert len(desk.said) == 2


@pytest.mark.parametrize(
    "text", ["list", "help", "show nothing-here", "history nothing-here", "delete nothing-here"]
)
async def test_the_person_is_answered_whatever_it_was(desk: Desk, text: str) -> None:
    await desk.lose(command(text))
    await desk.take_up()
    assert len(desk.said) == 1
    assert (desk.jobs, await desk.notes()) == ([], [])


async def test_a_form_that_is_wrong_by_now_is_offered_again(desk: Desk) -> None:
    await desk.lose(form(prompt="Good evening", when="every day at 25:99"))
    await desk.take_up()
    (said,) = desk.said
    assert said.startswith("I was stopped while I was at work on this, and tried again.")
    assert len(await desk.process.redis.keys("precache:form:T1:*")) == 1, "as it was typed"
    assert await desk.schedules() == []


async def test_what_is_too_old_is_told_with_what_was_typed(desk: Desk) -> None:
    await desk.lose(command("every day at 18:30 Good evening"))
    await desk.take_up(after=AGAIN_WITHIN + timedelta(seconds=1))
    assert desk.said == [not_finished()]
    assert await desk.schedules() == []
    assert await desk.notes() == []


@pytest.mark.parametrize("body", [command("list"), mention("list")], ids=["command", "mention"])
async def test_a_reply_that_slack_does_not_take_outlives_its_process(
    desk: Desk, body: dict[str, Any]
) -> None:
    desk.workspace.next["chat.postEphemeral"].append(fails)
    request = AsyncBoltRequest(mode="socket_mode", body=body)
    await desk.intake.async_dispatch(request)
    await wait_until(lambda: desk.workspace.requests["chat.postEphemeral"] == 1, "it is tried")

    async def owed() -> bool:
        notes = await desk.process.redis.keys("precache:intent:T1:*")
        return bool(notes) and '"owed":' in (await desk.process.redis.get(notes[0]) or "")

    await wait_until(owed, "it is noted")
    other = replace(desk.intake, intents=desk.other_notes())
    desk.process.clock.turn_to(NOON + 2 * LATER)
    await other.take_up_lost()
    await desk.rest()
    assert len(desk.said) == 2, "the first copy was not lost after all"
    assert all(words.startswith("Nothing is scheduled here yet.") for words in desk.said)
    assert await desk.notes() == []
