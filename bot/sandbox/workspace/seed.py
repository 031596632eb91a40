"""The workspace a newcomer finds, with a person and a channel for every case; and a second one.

Ada is an admin, Grace lives in another time zone, and Rosalind comes from elsewhere by Slack Connect: of
strangers, Slack does not say where they live. The second workspace is there to install the app into.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.sandbox.workspace.changes import Change, ChannelChanged, UserChanged
from bot.sandbox.workspace.records import SLACKBOT, Channel, Group, Team, User

ADA = "U0ADA000001"
GRACE = "U0GRACE0001"
ROSALIND = "U0ROSALIND1"
LINUS, MARGARET = "U0LINUS0001", "U0MARGARET1"

FIRST = Team(
    id="T0PRECACHE1",
    name="Precache Sandbox",
    domain="precache-sandbox",
    bot="B0PRECACHE1",
    bot_user="U0PRECACHE1",
    groups=(Group(id="S0EDITORS01", handle="editors", name="Editors", users=(ADA,)),),
)
SECOND = Team(
    id="T0NORTH0001", name="Northwind", domain="northwind", bot="B0NORTHBOT1", bot_user="U0NORTHBOT1"
)


def first_records(team: Team, created: int) -> Iterator[Change]:
    """Every record of a new workspace; `created` in Unix seconds."""
    people, channels = (
        (_first_people, _first_channels) if team is FIRST else (_northern_people, _northern_channels)
    )
    yield from map(UserChanged, people())
    for id_, name, color in ((team.bot_user, "Precache", "e7392d"), (SLACKBOT, "Slackbot", "757575")):
        yield UserChanged(
            User(id=id_, name=name.lower(), real_name=name, tz="Etc/UTC", color=color, is_bot=True)
        )
    yield from map(ChannelChanged, channels(created))


def _first_people() -> Iterator[User]:
    yield User(
        id=ADA, name="ada", real_name="Ada Lovelace", tz="Europe/Berlin", color="9f69e7", is_admin=True
    )
    yield User(
        id=GRACE,
        name="grace",
        real_name="Grace Hopper",
        tz="America/New_York",
        locale="en-US",
        color="4bbe2e",
    )
    yield User(
        id=ROSALIND, name="rosalind", real_name="Rosalind Franklin", color="2b9eb3", home="T0ELSEWHERE"
    )


def _first_channels(created: int) -> Iterator[Channel]:
    bot = FIRST.bot_user

    def make_channel(id_: str, name: str, *members: str, topic: str = "") -> Channel:
        return Channel(id=id_, name=name, members=members, topic=topic, created=created, creator=ADA)

    yield replace(
        make_channel("C0GENERAL01", "general", ADA, GRACE, bot, topic="For everyone"), is_general=True
    )
    yield make_channel("C0NEWS00001", "news", ADA, GRACE, bot, topic="What is new")
    yield make_channel("C0RANDOM001", "random", ADA, GRACE, topic="Precache has to be invited here first")
    yield replace(
        make_channel(
            "C0PARTNERS1", "partners", ADA, GRACE, ROSALIND, bot, topic="Shared with another company"
        ),
        is_ext_shared=True,
    )
    yield replace(make_channel("C0ATTIC0001", "attic", ADA, GRACE, bot), is_archived=True)
    yield replace(make_channel("C0PRIVATE01", "leads", ADA, GRACE, topic="By invitation"), is_private=True)
    yield _direct_channel("D0ADA000001", ADA, bot, created)
    yield _direct_channel("D0GRACE0001", GRACE, bot, created)


def _direct_channel(id_: str, person: str, bot: str, created: int) -> Channel:
    return Channel(
        id=id_,
        name="",
        members=(person, bot),
        created=created,
        creator=person,
        is_im=True,
        is_private=True,
    )


def _northern_people() -> Iterator[User]:
    yield User(
        id=LINUS, name="linus", real_name="Linus Larsen", tz="Europe/Oslo", color="9f69e7", is_admin=True
    )
    yield User(id=MARGARET, name="margaret", real_name="Margaret Hamilton", tz="Asia/Tokyo", color="4bbe2e")


def _northern_channels(created: int) -> Iterator[Channel]:
    for id_, name in (("C0NORTHGEN1", "general"), ("C0NORTHNEWS", "news")):
        yield Channel(
            id=id_,
            name=name,
            members=(LINUS, MARGARET),
            created=created,
            creator=LINUS,
            is_general=name == "general",
        )
    yield _direct_channel("D0LINUS0001", LINUS, SECOND.bot_user, created)
    yield _direct_channel("D0MARGARET1", MARGARET, SECOND.bot_user, created)
