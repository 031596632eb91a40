"""Pickers write the words about time, and show what the words say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.ui.composer.pickers.when_picker import Pick, pick_of, picker_blocks, words_picked
from tests.bot.composing import Desk
from tests.running import ADA

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def pick(when: str) -> Pick:
    return pick_of(when, zone=BERLIN, now=NOW)


def picked(when: str, part: str, **chosen: Any) -> str | None:
    """The words after something was picked beside `when`."""
    (block,) = picker_blocks(when, zone=BERLIN, now=NOW)
    action = f"compose_pick_{part}"
    view = {"state": {"values": {block["block_id"]: {action: chosen}}}}
    return words_picked(when, view, action=action, zone=BERLIN, now=NOW)


def option(value: str) -> dict[str, str]:
    return {"value": value}


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ("", Pick()),
        ("every day at 18:30", Pick(rhythm="day", clock="18:30", weekdays=frozenset(range(7)))),
        ("weekdays at 9", Pick(rhythm="weekday", clock="09:00", weekdays=frozenset({1, 2, 3, 4, 5}))),
        ("every mon and thu at 9", Pick(rhythm="days", clock="09:00", weekdays=frozenset({1, 4}))),
        ("every month on the 15th at 8am", Pick(rhythm="month", clock="08:00", day=15)),
        *(
            (when, Pick(rhythm="custom"))
            for when in (
                "tomorrow at 9",
                "every 15 minutes",
                "twice a day at 9 and 16:00",
                "every other friday at 9",
                "first monday of the month at 9",
                "every blue moon",
                "every year on 1 May at 9",
                "every 45 minutes",
            )
        ),
    ],
)
def test_the_pickers_show_what_can_be_shown_of_the_words(when: str, shown: Pick) -> None:
    assert pick(when) == shown


@pytest.mark.parametrize(
    ("when", "part", "chosen", "words"),
    [
        ("", "rhythm", {"selected_option": option("weekday")}, "every weekday at 09:00"),
        ("", "hour", {"selected_time": "07:15"}, "every day at 07:15"),
        ("tomorrow at 9", "rhythm", {"selected_option": option("day")}, "every day at 09:00"),
        ("every day at 18:30", "rhythm", {"selected_option": option("days")}, "every Monday at 18:30"),
        (
            "every monday at 9",
            "days",
            {"selected_options": [option("1"), option("5")]},
            "every Monday and Friday at 09:00",
        ),
        ("every day at 9", "rhythm", {"selected_option": option("month")}, "every month on the 1st at 09:00"),
        (
            "every month on the 1st at 9",
            "month",
            {"selected_option": option("15")},
            "every month on the 15th at 09:00",
        ),
        (
            "every day at 9 in Asia/Tokyo",
            "hour",
            {"selected_time": "10:00"},
            "every day at 10:00 in Asia/Tokyo",
        ),
        (
            "every day at 9 except holidays in DE",
            "hour",
            {"selected_time": "10:00"},
            "every day at 10:00 except holidays in DE",
        ),
    ],
)
def test_what_is_picked_becomes_words(when: str, part: str, chosen: dict[str, Any], words: str) -> None:
    assert picked(when, part, **chosen) == words


@pytest.mark.parametrize(
    ("part", "chosen"),
    [
        ("rhythm", {"selected_option": option("custom")}),
        ("rhythm", {"selected_option": option("every blue moon")}),
        ("rhythm", {}),
        ("hour", {"selected_time": "25:00"}),
        ("hour", {"selected_time": None}),
        ("hour", {"selected_time": "09:00"}),
        ("days", {"selected_options": []}),
        ("month", {"selected_option": option("32")}),
        ("month", {"selected_option": "32"}),
    ],
)
def test_what_means_nothing_changes_nothing(part: str, chosen: dict[str, Any]) -> None:
    assert picked("every monday at 9", part, **chosen) is None


def test_pickers_that_say_nothing_are_drawn_anew_so_that_slack_shows_the_words() -> None:
    once, again = (picker_blocks("every monday at 9", zone=BERLIN, now=NOW, drawn=drawn) for drawn in (1, 2))
    assert once[0]["block_id"] != again[0]["block_id"]
    assert once[0]["elements"] == again[0]["elements"]


def test_other_words_make_another_block_so_that_slack_shows_them() -> None:
    ids = {
        picker_blocks(when, zone=BERLIN, now=NOW)[0]["block_id"]
        for when in (
            "",
            "every day at 9",
            "every day at 10",
            "every monday at 9",
            "mondays at 10",
            "tomorrow",
        )
    }
    assert len(ids) == 6


async def test_the_form_follows_the_pickers_and_the_pickers_the_words(bot: Desk) -> None:
    view = await bot.open()
    (pickers,) = (block["block_id"] for block in view["blocks"] if block["block_id"].startswith("pick"))
    await bot.act(view, pickers, "compose_pick_rhythm", selected="weekday", values={})
    view = await bot.view(has="*every weekday at 09:00*")
    assert view["initial"]["when"] == {"compose_when_1": "every weekday at 09:00"}
    typed = "every month on the 3rd at 8"
    values = {"prompt": {"input": "What is new?"}, "when": {"compose_when_1": typed}}
    await bot.act(view, "when", "compose_when_1", selected=typed, values=values)
    view = await bot.view(has="on the 3rd")
    assert "compose_pick_month" in str(view["blocks"])
    assert await bot.do("submit", user=ADA, view_id=view["id"], values=values) == {"ok": True}
    await bot.closed()
    (schedule,) = await bot.all()
    assert schedule.cron == "0 8 3 * *"
