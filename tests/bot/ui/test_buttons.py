"""Buttons under answers and on cards, pressed through the front door of the whole app."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies.buttons.button_ids import Press, action_id, menu_id, option_value, read_press
from tests.running import ADA, GENERAL, GRACE, NEWS, Precache
from tests.stand_ins.openai import OpenAI, says
from tests.waiting import wait_until

ROSALIND = "U0ROSALIND1"
DAILY = "/precache every day at 18:30 Good evening"


@pytest.fixture
def model(model: OpenAI) -> OpenAI:
    model.otherwise = says("First.")
    return model


def labels(message: Mapping[str, Any]) -> list[str]:
    """The labels of a message's buttons."""
    return [
        element["text"]["text"]
        for block in message["blocks"]
        for element in (*block.get("elements", ()), block.get("accessory", {}))
        if element.get("type") == "button"
    ]


async def card(bot: Precache, *, user: str = ADA, by: str = ADA, typed: str = DAILY) -> dict[str, Any]:
    """Schedule something, and show it."""
    await bot.type(typed, user=by)
    name = await bot.made(user=by)
    await bot.type(f"/precache show {name}", user=user)
    return await bot.seen("Run now", user=user)


async def modals(bot: Precache, user: str = ADA) -> list[dict[str, Any]]:
    return list((await bot.state(user))["views"])


async def test_a_card_is_paused_and_resumed_in_its_own_place(bot: Precache) -> None:
    shown = await card(bot)
    timed = ["Skip next run", "Pause until…", "Change time"]
    assert labels(shown) == ["Run now", "Pause", "Edit", "History", "Delete", *timed]
    await bot.press(shown, "card_pause")
    paused = await bot.seen("is paused")
    assert paused["ts"] == shown["ts"]
    assert labels(paused) == ["Run now", "Resume", "Edit", "History", "Delete", *timed[1:]]
    await bot.press(paused, "card_resume")
    again = await bot.seen("is active again")
    assert again["ts"] == shown["ts"]
    assert "Pause" in labels(again)


async def test_a_double_click_pauses_once_and_shows_that_it_is_so(bot: Precache) -> None:
    shown = await card(bot)
    await asyncio.gather(*(bot.press(shown, "card_pause") for _ in range(2)))
    paused = await bot.seen("_Paused_")
    assert "Someone else just changed" not in str(paused)
    assert "already" not in str(paused)
    assert "Resume" in labels(paused)


async def test_a_person_who_does_not_own_a_schedule_may_run_it_and_not_end_it(
    bot: Precache, model: OpenAI
) -> None:
    shown = await card(bot, user=GRACE)
    assert labels(shown) == ["Run now", "History"]
    await bot.press(shown, "card_menu", option="Make a copy", user=GRACE)
    form = await bot.window("every day at 18:30", user=GRACE)
    assert form["title"]["text"] == "New schedule"
    assert await bot.submit(form, by=GRACE, name="Mine") == {"ok": True}
    assert f"<#{GENERAL}>" in await bot.told("Saved *Mine*", user=GRACE)
    name = shown["blocks"][-1]["elements"][0]["value"]
    await bot.type(f"/precache edit {name}", user=GRACE)
    refused = await bot.seen(f"Only <@{ADA}> or an admin", user=GRACE)
    assert labels(refused) == ["Run now", "History"]
    await bot.press(shown, "card_run", user=GRACE)
    await bot.seen("Running ", user=GRACE)
    (post,) = await bot.posted()
    assert "First." in post["text"]


async def test_what_is_deleted_names_its_prompt_and_comes_back(bot: Precache) -> None:
    shown = await card(bot)
    assert "“Good evening” won't run again" in str(shown["blocks"][-2])
    await bot.press(shown, "card_delete")
    deleted = await bot.seen("“Good evening” is deleted. You can undo this for a minute.")
    assert (deleted["ts"], labels(deleted)) == (shown["ts"], ["Undo"])
    await bot.press(deleted, "card_undo")
    back = await bot.seen("is back, just as it was")
    assert (back["ts"], labels(back)) == (shown["ts"], labels(shown))


async def test_each_line_of_a_list_has_all_that_can_be_done(bot: Precache) -> None:
    await card(bot)
    for user, acts in (
        (ADA, ["Run now", "Pause", "Edit", "Details", "Delete"]),
        (GRACE, ["Run now", "Details", "Make a copy"]),
    ):
        await bot.type("/precache list", user=user)
        listed = await bot.seen("/precache show &lt;name&gt;", user=user)
        (menu,) = [block["accessory"] for block in listed["blocks"] if "accessory" in block]
        assert [option["text"]["text"] for option in menu["options"]] == acts
        await bot.press(listed, "post_menu", option="Details", user=user)
        await bot.seen("Owner:", user=user)


async def test_a_card_of_what_was_given_away_refuses_its_former_owner(bot: Precache) -> None:
    shown = await card(bot, user=GRACE, by=GRACE)
    assert "Delete" in labels(shown)
    name = shown["blocks"][-1]["elements"][0]["value"]
    await bot.type(f"/precache transfer {name} @ada", user=GRACE)
    await bot.seen("now belongs", user=GRACE)
    await bot.press(shown, "card_delete", user=GRACE)
    refused = await bot.seen(f"Only <@{ADA}> or an admin", user=GRACE)
    assert (refused["ts"], labels(refused)) == (shown["ts"], ["Run now", "History"])


async def test_a_schedule_is_renamed_from_its_card(bot: Precache) -> None:
    shown = await card(bot)
    await bot.press(shown, "card_menu", option="Rename")
    (view,) = await wait_until(lambda: modals(bot), "the window")
    for name, words in [
        ("n" * 3_000, "too long"),
        ("kolu-tane", "looks like a schedule's id"),
        ("two\nlines", "one line"),
    ]:
        refused = await bot.submit(view, name=name)
        assert words in refused["errors"]["name"]
    assert await bot.submit(view, name=" Vespers \u202e*now* ") == {"ok": True}
    again = await bot.seen("is now called")
    assert again["ts"] == shown["ts"]
    assert "Vespers" in str(again)
    assert not await modals(bot)


async def test_a_schedule_is_given_away_from_its_card_to_someone_who_can_have_it(bot: Precache) -> None:
    shown = await card(bot, user=GRACE, by=GRACE)
    await bot.press(shown, "card_menu", option="Give to someone else", user=GRACE)
    (view,) = await wait_until(lambda: modals(bot, GRACE), "the window")
    for user, words in [(GRACE, "already belongs to them"), (ROSALIND, "to a guest")]:
        refused = await bot.submit(view, by=GRACE, user=user)
        assert words in refused["errors"]["user"]
        assert "<@" not in refused["errors"]["user"]
    results = await asyncio.gather(*(bot.submit(view, by=GRACE, user=ADA) for _ in range(2)))
    assert {"ok": True} in results
    given = await bot.seen("now belongs to", user=GRACE)
    assert (given["ts"], labels(given)) == (shown["ts"], ["Run now", "History"])
    told = await bot.seen(f"<@{GRACE}> gave you", channel="D0ADA000001")
    name = shown["blocks"][-1]["elements"][0]["value"]
    assert all(words in told["text"] for words in ("Next:", f"transfer good-evening <@{GRACE}>`"))
    assert labels(told) == ["Manage"]
    await bot.type(f"/precache transfer {name} <@{GRACE}>")
    await bot.told("now belongs to")
    told = await bot.seen(f"<@{ADA}> gave you", user=GRACE, channel="D0GRACE0001")
    assert "Good evening" in told["text"]


async def test_the_window_of_a_schedule_that_is_gone_says_so_at_its_field(bot: Precache) -> None:
    shown = await card(bot)
    await bot.press(shown, "card_menu", option="Rename")
    (view,) = await wait_until(lambda: modals(bot), "the window")
    await bot.press(shown, "card_delete")
    await bot.seen("is deleted")
    refused = await bot.submit(view, name="Vespers")
    assert "no schedule" in refused["errors"]["name"]


async def test_a_deleted_schedule_leaves_no_button_that_does_harm(bot: Precache, model: OpenAI) -> None:
    shown = await card(bot)
    name = shown["blocks"][-1]["elements"][0]["value"]
    await bot.type(f"/precache show {name}", user=GRACE)
    other = await bot.seen("Run now", user=GRACE)
    await bot.press(shown, "card_delete")
    deleted = await bot.seen("is deleted")
    assert (deleted["ts"], labels(deleted)) == (shown["ts"], ["Undo"])
    await bot.press(other, "card_run", user=GRACE)
    gone = await bot.seen("I can't find that schedule", user=GRACE)
    assert (gone["ts"], labels(gone)) == (other["ts"], [])
    assert model.requests == 0


async def test_history_is_shown_on_the_card_and_left_again(bot: Precache) -> None:
    shown = await card(bot)
    await bot.press(shown, "card_history")
    past = await bot.seen("hasn't run yet")
    assert (past["ts"], labels(past)) == (shown["ts"], ["Show schedule"])
    await bot.press(past, "card_show")
    assert (await bot.seen("Run now"))["ts"] == shown["ts"]


async def test_edit_opens_the_composer_with_the_schedule_in_it(bot: Precache) -> None:
    shown = await card(bot)
    await bot.press(shown, "card_edit")
    (view,) = await wait_until(lambda: modals(bot), "the composer")
    assert "Good evening" in str(view["initial"])


async def test_a_list_has_a_button_for_each_and_it_shows_the_card_beside_it(bot: Precache) -> None:
    await bot.type(DAILY)
    await bot.told("Scheduled")
    await bot.type("/precache list")
    listed = await bot.seen("Manage")
    assert labels(listed) == ["Manage"]
    await bot.press(listed, "post_show")
    assert (await bot.seen("Run now"))["ts"] != listed["ts"]


async def within_a_minute() -> None:
    """Wait for the next minute if this one is nearly over: what happens once a minute goes by the clock's."""
    await wait_until(lambda: datetime.now(UTC).second < 50, "the beginning of a minute")


async def test_refresh_of_what_a_schedule_posted_is_a_run_of_that_schedule(
    bot: Precache, model: OpenAI
) -> None:
    shown = await card(bot)
    await bot.press(shown, "card_run")
    (post,) = await bot.posted()
    assert labels(post) == ["Refresh", "Manage", "Send me this too", "Ask about this"]
    model.otherwise = says("Second.")
    await bot.press(post, "post_refresh", user=GRACE)
    _, fresh = await bot.posted(2)
    assert "Second." in fresh["text"]
    assert (fresh["thread_ts"], labels(fresh)) == (post["ts"], labels(post))
    name = shown["blocks"][-1]["elements"][0]["value"]
    assert name in str(fresh)


async def test_refresh_asks_again_for_everyone_posts_once_and_replaces_the_answer(
    bot: Precache, model: OpenAI
) -> None:
    await bot.type("/precache What is new?")
    (post,) = await bot.posted()
    assert labels(post) == ["Refresh", "Schedule this", "Ask about this"]
    model.otherwise = says("Second.")
    await within_a_minute()
    await asyncio.gather(*(bot.press(post, "post_refresh", user=user) for user in (ADA, GRACE)))
    await bot.seen("Asking again", user=GRACE)
    _, fresh = await bot.posted(2)
    assert "Second." in fresh["text"]
    assert fresh["thread_ts"] == post["ts"]
    await bot.type("/precache What is new?", channel=NEWS)
    (cached,) = await bot.posted(channel=NEWS)
    assert "Second." in cached["text"]
    assert "Reused from" in str(cached)
    assert model.requests == 2
    assert len(await bot.posts()) == 2


async def test_what_was_asked_once_is_scheduled_from_its_post(bot: Precache) -> None:
    await bot.type("/precache What is <new> & good?")
    (post,) = await bot.posted()
    await bot.press(post, "post_schedule", user=GRACE)
    (view,) = await wait_until(lambda: modals(bot, GRACE), "the composer")
    assert "What is <new> & good?" in str(view["initial"])


async def test_a_prompt_that_no_button_can_carry_can_be_asked_about(bot: Precache) -> None:
    await bot.type(f"/precache {'x' * 2_000}")
    (post,) = await bot.posted()
    assert labels(post) == ["Ask about this"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
NAMES = st.from_regex(r"[a-z]{4}-[a-z]{4}", fullmatch=True)
PRESSES = st.one_of(
    st.builds(Press, verb=st.sampled_from(["refresh", "schedule"]), query=TEXTS),
    st.builds(
        Press,
        verb=st.sampled_from(["refresh", "schedule"]),
        kept=st.from_regex(r"[a-z0-9-]{1,60}", fullmatch=True),
    ),
    st.builds(Press, verb=st.sampled_from(["previous", "next"]), page=st.integers(0, 9_999)),
    st.builds(
        Press,
        verb=st.sampled_from(
            [
                "show",
                "run",
                "pause",
                "resume",
                "edit",
                "history",
                "delete",
                "move",
                "rename",
                "transfer",
                "refresh",
            ]
        ),
        schedule=NAMES,
        channel=st.sampled_from(["", "C0GENERAL01"]),
    ),
    st.sampled_from([Press(verb="new"), Press(verb="help")]),
)


@given(PRESSES)
def test_what_a_button_says_comes_back_as_it_was(press: Press) -> None:
    assert read_press({"action_id": action_id("home", press.verb), "value": press.value}) == press
    chosen = {"action_id": menu_id("home"), "selected_option": {"value": option_value(press)}}
    assert read_press(chosen) == press


@given(st.dictionaries(st.sampled_from(["action_id", "value", "selected_option"]), st.text() | st.none()))
def test_whatever_comes_back_is_read_without_an_error(action: Mapping[str, Any]) -> None:
    read_press(action)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("card_pause", ""),
        ("card_pause", "Not An Id"),
        ("card_pause", "kolu-tane:" + "C" * 99),
        ("card_pause", "../../kolu"),
        ("card_explode", "kolu-tane"),
        ("post_refresh", "?   "),
        ("post_schedule", "kolu-tane"),
        ("post_refresh", "@"),
        ("post_refresh", "@../../x"),
        ("post_schedule", "@" + "x" * 61),
        ("home_next", "#-1"),
        ("home_next", "#99999"),
        ("home_menu", "pause kolu-tane"),
    ],
)
def test_what_makes_no_sense_means_nothing(action: str, value: str) -> None:
    assert read_press({"action_id": action, "value": value}) is None
