"""Recordings that links lead to: the episodes of a podcast's feed, each fetched and heard once for a team."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from bot.documents import Document, signature_of
from bot.fetch import Fetched, Fetcher, NotModified, Unfetched
from bot.hearing.hearing import Ear, Unhearable, document_of

MOST_EPISODES: Final = 3
"""New recordings of one feed that are heard in one run."""


async def hear_link(ear: Ear, fetcher: Fetcher, url: str) -> Document | Unhearable | Unfetched:
    """The words of the recording at `url`; one that the team has heard is not fetched again.

    Raises what `Ear.hear` raises.
    """
    source = f"link {url}"
    known = await ear.find_known(source)
    if known is not None:
        return document_of(known, "")
    if not ear.can_hear:
        return Unhearable(problem="no_transcriber")
    async with AsyncExitStack() as held:
        fetched = await fetcher.fetch(url, recordings=partial(held.enter_async_context, ear.room))
        match fetched:
            case Unfetched():
                return fetched
            case NotModified():
                raise AssertionError("nothing is unchanged that was not known")
            case Fetched(content=content):
                signature = signature_of(content)
                if signature is None or signature.medium != "recording":
                    return Unhearable(problem="broken")
                return await ear.hear(content, signature, source=source)
