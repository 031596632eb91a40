"""Links, each fetched and parsed once for all of a team that read it.

A page is asked for again only when it may have changed, and parsed again only when it has. Of a feed, an item
is new from the moment the team first saw it, however it is dated: so a run that was missed loses none, and
none is told twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from weakref import WeakValueDictionary

from upstash_redis.asyncio import Redis

from bot.documents import Document, Documents, Item, Unparsed, signature_of
from bot.fetch import Fetched, Fetcher, FetchOutcome, NotModified, Unfetched, is_recording
from bot.hearing import (
    MOST_EPISODES,
    UNSEEN_FIGURE,
    Ear,
    Senses,
    Unhearable,
    Unseen,
    hear_link,
    tell_pictures,
    words_of_picture,
)
from bot.sources.document import document_piece, feed_piece, recording_name, with_note, with_words
from bot.sources.kept.kept_link import FIELDS, TTL, KeptLink, decode_kept, encode_kept
from bot.sources.kept.seen_items import find_new_items
from bot.sources.material import Piece, Unreadable, Window
from bot.sources.mrkdwn import link_markup
from bot.storage import link_key, ms_of, seen_items_key, whole_seconds

AT_ONCE: Final = timedelta(seconds=60)
"""A link that the team has fetched so lately is not fetched again."""

LARGE_AT_ONCE: Final = 16
"""Links with a large body, until the last line is read: each may hold 30 MB. No small one waits for them."""


class LinkReader:
    """Reads links, and remembers them in Redis by team and link."""

    def __init__(
        self,
        redis: Redis,
        *,
        fetcher: Fetcher,
        documents: Documents,
        now: Callable[[], datetime],
        count_outcome: Callable[[FetchOutcome], None] = lambda _: None,
    ) -> None:
        self._redis = redis
        self._fetcher = fetcher
        self._documents = documents
        self._now = now
        self._count_outcome = count_outcome
        self._room = asyncio.Semaphore(LARGE_AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read_link(
        self,
        url: str,
        senses: Senses,
        *,
        team: str,
        since: datetime,
        until: datetime,
        zone: str,
    ) -> Piece | Unreadable:
        """Read what `url` leads to, or hear it; of a feed, what is new after `since`.

        Raises `RedisUnavailable`, and what hearing raises.
        """
        key = link_key(team, url)
        async with self._turns.setdefault(key, asyncio.Lock()):  # of many at once, one fetches
            found = await self._current_version(url, key, senses)
        if isinstance(found, Unreadable):
            return found
        name = link_markup(found.url)
        if found.document.kind == "recording":
            name = recording_name(name, demo=senses.ear.demo)
        if found.document.kind == "page":
            return await self._page_piece(found, senses, team=team)
        if found.document.kind != "feed":
            return document_piece(found.document, name=name, url=found.url)
        new = await find_new_items(
            self._redis, found.document.items, key=seen_items_key(team, url), since=since, until=until
        )
        if not new:
            return Unreadable(problem="nothing_new", name=name)
        window = Window(since=since, until=until)
        heard, unread = await self._hear_episodes(new, senses.ear)
        piece = feed_piece(found.document, heard, name=name, url=found.url, window=window, zone=zone)
        return replace(piece, unread=unread)

    async def _page_piece(self, found: KeptLink, senses: Senses, *, team: str) -> Piece | Unreadable:
        """A page, with what its pictures show where the model takes any."""
        page, name = found.document, link_markup(found.url)
        if page.figures and await senses.can_see():
            page = await tell_pictures(page, partial(self._read_picture, senses=senses.for_page(), team=team))
        if not page.text:
            return Unreadable(problem="no_text", name=name)
        return document_piece(page, name=name, url=found.url)

    async def _read_picture(self, url: str, *, senses: Senses, team: str) -> str | None:
        """What a picture of a page shows; it has validators and a freshness of its own."""
        key = link_key(team, url)
        async with self._turns.setdefault(key, asyncio.Lock()):
            found = await self._current_version(url, key, senses)
        match found:
            case KeptLink(document=Document(kind="picture", text=text)):
                return words_of_picture(text)
            case Unreadable(problem=problem) if problem not in ("too_small", "not_text"):
                return UNSEEN_FIGURE
        return None

    async def _hear_episodes(
        self, new: Sequence[Item], ear: Ear
    ) -> tuple[list[Item], tuple[Unreadable, ...]]:
        """The items with what is said in the newest recordings of theirs, and those that were not heard."""
        heard, unread, left = [], [], MOST_EPISODES
        for item in new:
            if not item.recording:
                heard.append(item)
                continue
            left -= 1
            if left < 0:
                heard.append(with_note(item, "(Its recording was not listened to: too many are new.)"))
                continue
            match await hear_link(ear, self._fetcher, item.recording):
                case Document(text=text, cut=cut):
                    heard.append(with_words(item, text, cut=cut))
                case Unhearable(problem="no_transcriber"):
                    heard.append(item)  # as they are read where nothing hears
                case Unhearable(problem=problem) | Unfetched(problem=problem):
                    heard.append(with_note(item, "(Its recording could not be listened to.)"))
                    unread.append(Unreadable(problem=problem, name=link_markup(item.recording)))
        return heard, tuple(unread)

    async def _current_version(self, url: str, key: str, senses: Senses) -> KeptLink | Unreadable:
        now = self._now()
        known = await decode_kept(await self._redis.hmget(key, *FIELDS))
        if known is not None and known.document.scans and await senses.can_see():
            known = None  # whoever read it could not look at its pages
        if known is not None and (now < known.fresh_until or now - known.fetched < AT_ONCE):
            return known
        async with AsyncExitStack() as held:
            fetched = await self._fetcher.fetch(
                url,
                known=known.validators if known else None,
                make_room=partial(held.enter_async_context, self._room),
                recordings=partial(held.enter_async_context, senses.ear.room) if senses.can_hear else None,
            )
            return await self._keep_outcome(fetched, url, key, known, senses, now=now)

    async def _keep_outcome(
        self,
        outcome: FetchOutcome,
        url: str,
        key: str,
        known: KeptLink | None,
        senses: Senses,
        *,
        now: datetime,
    ) -> KeptLink | Unreadable:
        self._count_outcome(outcome)
        match outcome:
            case Unfetched(problem="too_large", mime=mime) if is_recording(mime) and not senses.can_hear:
                return Unreadable(problem="no_transcriber", name=link_markup(url))
            case Unfetched(problem=problem, status=status):
                return Unreadable(problem=problem, name=link_markup(url), status=status)
            case NotModified(fresh_for=fresh_for) if known is not None:
                return await self._keep_longer(known, key, now=now, fresh_for=fresh_for)
            case Fetched() as fetched:
                return await self._parse_and_keep(fetched, key, senses, now=now)
        raise AssertionError("nothing is unchanged that was not known")

    async def _keep_longer(
        self, known: KeptLink, key: str, *, now: datetime, fresh_for: timedelta
    ) -> KeptLink:
        pipeline = self._redis.pipeline()
        pipeline.hset(key, values={"at": ms_of(now), "fresh": ms_of(now + fresh_for)})
        pipeline.expire(key, whole_seconds(TTL))
        await pipeline.exec()
        return known

    async def _parse_and_keep(
        self, fetched: Fetched, key: str, senses: Senses, *, now: datetime
    ) -> KeptLink | Unreadable:
        name = link_markup(fetched.url)
        signature = signature_of(fetched.content)
        if signature is not None:
            parsed: Document | Unhearable | Unseen | Unparsed = await senses.take_in(
                fetched.content, signature
            )
        else:
            read = await self._documents.read_document(
                fetched.content, mime=fetched.mime, charset=fetched.charset, url=fetched.url
            )
            parsed = await senses.look_at_scans(fetched.content, read)
            if isinstance(parsed, Unparsed) and parsed.figures and not parsed.scans:
                parsed = Document(
                    kind="page", title="", figures=parsed.figures, more_figures=parsed.more_figures
                )
        if not isinstance(parsed, Document):
            return Unreadable(problem=parsed.problem, name=name)
        kept = KeptLink(
            url=fetched.url,
            document=parsed,
            validators=fetched.validators,
            fetched=now,
            fresh_until=now + fetched.fresh_for,
        )
        values: dict[str, Any] | None = None
        if fetched.keep:
            kept, values = await encode_kept(kept)
        pipeline = self._redis.pipeline()
        pipeline.delete(key)
        if values is not None:
            pipeline.hset(key, values=values)
            pipeline.expire(key, whole_seconds(TTL))
        await pipeline.exec()
        return kept
