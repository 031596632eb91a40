"""May what is read from these sources be shown there? Asked of a whole workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.readers.check import Asks, Consented, Open, ReaderCheck, Showing, Untold
from bot.readers.consent import Consent, decode_consents, encode_consents
from bot.readers.exposure import accept_all, ticket_of
from bot.slack import Slack as OurSlack
from bot.sources import Channel, ChannelMembers, File, FileViewers, Link, Source, Thread
from tests.bot.sandbox.filing import share
from tests.bot.sandbox.town import ADA, ADAS_DM, BOT, GENERAL, GRACE, LEADS, NEWS, PARTNERS, ROSALIND, Town
from tests.stand_ins.slack_channel import TOKEN, fails, refuses
from tests.stand_ins.slack_channel import Slack as Channels

BOARD = Channel(channel=LEADS, hours=24)
AT = datetime(2026, 11, 29, 9, tzinfo=UTC)


def check_of(slack: OurSlack) -> ReaderCheck:
    async def slack_of(_: str) -> OurSlack:
        return slack

    return ReaderCheck(slack_of=slack_of)


@pytest.fixture
def check(slack: OurSlack) -> ReaderCheck:
    return check_of(slack)


async def bot_in_leads(town: Town) -> None:
    """#leads is private; Ada, Grace and now the bot are in it."""
    await town.do("invite", user=ADA, channel=LEADS)


async def private_channel(town: Town, name: str, *others: str) -> str:
    """Ada's, where the bot and these people are."""
    made = await town.do("channels", user=ADA, name=name, is_private=True)
    channel = str(made["channel"]["id"])
    await town.do("invite", user=ADA, channel=channel)
    for person in others:
        await town.do("invite", user=ADA, channel=channel, target=person)
    return channel


def why(showing: Showing) -> list[str]:
    assert isinstance(showing, Asks), showing
    return [exposure.why for exposure in showing.exposures]


@pytest.mark.parametrize(
    "sources",
    [
        [],
        [Link(url="https://example.com/")],
        [Channel(channel=GENERAL, hours=1), Thread(channel=GENERAL, ts="1.000000")],
    ],
)
async def test_links_and_the_place_itself_are_open_and_cost_no_request(
    workspace: Channels, sources: list[Source]
) -> None:
    async def never(_: str) -> OurSlack:
        raise AssertionError("Slack was asked")

    assert await ReaderCheck(slack_of=never).may_show("T1", sources, GENERAL) == Open()
    assert workspace.requests.total() == 0


async def test_a_public_channel_is_open_to_everyone_who_is_no_guest(town: Town, check: ReaderCheck) -> None:
    general = [Channel(channel=GENERAL, hours=24)]
    for place in (NEWS, ADAS_DM, GRACE, await private_channel(town, "few")):
        assert await check.may_show("T1", general, place) == Open()
    assert why(await check.may_show("T1", general, ROSALIND)) == ["person"]
    assert why(await check.may_show("T1", general, PARTNERS)) == ["shared"]


async def test_a_guest_in_a_place_is_no_reader_of_what_they_are_not_in(
    town: Town, check: ReaderCheck
) -> None:
    await town.do("leave", user=GRACE, channel=NEWS)
    await town.do("guest", user=ADA, target=GRACE)
    assert why(await check.may_show("T1", [Channel(channel=NEWS, hours=24)], GENERAL)) == ["guests"]
    assert await check.may_show("T1", [Channel(channel=GENERAL, hours=24)], NEWS) == Open()
    assert why(await check.may_show("T1", [Channel(channel=NEWS, hours=24)], GRACE)) == ["person"]


async def test_a_private_channel_is_open_to_its_members_alone(town: Town, check: ReaderCheck) -> None:
    await bot_in_leads(town)
    assert why(await check.may_show("T1", [BOARD], GENERAL)) == ["public"]
    assert why(await check.may_show("T1", [BOARD], PARTNERS)) == ["shared"]
    assert await check.may_show("T1", [BOARD], ADAS_DM) == Open()
    assert await check.may_show("T1", [BOARD], GRACE) == Open()
    both = await private_channel(town, "both", GRACE)
    assert await check.may_show("T1", [BOARD], both) == Open(lasts=False), "it may turn public unseen"
    await town.do("leave", user=GRACE, channel=LEADS)
    assert why(await check_again(check).may_show("T1", [BOARD], both)) == ["members"]
    assert why(await check_again(check).may_show("T1", [BOARD], GRACE)) == ["person"]
    assert why(await check.may_show("T1", [Thread(channel=ADAS_DM, ts="1.000000")], GENERAL)) == ["public"]


def check_again(check: ReaderCheck) -> ReaderCheck:
    """The same, a little later, when no list of members is kept."""
    return replace(check)


async def test_a_file_is_open_to_those_it_was_shared_with(town: Town, check: ReaderCheck) -> None:
    await bot_in_leads(town)
    kept = File(file=await share(town, b"Secret plans", "plan.txt", channel=LEADS))
    assert await check.may_show("T1", [kept], LEADS) == Open()
    assert await check.may_show("T1", [kept], ADA) == Open()
    assert why(await check.may_show("T1", [kept], GENERAL)) == ["public"]
    told = File(file=await share(town, b"News", "news.txt", channel=GENERAL))
    assert await check.may_show("T1", [told], NEWS) == Open()
    assert why(await check.may_show("T1", [told], ROSALIND)) == ["person"]


async def test_a_consent_holds_until_the_place_or_the_source_turns_into_something_else(
    town: Town, check: ReaderCheck
) -> None:
    await bot_in_leads(town)
    few = await private_channel(town, "few", ROSALIND)
    asked = await check.may_show("T1", [BOARD], few)
    assert isinstance(asked, Asks)
    given = decode_consents(encode_consents(accept_all(asked.exposures, by=ADA, at=AT)))
    assert given == (Consent(readers=ChannelMembers(channel=LEADS), place=few, by=ADA, at=AT),)
    assert await check.may_show("T1", [BOARD], few, given) == Consented(consents=given, lasts=False)
    assert why(await check.may_show("T1", [BOARD], GENERAL, given)) == ["public"], "another place"
    assert why(await check.may_show("T1", [Channel(channel=ADAS_DM)], few, given)) == ["members"]
    await town.do("convert", user=ADA, channel=few, is_private=False)
    opened = await check.may_show("T1", [BOARD], few, given)
    assert why(opened) == ["public"]
    assert isinstance(opened, Asks)
    assert ticket_of(opened.exposures) != ticket_of(asked.exposures), "a tick agrees to what it stands at"
    given = accept_all(opened.exposures, by=ADA, at=AT)
    assert await check.may_show("T1", [BOARD], few, given) == Consented(consents=given, lasts=True)
    await town.do("share", user=ADA, channel=few)
    assert why(await check.may_show("T1", [BOARD], few, given)) == ["shared"]
    await town.do("share", user=ADA, channel=few, shared=False)
    assert isinstance(await check.may_show("T1", [BOARD], few, given), Consented)


async def test_a_source_that_turns_private_asks_although_its_public_words_were_consented_to(
    town: Town, check: ReaderCheck
) -> None:
    news = [Channel(channel=NEWS, hours=24)]
    asked = await check.may_show("T1", news, PARTNERS)
    assert isinstance(asked, Asks)
    given = accept_all(asked.exposures, by=ADA, at=AT)
    assert isinstance(await check.may_show("T1", news, PARTNERS, given), Consented)
    await town.do("convert", user=ADA, channel=NEWS, is_private=True)
    assert why(await check.may_show("T1", news, PARTNERS, given)) == ["shared"]
    assert why(await check.may_show("T1", news, GENERAL)) == ["public"]


async def test_what_shows_itself_to_the_bot_no_more_is_no_consent(check: ReaderCheck) -> None:
    assert why(await check.may_show("T1", [BOARD], GENERAL)) == ["unseen"]


async def test_of_several_places_each_is_asked_about(town: Town, check: ReaderCheck) -> None:
    await bot_in_leads(town)
    showing = await check.may_show_in_all("T1", [BOARD], [LEADS, GENERAL, PARTNERS, ADA, GENERAL])
    assert isinstance(showing, Asks)
    assert [(exposure.place, exposure.why) for exposure in showing.exposures] == [
        (GENERAL, "public"),
        (PARTNERS, "shared"),
    ]
    assert await check.may_show_in_all("T1", [BOARD], [LEADS, ADA]) == Open()


@pytest.mark.parametrize(("answer", "is_refused"), [(fails, False), (refuses("missing_scope"), True)])
async def test_what_slack_does_not_tell_is_untold(workspace: Channels, answer: Any, is_refused: bool) -> None:
    from bot.slack import connect_slack

    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:
        workspace.next["conversations.info"].append(answer)
        told = await check_of(slack).may_show("T1", [BOARD], GENERAL)
    assert told == Untold(place=GENERAL, is_refused=is_refused)


@pytest.mark.parametrize(
    "wires",
    [
        None,
        "all",
        [1, {}, {"channel": LEADS, "place": GENERAL, "by": ADA}],
        [{"channel": 3, "place": GENERAL, "by": ADA, "at": 1}],
        [{"channel": LEADS, "place": GENERAL, "by": ADA, "at": "now"}],
    ],
)
def test_what_is_not_understood_is_no_consent(wires: object) -> None:
    assert decode_consents(wires) == ()


def test_a_file_keeps_its_consent() -> None:
    given: Sequence[Consent] = (
        Consent(
            readers=FileViewers(file="F1"), place=GENERAL, by=BOT, at=AT, is_open=True, is_closed_source=False
        ),
    )
    assert decode_consents(list(encode_consents(given))) == given
