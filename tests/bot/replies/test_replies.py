"""Whatever people have typed, Slack takes every message and view, and nothing in it is a mention."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import replies
from bot.answers.records import Answer
from bot.replies.commands import help_text, schedule_list
from bot.replies.text import Reply
from bot.replies.views import usage_reply
from bot.replies.views.dialogs import Asks, question_window
from bot.replies.views.home import HOME_PAGE, Line, details_window, help_window, home_view, statistics_window
from bot.sandbox.block_kit import blocks as block_kit
from bot.sandbox.block_kit import view as view_kit
from bot.sandbox.messages import find_notified
from bot.schedules.history.run import Run
from bot.schedules.schedule import Schedule
from bot.sources import Channel, File, Link, Thread
from bot.stats.usage import Day, Spender, Statistics, Usage
from bot.ui.schedules.dialogs import Origin
from scheduler import read_timing

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
MOST_IN_BLOCKS = 13_200
HOSTILE = (
    "<!channel> @here <@U0ADA000001>",
    "<https://evil.example|bank.example>",
    "*bold* _it_ `code` ```",
    "&amp; &lt;!here&gt;",
    "‮أهلا",
    "👩‍👩‍👧‍👦" * 300,
    "\u200b",
    "]({})%s\\",
)

typed = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
    st.builds(lambda piece, times: piece * times, st.sampled_from(HOSTILE), st.integers(1, 400)),
).filter(str.strip)
names = st.none() | typed.map(lambda text: " ".join(text.split())[:60].strip() or "x")
read = st.one_of(
    typed.map(lambda text: Link(url=f"https://{text}")),
    typed.map(lambda text: File(file=text)),
    st.sampled_from(
        [
            Channel(channel="C0GENERAL01"),
            Channel(channel="C0GENERAL01", hours=744),
            Thread(channel="C0GENERAL01", ts="1700000000.000100"),
            Link(url="https://[half"),
        ]
    ),
)
schedules = st.builds(
    Schedule,
    id=st.just("kolu-tane"),
    team=st.just("T1"),
    channel=st.just("C0GENERAL01"),
    user=st.just("U0ADA000001"),
    query=typed.map(lambda text: text[:4_000]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia"]),
    cron=st.sampled_from(
        ["0 9 * * 1-5", "1,3,5,7,9,11 2,4,6,8,10,12 1,3,5,7,9,11,13,15 1,3,5,7 1,3,5", "*/7 * * * *"]
    ),
    name=names,
    state=st.sampled_from(["active", "paused"]),
    sources=st.lists(read, max_size=5).map(tuple),
    model=st.none() | typed.map(lambda text: text[:4_000]),
    changes=st.sampled_from(["always", "only", "difference"]),
)
once = schedules.map(
    lambda schedule: Schedule(
        **{**vars(schedule), "cron": None, "at": NOW + timedelta(days=1), "state": "active"}
    )
)
any_schedule = schedules | once
runs = st.builds(
    Run,
    at=st.just(NOW),
    outcome=st.sampled_from(["posted", "stale", "skipped", "failed"]),
    detail=st.sampled_from(["", "model_refused", "<!channel>"]),
)


def check(reply: Reply) -> None:
    """Slack takes it, and it notifies nobody but its owner, and only where we name them."""
    blocks = list(reply.blocks or ())
    assert block_kit.block_problems(blocks) == []
    assert block_kit.count_characters(blocks) <= MOST_IN_BLOCKS
    assert len(reply.text) <= 40_000
    assert set(find_notified(reply.text, blocks)) <= {"U0ADA000001"}


def check_view(view: dict[str, Any]) -> None:
    assert view_kit.view_problems(view, view["type"]) == []
    assert not view_kit.is_too_large(view)
    assert set(find_notified("", view["blocks"])) <= {"U0ADA000001"}


@given(any_schedule, st.none() | runs, st.booleans(), st.booleans())
def test_a_card(schedule: Schedule, last: Run | None, noted: bool, changeable: bool) -> None:
    note = replies.running_now(schedule) if noted else ""
    check(replies.schedule_card(schedule, [NOW] * 3, last, now=NOW, note=note, changeable=changeable))


@given(any_schedule, st.sampled_from(["rename", "transfer", "move"]))
def test_a_window_that_asks_for_one_thing(schedule: Schedule, asks: Asks) -> None:
    url = "https://hooks.slack.com/" + "x" * 900
    origin = Origin(schedule=schedule.id, channel=schedule.channel, url=url, at_home=True)
    view = question_window(asks, schedule, metadata=origin.encode())
    check_view(view)
    assert Origin.decode(view["private_metadata"]) == origin


@given(st.none() | st.integers() | typed | st.sampled_from(["[1]", "{}", '{"schedule": 1}', "[" * 9_000]))
def test_a_window_that_is_none_of_ours_is_about_nothing(text: object) -> None:
    assert Origin.decode(text) is None


def test_a_link_at_the_end_of_a_quoted_prompt_ends_before_the_quotation_mark() -> None:
    told = replies.gave_up("What is new in https://example.com/news", reason="gave_up")
    assert re.findall(r"https://\S+", told) == ["https://example.com/news"]


def test_help_over_the_home() -> None:
    view = help_window()
    check_view(view)
    assert all(words in str(view) for words in ("transfer", "every weekday", "Refresh"))


def test_every_time_in_the_help_can_be_typed() -> None:
    phrases = re.findall(r"`([^`]+)`", help_text("times"))
    assert len(phrases) > 15
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for phrase in phrases:
        alone = read_timing(phrase, now=now, zone="UTC")
        assert alone or read_timing(f"every weekday at 9 {phrase}", now=now, zone="UTC"), phrase


@given(any_schedule)
def test_what_was_scheduled(schedule: Schedule) -> None:
    check(replies.schedule_made(schedule, [NOW] * 3, zone_known=False, now=NOW))


@given(any_schedule)
def test_what_was_given_away(schedule: Schedule) -> None:
    check(replies.schedule_given(schedule, [NOW] * 3, by="U0ADA000001", now=NOW))


@given(any_schedule, st.lists(runs, max_size=10))
def test_a_history(schedule: Schedule, past: Sequence[Run]) -> None:
    check(replies.run_history(schedule, past, now=NOW))


@settings(deadline=None)  # sixty times what was drawn
@given(st.lists(any_schedule, max_size=5), st.sampled_from([0, 1, 60]))
def test_a_list_of_any_length(few: Sequence[Schedule], times: int) -> None:
    check(schedule_list([(schedule, NOW) for schedule in few] * times, scope="all", changeable=bool, now=NOW))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000) | st.sampled_from(HOSTILE),
    typed.map(lambda text: text[:4_000]),
    st.none() | any_schedule,
    st.integers(0, 1_000),
    st.booleans(),
)
def test_a_post_without_a_mention_policy_notifies_nobody(
    text: str, query: str, schedule: Schedule | None, shared: int, stale: bool
) -> None:
    answer = Answer(
        text=text,
        made=NOW,
        model="openai:<!here>",
        complete=not stale,
        tokens_in=shared,
        tokens_out=10**9,
        cost=10**15 if stale else None,
        credit=f"from <https://example.org|{'x' * 4_000}>" if stale else "",
        whole=text if stale else "",
    )
    parts = replies.answer_parts(
        answer,
        query=query,
        schedule=schedule,
        shared=shared,
        demo=stale,
        cached=not stale,
        stale_at=NOW + timedelta(hours=2) if stale else None,
        kept="0123456789abcdef",
    )
    for part in parts:
        check(Reply(text=part.text, blocks=part.blocks))
        assert find_notified(part.text, part.blocks) == ()


@given(
    st.lists(any_schedule, max_size=6), st.sampled_from([0, 1, 50]), st.integers(0, 20), runs, st.booleans()
)
def test_the_home(few: Sequence[Schedule], times: int, page: int, last: Run, known: bool) -> None:
    mine = [
        Line(schedule=schedule, coming=NOW, last=last, mine=place % 2 == 0, changeable=known)
        for place, schedule in enumerate(few)
    ]
    lines = sorted(mine * times, key=lambda line: not line.mine)
    usage = Usage(
        month=NOW.date(), calls=1, put_off=2, posted=3, cached=4, failed=5, tokens_in=6, tokens_out=7
    )
    view = home_view(
        lines[:HOME_PAGE],
        page=page,
        mine=sum(line.mine for line in lines),
        others=sum(not line.mine for line in lines),
        failures=[(line.schedule, last) for line in lines],
        usage=usage if known else None,
        channels_known=known,
        now=NOW,
        left_out=times,
        note=replies.schedule_gone(),
    )
    check_view(view)


numbers = st.integers(0, 10**18)
usages = st.builds(
    Usage,
    month=st.just(NOW.date()),
    **dict.fromkeys(
        (
            *("calls", "put_off", "posted", "cached", "missed", "stale", "failed", "skipped", "unchanged"),
            *("quiet", "tokens_in", "tokens_out", "spent", "saved", "saved_tokens", "unpriced"),
        ),
        numbers,
    ),
    days=st.lists(
        st.builds(Day, calls=numbers, cached=numbers, spent=numbers, saved=numbers), max_size=31
    ).map(tuple),
)
spenders = st.builds(
    Spender,
    id=st.sampled_from(["kolu-tane", "x" * 40]),
    calls=numbers,
    cost=numbers,
    schedule=st.none() | any_schedule,
    over=st.sampled_from([None, "deleted", "ended"]),
)


@given(usages, st.lists(spenders, max_size=5), st.none() | usages)
def test_what_was_used(usage: Usage, top: Sequence[Spender], before: Usage | None) -> None:
    statistics = Statistics(usage=usage, top=tuple(top), before=before)
    check(usage_reply(statistics))
    check_view(statistics_window(statistics))


@given(any_schedule, st.lists(runs, max_size=10))
def test_details_over_the_home(schedule: Schedule, past: Sequence[Run]) -> None:
    card = replies.schedule_card(schedule, [NOW], None, now=NOW, buttons=False)
    check_view(
        details_window(
            card,
            replies.run_history(schedule, past, now=NOW, back=False),
            schedule,
            channel="C1",
            changeable=True,
            now=NOW,
        )
    )
