"""Fetches links, from the public internet alone, within limits of size and time.

What a link says, and what its server answers, are chosen by strangers: nothing here trusts either.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.fetch.address import Network, is_allowed, may_be_allowed
    from bot.fetch.fetcher import Bounds, Fetcher, is_recording, open_fetcher, user_agent
    from bot.fetch.link import LONGEST_LINK, parse_link
    from bot.fetch.outcome import Fetched, FetchOutcome, FetchProblem, NotModified, Unfetched, Validators
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "LONGEST_LINK",
    "Bounds",
    "FetchOutcome",
    "FetchProblem",
    "Fetched",
    "Fetcher",
    "Network",
    "NotModified",
    "Unfetched",
    "Validators",
    "is_allowed",
    "is_recording",
    "may_be_allowed",
    "open_fetcher",
    "parse_link",
    "user_agent",
]
