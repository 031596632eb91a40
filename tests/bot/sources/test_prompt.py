"""Sources of a prompt, wherever it was typed, and the people who may have them read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot import replies
from bot.answers.records import Answer
from bot.replies.commands import working_on_it
from bot.replies.text import Reply
from bot.slack import Mark
from bot.slack.caller import Caller
from bot.sources import (
    THREAD,
    Asked,
    Channel,
    File,
    Link,
    Reading,
    Thread,
    about_channel,
    attached_files,
    channels_read,
    decode_source,
    distinct_sources,
    find_unread,
    links_in,
    read_prompt,
    same_sources,
    speaks_of_here,
)
from bot.ui.composer.form import Form
from tests.bot.composing import Desk, desk
from tests.measuring import grows_evenly
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM
from tests.stand_ins.openai import OpenAI, openai, says
from tests.waiting import wait_until

LEADS, PARTNERS, ROSALIND = "C0PRIVATE01", "C0PARTNERS1", "U0ROSALIND1"
PAGE = Link(url="https://example.org/news")
NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)
CALLER = Caller(team=TEAM, user=ADA, channel=GENERAL)
DAILY = {"prompt": "What is new?", "when": "every weekday at 9am"}


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Well.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


def thread(channel: str) -> Thread:
    return Thread(channel=channel, ts="1700000000.000100")


def permalink(channel: str) -> str:
    return f"https://ada.slack.com/archives/{channel}/p1700000000000100"


# What is read; pure


def read(query: str, **more: Any) -> Reading | Asked:
    return read_prompt(query, links_in=links_in, channel="C1", **more)


def test_links_in_a_prompt_and_what_is_attached_are_read_each_once() -> None:
    file = File(file="F1")
    found = read("Sum up https://example.org/news and https://example.org/news", attached=[file, file])
    assert found == Reading(
        query="Sum up https://example.org/news and https://example.org/news", sources=(PAGE, file)
    )
    assert read("What is a cache?") == Reading(query="What is a cache?")


def test_this_thread_is_the_one_it_was_said_in_or_the_one_that_is_attached() -> None:
    assert read("tl;dr") == THREAD
    here = thread("C1")
    assert read("tl;dr", thread=here.ts) == Reading(query=THREAD.query, sources=(here,))
    file = File(file="F1")
    assert read("tl;dr", attached=[file]) == Reading(query="tl;dr", sources=(file,))
    assert read("tl;dr", thread=here.ts, attached=[file]) == Reading(query="tl;dr", sources=(file, here))
    assert read("tl;dr", attached=[thread("C2")]) == Reading(query=THREAD.query, sources=(thread("C2"),))


@pytest.mark.parametrize(
    "query",
    [
        *("what was decided?", "what was decided in this thread?", "translate this thread to German"),
        *("what is this thread about?", "what did I miss?", "what did we miss since Monday?", "Why?"),
    ],
)
def test_what_is_asked_in_a_thread_is_about_that_thread(query: str) -> None:
    here = thread("C1")
    assert read(query, thread=here.ts) == Reading(query=query, sources=(here,))


def test_a_thread_is_read_beside_what_is_named_as_far_as_there_is_room() -> None:
    here = thread("C1")
    assert read(f"Is {PAGE.url} right?", thread=here.ts) == Reading(
        query=f"Is {PAGE.url} right?", sources=(PAGE, here)
    )
    five = " ".join(f"https://example.org/{number}" for number in range(5))
    found = read(five, thread=here.ts)
    assert isinstance(found, Reading)
    assert len(found.sources) == 5
    assert here not in found.sources
    found = read("summarise this channel", thread=here.ts)
    assert isinstance(found, Reading)
    assert found.sources == (Channel(channel="C1", hours=24),), "it says what it is about"


@pytest.mark.parametrize(
    ("query", "does"),
    [
        ("summarise this thread in German", True),
        ("What is open in the thread?", True),
        ("What is new?", False),
    ],
)
def test_what_is_asked_again_and_again_is_about_a_thread_that_it_speaks_of(query: str, does: bool) -> None:
    assert speaks_of_here(query) is does


def test_sources_are_the_same_in_any_order_and_whatever_the_order_of_their_fields() -> None:
    turned = [decode_source(dict(reversed(wire.encode().items()))) for wire in (thread("C1"), PAGE)]
    assert same_sources([PAGE, thread("C1")], turned)
    assert not same_sources([PAGE], [thread("C1")])
    assert distinct_sources([PAGE, turned[1]]) == (PAGE,)
    assert channels_read([PAGE, thread("C1"), Channel(channel="C1")]) == ("C1",)


@pytest.mark.parametrize(
    ("files", "ids", "left_out"),
    [
        (
            [{"id": "F1", "mimetype": "application/pdf"}, {"id": "F2", "mimetype": "text/csv"}],
            ["F1", "F2"],
            [],
        ),
        ([{"id": "F1", "mimetype": "application/zip", "name": "a.zip"}], [], ["a.zip"]),
        ([{"mimetype": "application/pdf"}, "odd", None], [], ["a file without a name"]),
        ("odd", [], []),
        (None, [], []),
    ],
)
def test_pdfs_and_texts_are_read_and_other_files_are_named(
    files: object, ids: list[str], left_out: list[str]
) -> None:
    found, others = attached_files({"files": files})
    assert found == tuple(File(file=file_id) for file_id in ids)
    assert list(others) == left_out


@pytest.mark.parametrize(
    ("query", "name", "hours"),
    [
        ("summarise #news", "news", 24),
        ("Summarise #news over the last week.", "news", 168),
        ("please sum up #team-ops_2 from the past 3 days", "team-ops_2", 72),
        ("tl;dr #C0NEWS00001", "C0NEWS00001", 24),
        ("summarise #news and #random", None, 0),
        ("summarise issue #12 of the tracker", None, 0),
        ("what does #news say", None, 0),
    ],
)
def test_another_channel_is_meant_by_its_name(query: str, name: str | None, hours: int) -> None:
    found = about_channel(query)
    assert (found and found[1]) == name
    if found is not None:
        assert found[0].over == timedelta(hours=hours)


# Commands


@pytest.mark.parametrize("name", ["news", NEWS])
async def test_another_channel_is_summarised_by_its_name(bot: Desk, name: str) -> None:
    await bot.commands.run_command(CALLER, f"summarise #{name} over the last week", trigger_id="")
    (job,) = await wait_until(bot.posting, "a job")
    source = {"type": "channel", "channel": NEWS, "hours": 168}
    assert (job.query.split(":")[0], job.sources) == ("Summarise this channel", (source,))
    await bot.commands.run_command(CALLER, f"preview summarise #{name} over the last week", trigger_id="")
    (shown,) = await wait_until(bot.showing, "a preview")
    assert (shown.query, shown.sources) == (job.query, (source,))


@pytest.mark.parametrize("before", ["", "every day at 9 ", "preview "])
async def test_a_channel_that_nobody_knows_is_not_summarised(bot: Desk, before: str) -> None:
    told = await bot.commands.run_command(CALLER, f"{before}summarise #nowhere", trigger_id="")
    assert "I can't find `#nowhere`" in str(told)
    assert (await bot.all(), bot.jobs, bot.previews) == ([], [], [])


async def test_links_in_a_command_are_read_for_the_answer(bot: Desk) -> None:
    assert (
        await bot.commands.run_command(CALLER, "Sum up https://example.org/news", trigger_id="")
        == working_on_it()
    )
    (job,) = await wait_until(bot.posting, "a job")
    assert job.sources == (PAGE.encode(),)
    told = await bot.commands.run_command(
        CALLER, "every day at 9 Sum up https://example.org/news", trigger_id=""
    )
    assert "Scheduled" in str(told)
    (schedule,) = await bot.all()
    assert (schedule.sources, schedule.thread) == ((PAGE,), None)
    await bot.commands.run_command(CALLER, "preview Sum up https://example.org/news", trigger_id="")
    (shown,) = await wait_until(bot.showing, "a preview")
    assert shown.sources == (PAGE.encode(),)


@pytest.mark.parametrize("before", ["", "every day at 9 ", "preview "])
@pytest.mark.parametrize(
    ("user", "channel", "words"),
    [(ROSALIND, NEWS, "You're not in"), (ADA, LEADS, "I'm not in"), (ADA, "C0NOWHERE01", "I'm not in")],
)
async def test_nobody_has_read_what_they_could_not_read_themselves(
    bot: Desk, before: str, user: str, channel: str, words: str
) -> None:
    caller = Caller(team=TEAM, user=user, channel=PARTNERS)
    told = await bot.commands.run_command(caller, f"{before}Sum up {permalink(channel)}", trigger_id="")
    assert words in str(told)
    assert f"<#{channel}>" in str(told)
    assert (await bot.all(), bot.jobs, bot.previews) == ([], [], [])


async def test_while_slack_does_not_tell_who_is_where_nothing_is_read(bot: Desk) -> None:
    await bot.do("faults", method="conversations.members", kind="error", times=1)
    told = await bot.commands.run_command(CALLER, f"Sum up {permalink(NEWS)}", trigger_id="")
    assert "didn't tell" in str(told)
    assert bot.jobs == []


async def test_more_than_can_be_read_is_counted(bot: Desk) -> None:
    links = " ".join(f"https://example.org/{number}" for number in range(6))
    assert "That's 6 sources" in str(
        await bot.commands.run_command(CALLER, f"Compare {links}", trigger_id="")
    )


# The composer


async def test_what_is_read_is_composed_kept_and_edited(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_sources", values={})
    view = await bot.view(has="Channels to read")
    values: dict[str, Any] = {
        **DAILY,
        "links": f"{PAGE.url}\n{permalink(NEWS)}",
        "channels": [NEWS],
        "over": "168",
    }
    assert await bot.submit(view, **values) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    channel = Channel(channel=NEWS, hours=168)
    assert schedule.sources == (PAGE, thread(NEWS), channel)
    await bot.composer.edit_schedule(CALLER, schedule, trigger_id="")
    again = await bot.told("Open the form")
    await bot.press(again, "compose_again")
    view = await bot.view(title="Edit schedule", has="Other sources")
    assert PAGE.url in str(view["initial"]["links"])
    assert view["initial"]["channels"]["input"] == [NEWS]
    everything: dict[str, Any] = {
        name: fields["input"] for name, fields in view["initial"].items() if "input" in fields
    }
    when = view["initial"]["when"]["compose_when"]
    assert await bot.submit(view, **{**everything, "when": when, "name": "News"}) == {"ok": True}
    await bot.closed()
    (edited,) = await bot.all()
    assert (edited.name, edited.sources, edited.cron) == ("News", schedule.sources, schedule.cron)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"links": "example and more"}, "links", "“example”"),
        ({"links": permalink(LEADS)}, "links", "I'm not in that channel"),
        ({"channels": [LEADS]}, "channels", "I'm not in that channel"),
        ({"channels": [RANDOM]}, "channels", "I'm not in that channel"),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field(
    bot: Desk, values: dict[str, Any], field: str, words: str
) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_sources", values={})
    view = await bot.view(has="Channels to read")
    refused = await bot.submit(view, **DAILY, **values)
    assert words in refused["errors"][field]
    assert await bot.all() == []


async def test_a_link_in_the_prompt_that_cannot_be_read_is_said_where_nothing_is_lost(bot: Desk) -> None:
    view = await bot.open()
    await bot.submit(view, prompt=f"Sum up {permalink(LEADS)}", when="every day at 9")
    view = await bot.view(has="I'm not in")
    assert permalink(LEADS) in str(view["initial"]["prompt"])


async def test_what_is_posted_and_by_which_model_is_chosen(bot: Desk) -> None:
    view = await bot.open()
    values = {"prompt": {"input": "What is new?"}, "when": {"compose_when": "every weekday at 9am"}}
    await bot.act(view, "buttons", "compose_fold", values=values)
    view = await bot.view(has="Only what has changed")
    chosen = {"changes": "difference", "model": "=openai:other", "freshness": "usual"}
    assert await bot.submit(view, **DAILY, **chosen) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    assert (schedule.changes, schedule.model) == ("difference", "openai:other")


async def test_a_preview_reads_what_the_schedule_would(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_sources", values={})
    view = await bot.view(has="Channels to read")
    values = {
        "prompt": {"input": "What is new?"},
        "when": {"compose_when": "every weekday at 9am"},
        "channels": {"input": [NEWS]},
    }
    await bot.act(view, "buttons", "compose_preview", values=values)
    (job,) = await wait_until(bot.showing, "a preview")
    assert job.sources == ({"type": "channel", "channel": NEWS},)


async def test_a_preview_of_what_one_may_not_read_is_refused_in_the_composer(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "buttons", "compose_sources", values={})
    view = await bot.view(has="Channels to read")
    values = {"prompt": {"input": "What is new?"}, "channels": {"input": [RANDOM]}}
    await bot.act(view, "buttons", "compose_preview", values=values)
    view = await bot.view(has="I'm not in")
    assert view["initial"]["channels"]["input"] == [RANDOM]
    assert bot.previews == []


# Who may change what is read


async def test_who_changes_what_is_asked_of_a_channel_must_be_in_it_and_so_must_a_new_owner(
    bot: Desk,
) -> None:
    made = (await bot.do("channels", user=GRACE, name="grace-only", is_private=True))["channel"]["id"]
    await bot.do("invite", user=GRACE, channel=made)
    grace = Caller(team=TEAM, user=GRACE, channel=GENERAL)
    question = await bot.commands.run_command(
        grace, f"every day at 9 Sum up {permalink(made)}", trigger_id=""
    )
    assert isinstance(question, Reply)
    form = await bot.forms.find_form(TEAM, (question.blocks or ())[1]["elements"][0]["value"])
    assert form is not None
    told = await bot.commands.run_command(grace, form.prompt, trigger_id="", agreed=form.agreed)
    assert "Scheduled" in str(told)
    (schedule,) = await bot.all()
    told = await bot.commands.run_command(grace, f"transfer {schedule.id} <@{ADA}>", trigger_id="")
    assert f"<#{made}>" in str(told)
    # Ada is an admin: she may pause it, and not turn it into a window on what she cannot read.
    asked = await bot.schedules.edit_schedule(
        CALLER, schedule.id, lambda each: replace(each, query="Quote it all")
    )
    assert "You're not in" in replies.refusal_words(asked)  # type: ignore[arg-type]  # it is one
    await bot.schedules.pause_schedule(CALLER, schedule.id)
    (kept,) = await bot.all()
    assert (kept.query, kept.user, kept.state) == (schedule.query, GRACE, "paused")


# Posts


async def post(bot: Desk, *, kept: str) -> dict[str, Any]:
    """An answer in the channel, made from something that its buttons must know."""
    answer = Answer(text="Well.", made=NOW, model="openai:test", credit="from <https://a|a>")
    (part,) = replies.answer_parts(answer, query="Sum up", schedule=None, demo=False, cached=False, kept=kept)
    mark = Mark(run=kept, part=0)
    await bot.slack.post_message(GENERAL, text=part.text, blocks=part.blocks, mark=mark)
    return await bot.told("Well.")


FORM = Form(prompt="Sum up", channel=GENERAL, origin=GENERAL, links=PAGE.url)


async def test_refresh_of_what_was_read_reads_it_again(bot: Desk) -> None:
    await bot.forms.keep_form(TEAM, FORM, name="abc123")
    await bot.press(await post(bot, kept="abc123"), "post_refresh", user=GRACE)
    (job,) = await wait_until(bot.posting, "a job")
    assert (job.query, job.sources, job.max_age) == ("Sum up", (PAGE.encode(),), timedelta(0))
    assert await bot.forms.find_form(TEAM, str(job.id)) is not None


async def test_what_was_read_is_scheduled_from_its_post(bot: Desk) -> None:
    await bot.forms.keep_form(TEAM, FORM, name="abc123")
    await bot.press(await post(bot, kept="abc123"), "post_schedule", user=GRACE)
    view = await bot.view(user=GRACE)
    assert PAGE.url in str(view["initial"]["links"])


@pytest.mark.parametrize("action", ["post_refresh", "post_schedule"])
async def test_what_is_no_longer_kept_is_told_kindly(bot: Desk, action: str) -> None:
    await bot.press(await post(bot, kept="gone"), action)
    await bot.told("more than a day old")
    assert bot.jobs == []


async def test_who_is_not_in_a_channel_has_it_read_to_nobody_again(bot: Desk) -> None:
    made = (await bot.do("channels", user=GRACE, name="grace-only", is_private=True))["channel"]["id"]
    await bot.do("invite", user=GRACE, channel=made)
    await bot.forms.keep_form(TEAM, replace(FORM, links="", others=(thread(made),)), name="abc123")
    await bot.press(await post(bot, kept="abc123"), "post_refresh")
    await bot.told("You're not in")
    assert bot.jobs == []


async def test_what_is_asked_about_sources_is_kept_for_its_buttons(bot: Desk) -> None:
    await bot.commands.run_command(
        CALLER, f"Compare https://example.org/news {permalink(GENERAL)}", trigger_id=""
    )
    (job,) = await wait_until(bot.posting, "a job")
    kept = await bot.forms.find_form(TEAM, str(job.id))
    assert kept is not None
    assert (kept.query, kept.links) == (job.query, "")
    bare = await bot.commands.run_command(CALLER, "What is a cache?", trigger_id="")
    assert bare == working_on_it()
    (_, other) = await wait_until(lambda: two(bot), "two jobs")
    assert await bot.forms.find_form(TEAM, str(other.id)) is None


async def two(bot: Desk) -> list[Any] | None:
    return list(bot.jobs) if len(bot.jobs) > 1 else None


@pytest.mark.parametrize(
    ("query", "urls"),
    [
        ("Summarise www.example.com", ["https://www.example.com"]),
        ("Sum up www.example.org/news, please", ["https://www.example.org/news"]),
        ("(www.example.org/a_(b))", ["https://www.example.org/a_(b)"]),
        ("write to ada@www.example.com", []),
        ("what does www. stand for?", []),
        ("read www.example", []),
    ],
)
def test_a_link_needs_no_scheme_if_it_begins_with_www(query: str, urls: list[str]) -> None:
    assert links_in(query) == tuple(Link(url=url) for url in urls)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("Summarise file:///etc/hosts", "address"),
        ("summarise ftp://example.org/a.txt please", "address"),
        ("read s3://bucket/key", "address"),
        ("Summarise report.pdf", "file"),
        ("summarise /etc/hosts", "file"),
        ("summarise ~/notes/today.md", "file"),
        ("translate this file", "file"),
        ("Summarise the attached document.", "file"),
        ("Summarise the news of today in our channel and list the open questions", "channel"),
        ("what happened in this channel today?", "channel"),
        ("what did I miss in the channel", "channel"),
        ("catch me up on this channel", "channel"),
        ("list the decisions in this thread", "thread"),
        ("recap our discussion", "thread"),
        ("summarise the channel tunnel project", None),
        ("summarise news", None),
        ("translate release notes", None),
        ("summarise this article: all is well", None),
        ("summarise the file system hierarchy", None),
        ("summarise Node.js", None),
        ("what does file:/// mean?", None),
        ("write a welcome message for our channel", None),
        ("explain how to summarise this thread", None),
        ("read between the lines", None),
    ],
)
def test_what_cannot_be_read_is_told_from_a_prompt(query: str, kind: str | None) -> None:
    found = find_unread(query)
    assert (found and found.kind) == kind


@pytest.mark.parametrize(
    "piece", [")", "(", "]", ".", "a)", "www.", "www.a.", "https://a", "this channel ", "/a"]
)
def test_links_of_twice_the_length_take_less_than_three_times_as_long(piece: str) -> None:
    for beginning in ("https://example.org/", "summarise ", ""):
        short, long = (beginning + piece * (length // len(piece)) for length in (4_000, 8_000))
        assert grows_evenly(lambda text: (links_in(text), find_unread(text)), short, long), piece
