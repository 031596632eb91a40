"""Several places in the composer: what is chosen, kept while fields are folded, and made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.answers import Freshness
from bot.schedules import MOST_PLACES, Draft, Place, Schedule
from bot.ui.composer.draft import check_form, edit_to, form_of
from bot.ui.composer.form import Form
from bot.ui.composer.modal import composer_view
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.state import read_form
from scheduler import Closures
from tests.bot.composing import Desk
from tests.running import ADA, TEAM

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OFFER = Offer(links_in=lambda _: (), models=("openai:test",), freshness=Freshness())
FORM = Form(prompt="Why?", when="every monday at 9", channel="C001", zone="UTC")
SPREAD = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C001",
    user="U001",
    query="Why?",
    zone="UTC",
    cron="0 9 * * 1",
    thread="1.1",
    also=(Place(channel="D003", user="U003"), Place(channel="C002")),
)


def shown(form: Form) -> dict[str, Any]:
    return composer_view(form, now=NOW, closures=Closures(), offer=OFFER)


def came_back(form: Form) -> Form:
    """The form, as its modal comes back with nothing touched."""
    view = shown(form)
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        element = block.get("element") or {}
        for given, told in (
            ("initial_value", "value"),
            ("initial_conversation", "selected_conversation"),
            ("initial_conversations", "selected_conversations"),
            ("initial_users", "selected_users"),
        ):
            if "element" in block:
                values.setdefault(block["block_id"], {}).setdefault(element["action_id"], {})
                if given in element:
                    values[block["block_id"]][element["action_id"]][told] = element[given]
    return read_form({**view, "state": {"values": values}})


def test_channels_and_people_are_two_fields_and_come_back_shown_or_folded() -> None:
    form = replace(FORM, also=("C002", "C003"), to_people=("U002",))
    blocks = {block["block_id"]: block for block in shown(form)["blocks"] if "block_id" in block}
    assert blocks["also"]["element"]["initial_conversations"] == ["C002", "C003"]
    assert blocks["to_people"]["element"]["initial_users"] == ["U002"]
    back = came_back(form)
    assert (back.channel, back.also, back.to_people) == ("C001", ("C002", "C003"), ("U002",))
    assert "also" not in {block.get("block_id") for block in shown(FORM)["blocks"]}
    carried = json.loads(shown(FORM)["private_metadata"])
    assert (carried["also"], carried["to_people"]) == ([], [])


def test_a_schedule_that_is_opened_and_saved_untouched_keeps_its_places() -> None:
    form = form_of(SPREAD, links_in=lambda _: ())
    assert (form.channel, form.also, form.to_people) == ("C001", ("C002",), ("U003",))
    draft = check_form(came_back(form), now=NOW, offer=OFFER)
    assert isinstance(draft, Draft)
    edited = edit_to(replace(draft, also=(*draft.also, Place(channel="D003", user="U003"))))(SPREAD)
    assert set(edited.places) == set(SPREAD.places)
    assert edited.places[0] == Place(channel="C001", thread="1.1")


def test_the_same_channel_counts_once_and_too_many_places_are_told_at_their_field() -> None:
    draft = check_form(replace(FORM, also=("C001", "C002", "C002")), now=NOW, offer=OFFER)
    assert isinstance(draft, Draft)
    assert [place.channel for place in draft.places] == ["C001", "C002"]
    many = tuple(f"C{number}" for number in range(2, MOST_PLACES + 2))
    wrong = check_form(replace(FORM, also=many), now=NOW, offer=OFFER)
    assert isinstance(wrong, dict)
    assert list(wrong) == ["also"]


def test_only_me_stands_for_all_other_places_which_come_back_when_it_is_unticked() -> None:
    form = replace(FORM, also=("C002",), to_people=("U002",), only_me=True)
    blocks = {block.get("block_id"): block for block in shown(form)["blocks"]}
    assert not blocks.keys() & {"channel", "also", "to_people"}
    assert blocks["only_me"]["elements"][0]["initial_options"]
    back = came_back(form)
    assert (back.only_me, back.channel, back.also, back.to_people) == (True, "C001", ("C002",), ("U002",))
    draft = check_form(back, now=NOW, offer=OFFER)
    assert isinstance(draft, Draft)
    assert (draft.channel, draft.also) == ("", ())
    view = shown(form)
    unticked: dict[str, Any] = {"values": {"only_me": {"compose_only_me": {"selected_options": []}}}}
    assert "channel" in {
        block.get("block_id") for block in shown(read_form({**view, "state": unticked}))["blocks"]
    }


def test_a_schedule_for_its_owner_alone_is_opened_with_the_box_ticked() -> None:
    alone = replace(SPREAD, channel="D001", person=SPREAD.user, thread=None, also=())
    assert form_of(alone, links_in=lambda _: ()).only_me
    assert not form_of(replace(alone, person="U009"), links_in=lambda _: ()).only_me


def test_people_alone_are_enough() -> None:
    draft = check_form(replace(FORM, channel=None, to_people=("U002",)), now=NOW, offer=OFFER)
    assert isinstance(draft, Draft)
    nobody = check_form(replace(FORM, channel=None), now=NOW, offer=OFFER)
    assert isinstance(nobody, dict)
    assert "channel" in nobody


async def test_what_is_for_its_maker_alone_goes_to_their_direct_messages(bot: Desk) -> None:
    view = await bot.open()
    await bot.act(view, "only_me", "compose_only_me", selected=["only_me"])
    view = await bot.view(has="'initial_options'")
    assert "channel" not in {block.get("block_id") for block in view["blocks"]}
    assert await bot.submit(view, prompt="Tell me a joke", when="every day at 9") == {"ok": True}
    told = await bot.told("Saved")
    assert f"only to <@{ADA}>" in told["text"]
    (made,) = await bot.schedule_store.list_records(TEAM)
    assert (made.person, made.channel, made.also) == (ADA, "D0ADA000001", ())
