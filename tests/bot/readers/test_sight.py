"""May this person see what a schedule posts? Asked of a whole workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import SlackUnavailable
from bot.readers import Consent, may_see_posts
from bot.schedules import Schedule
from bot.slack import Caller, connect_slack
from bot.slack import Slack as OurSlack
from bot.sources import Channel, ChannelMembers, Link, Source
from tests.bot.sandbox.town import ADA, ADAS_DM, GENERAL, GRACE, LEADS, NEWS, PARTNERS, ROSALIND, Town
from tests.stand_ins.slack_channel import TOKEN, fails, refuses
from tests.stand_ins.slack_channel import Slack as Channels

AGREED = Consent(
    readers=ChannelMembers(channel=LEADS),
    place=GENERAL,
    by=ADA,
    at=datetime(2026, 11, 29, 9, tzinfo=UTC),
    is_open=True,
)


def reading(*sources: Source, **fields: Any) -> Schedule:
    """Ada's, posted to everyone."""
    daily: dict[str, Any] = {"id": "kolu-tane", "team": "T1", "channel": GENERAL, "user": ADA}
    return Schedule(**daily, query="Ask", zone="UTC", cron="0 9 * * *", sources=sources, **fields)


BOARD = Channel(channel=LEADS, hours=24)


async def sees(slack: OurSlack, user: str, schedule: Schedule) -> bool:
    async def slack_of(_: str) -> OurSlack:
        return slack

    return await may_see_posts(slack_of, Caller(team="T1", user=user, channel=None), schedule)


async def test_links_are_for_everyone_and_a_public_channel_for_all_who_are_no_guests(
    town: Town, slack: OurSlack
) -> None:
    assert await sees(slack, ROSALIND, reading(Link(url="https://example.com/")))
    await town.do("leave", user=GRACE, channel=NEWS)
    assert await sees(slack, GRACE, reading(Channel(channel=NEWS)))
    assert not await sees(slack, ROSALIND, reading(Channel(channel=NEWS))), "of another organisation"
    assert await sees(slack, ROSALIND, reading(Channel(channel=PARTNERS)))


async def test_a_private_channel_is_for_its_members_and_for_those_to_whom_someone_has_agreed_to_show_it(
    town: Town, slack: OurSlack
) -> None:
    await town.do("invite", user=ADA, channel=LEADS)
    assert await sees(slack, GRACE, reading(BOARD))
    await town.do("leave", user=GRACE, channel=LEADS)
    assert not await sees(slack, GRACE, reading(BOARD))
    assert await sees(slack, GRACE, reading(BOARD, consents=(AGREED,)))
    assert not await sees(slack, GRACE, reading(BOARD, Channel(channel=ADAS_DM), consents=(AGREED,)))
    assert not await sees(slack, ROSALIND, reading(BOARD, consents=(AGREED,)))
    await town.do("leave", user=ADA, channel=LEADS)
    assert not await sees(slack, ADA, reading(BOARD)), "owning it is not reading it"
    await town.do("share", user=ADA, channel=GENERAL)
    assert not await sees(slack, GRACE, reading(BOARD, consents=(AGREED,))), "the place is another now"


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members"])
async def test_what_slack_does_not_tell_is_asked_again_and_what_it_refuses_is_not_theirs(
    workspace: Channels, method: str
) -> None:
    workspace.private = True
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:
        workspace.next[method].append(fails)
        with pytest.raises(SlackUnavailable):
            await sees(slack, "U1", reading(BOARD))
        workspace.next[method].append(refuses("missing_scope"))
        assert not await sees(slack, "U1", reading(BOARD))
        assert await sees(slack, "U1", reading(BOARD))
