"""The workspace a newcomer finds: two people in two time zones, and a channel for every case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.sandbox.workspace import BOT_USER, SLACKBOT, Change, Channel, ChannelChanged, User, UserChanged

ADA = "U0ADA000001"
GRACE = "U0GRACE0001"


def first_workspace(created: int) -> Iterator[Change]:
    """Every record of it; `created` in Unix seconds."""
    yield from map(UserChanged, _people())
    yield from map(ChannelChanged, _channels(created))


def _people() -> Iterator[User]:
    yield User(id=ADA, name="ada", real_name="Ada Lovelace", tz="Europe/Berlin", color="9f69e7")
    yield User(id=GRACE, name="grace", real_name="Grace Hopper", tz="America/New_York", color="4bbe2e")
    for id_, name, color in ((BOT_USER, "Precache", "e7392d"), (SLACKBOT, "Slackbot", "757575")):
        yield User(id=id_, name=name.lower(), real_name=name, tz="Etc/UTC", color=color, is_bot=True)


def _channels(created: int) -> Iterator[Channel]:
    def channel(id_: str, name: str, *members: str, topic: str = "") -> Channel:
        return Channel(id=id_, name=name, members=members, topic=topic, created=created, creator=ADA)

    yield replace(
        channel("C0GENERAL01", "general", ADA, GRACE, BOT_USER, topic="For everyone"), is_general=True
    )
    yield channel("C0NEWS00001", "news", ADA, GRACE, BOT_USER, topic="What is new")
    yield channel("C0RANDOM001", "random", ADA, GRACE, topic="The bot is not in here yet")
    yield replace(channel("C0ATTIC0001", "attic", ADA, GRACE, BOT_USER), is_archived=True)
    yield replace(channel("C0PRIVATE01", "leads", ADA, GRACE, topic="By invitation"), is_private=True)
    for id_, person in (("D0ADA000001", ADA), ("D0GRACE0001", GRACE)):
        yield replace(channel(id_, "", person, BOT_USER), is_im=True, is_private=True, creator=person)
