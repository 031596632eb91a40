"""One link → what its server sends. Each hop, redirects and robots.txt included, goes the same guarded way.

No credentials, no proxy, no Referer, and no cookie for longer than one fetch: a server learns that Precache
asks, and for what.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.fetch.address import Network, is_allowed
from bot.fetch.body import MakeRoom, read_body
from bot.fetch.freshness import conditional_headers, freshness_of, validators_of
from bot.fetch.guard import Allows, NotPublic, guarded_connector
from bot.fetch.link import is_login, parse_link, parse_redirect
from bot.fetch.meta_refresh import refresh_address
from bot.fetch.outcome import Fetched, FetchOutcome, FetchProblem, NotModified, Unfetched, Validators
from bot.fetch.robots import LARGEST as LARGEST_ROBOTS
from bot.fetch.robots import Robots, Text

logger = logging.getLogger(__name__)

TOKEN: Final = "Precache"  # noqa: S105 — by which robots.txt knows us
REDIRECTS: Final = 5

_ACCEPT: Final = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/feed+json,"
    "application/pdf,text/*;q=0.9,application/json;q=0.9,*/*;q=0.5"
)
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_SHOWING: Final = frozenset({200, 203})
_PROBLEMS: Final[Mapping[int, FetchProblem]] = {
    **dict.fromkeys((401, 407), "login"),
    **dict.fromkeys((404, 410), "gone"),
    **dict.fromkeys((400, 402, 403, 406, 418), "barred"),
    451: "legal",
}
_LONGEST_HEADER: Final = 65_536

_Refuses = Callable[[URL], Awaitable[FetchProblem | None]]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Limits of one fetch, in time and size."""

    total: timedelta = timedelta(seconds=20)
    """For all of it, redirects and robots.txt included."""
    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=10)
    """Between two pieces of an answer."""
    size: int = 10_000_000
    """Bytes on the wire."""
    unpacked: int = 20_000_000
    recording: int = 100_000_000
    """Bytes of sound or film, where those are wanted."""
    recording_time: timedelta = timedelta(seconds=60)
    """For them, beside the rest."""


def user_agent(*, version: str, public_url: str) -> str:
    """Our name for servers, with a link to read about us."""
    return f"{TOKEN}/{version} (Slack bot; +{public_url})"


@asynccontextmanager
async def open_fetcher(
    *,
    agent: str,
    networks: Sequence[Network] = (),
    resolver: AbstractResolver | None = None,
    bounds: Bounds = Bounds(),
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Fetcher]:
    """A fetcher with pooled connections; `networks` are private ones that the operator lets it reach."""
    allows = partial(is_allowed, networks=tuple(networks))
    async with aiohttp.ClientSession(
        connector=guarded_connector(allows, resolver),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
        timeout=aiohttp.ClientTimeout(
            total=None,
            sock_connect=bounds.connect.total_seconds(),
            sock_read=bounds.read.total_seconds(),
        ),
        headers={"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
    ) as session:
        yield Fetcher(session, allows=allows, bounds=bounds, clock=clock)


class Fetcher:
    """Fetches links; made by `open_fetcher`."""

    def __init__(
        self, session: aiohttp.ClientSession, *, allows: Allows, bounds: Bounds, clock: Callable[[], float]
    ) -> None:
        self._session = session
        self._allows = allows
        self._bounds = bounds
        self._robots = Robots(self._read_robots, token=TOKEN, clock=clock)

    async def fetch(
        self,
        url: str,
        *,
        known: Validators | None = None,
        make_room: MakeRoom | None = None,
        recordings: MakeRoom | None = None,
    ) -> FetchOutcome:
        """Fetch what `url` leads to; `NotModified` only if `known` was given.

        `make_room` is awaited before much of a large body is held, and counts for no limit of time; with
        `recordings`, which is awaited before any of theirs, sound and film may be larger.
        """
        link = parse_link(url)
        if link is None:
            return Unfetched(problem="bad_link")
        try:
            async with asyncio.timeout(self._bounds.total.total_seconds()) as limit:
                rooms = _Rooms(
                    limit=limit,
                    usual=make_room and _outside_limit(limit, make_room),
                    recordings=recordings and _outside_limit(limit, recordings),
                )
                outcome = await self._fetch_page(link, known, rooms)
        except (aiohttp.ClientError, OSError) as exc:  # TimeoutError is an OSError
            outcome = Unfetched(problem=_problem_of(exc))
        # Not its host: a link is a part of somebody's prompt.
        logger.info("fetch.done outcome=%s", _outcome_word(outcome))
        return outcome

    async def _fetch_page(self, link: URL, known: Validators | None, rooms: _Rooms) -> FetchOutcome:
        """Fetch a page; one that only leads elsewhere is one more redirect."""
        way, at = _Way(), link
        while True:
            async with self._follow_redirects(
                at, way, refuses=self._why_refused, known=known, logins=is_login(link)
            ) as answer:
                if not isinstance(answer, aiohttp.ClientResponse):
                    return Unfetched(problem=answer)
                outcome = await self._read_outcome(answer, known, rooms)
            onward = refresh_address(outcome.content) if isinstance(outcome, Fetched) else None
            if onward is None or not isinstance(outcome, Fetched) or not _may_be_page(outcome.mime):
                return outcome
            leads = parse_redirect(URL(outcome.url), onward)
            if leads is None:
                return Unfetched(problem="bad_link")
            if str(leads) == outcome.url:  # it reloads itself
                return outcome
            if is_login(leads) and not is_login(link):
                return Unfetched(problem="login")
            at = leads

    @asynccontextmanager
    async def _follow_redirects(
        self,
        link: URL,
        way: _Way,
        *,
        refuses: _Refuses,
        known: Validators | None = None,
        logins: bool = True,
    ) -> AsyncIterator[aiohttp.ClientResponse | FetchProblem]:
        """Give the answer after all redirects; one that leads to a login is followed only if `logins`."""
        at: URL | None = link
        while way.may_go_on():
            if at is None:
                yield "bad_link"
                return
            if (problem := await refuses(at)) is not None:
                yield problem
                return
            response = await self._session.get(
                at,
                headers={**conditional_headers(known, at), **way.cookie_header(at)},
                allow_redirects=False,
            )
            way.keep_cookies(response)
            try:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTING or location is None:
                    yield response
                    return
            finally:
                response.close()  # not released: what is left of a body would be waited for
            at = parse_redirect(at, location)
            if at is not None and is_login(at) and not logins:
                yield "login"
                return
        yield "unreachable"

    async def _why_refused(self, link: URL) -> FetchProblem | None:
        return await self._why_address_refused(link) or await self._robots.why_forbidden(link)

    async def _why_address_refused(self, link: URL) -> FetchProblem | None:
        # A literal address is never resolved. What merely looks like one (127.1, 0x7f000001) is either
        # resolved, and looked at then, or refused by aiohttp.
        host = link.raw_host or ""
        literal = ":" in host or re.fullmatch(r"[\d.]+", host)
        return "not_public" if literal and not self._allows(host) else None

    async def _read_robots(self, link: URL) -> Text | FetchProblem:
        try:
            async with self._follow_redirects(link, _Way(), refuses=self._why_address_refused) as answer:
                if isinstance(answer, str):
                    # In circles, or into nothing, which a site may well do with all it does not know.
                    return answer if answer == "not_public" else Text(text="")
                if answer.status == 429 or answer.status >= 500:
                    return "unreachable"
                if answer.status != 200:
                    return Text(text="")
                content = await read_body(answer, size=LARGEST_ROBOTS, unpacked=LARGEST_ROBOTS, cut_off=True)
        except (aiohttp.ClientError, OSError) as exc:
            return _problem_of(exc)
        return Text(text=content.decode("utf-8-sig", "replace")) if isinstance(content, bytes) else content

    async def _read_outcome(
        self, response: aiohttp.ClientResponse, known: Validators | None, rooms: _Rooms
    ) -> FetchOutcome:
        url, status = str(response.url), response.status
        if status == 304 and known is not None and known.url == url:
            return NotModified(url=url, fresh_for=freshness_of(response)[0])
        if status not in _SHOWING:
            problem = _PROBLEMS.get(status, "unreachable")
            told = problem == "unreachable" and status >= 400
            return Unfetched(problem=problem, status=status if told else 0)
        declared = "Content-Type" in response.headers
        mime = response.content_type.lower() if declared else ""
        if rooms.recordings is not None and is_recording(mime):
            await rooms.recordings()
            rooms.put_off_end(self._bounds.recording_time)
            most = self._bounds.recording
            content = await read_body(response, size=most, unpacked=most)
        else:
            content = await read_body(
                response, size=self._bounds.size, unpacked=self._bounds.unpacked, make_room=rooms.usual
            )
        if isinstance(content, str):
            return Unfetched(problem=content, mime=mime)
        fresh_for, keep = freshness_of(response)
        return Fetched(
            url=url,
            content=content,
            mime=mime,
            charset=response.charset if declared else None,
            validators=validators_of(response, url) if keep else None,
            fresh_for=fresh_for,
            keep=keep,
        )


def is_recording(mime: str) -> bool:
    """True of a type that is declared for sound, or for a film that may have some."""
    return mime.startswith(("audio/", "video/")) or mime == "application/ogg"


@dataclass(frozen=True, kw_only=True)
class _Rooms:
    """The waits for room of one fetch, and the end of its time."""

    limit: asyncio.Timeout
    usual: MakeRoom | None
    recordings: MakeRoom | None

    def put_off_end(self, by: timedelta) -> None:
        ends = self.limit.when()
        if ends is not None:
            self.limit.reschedule(ends + by.total_seconds())


class _Way:
    """The way of one fetch: how many addresses it asked, and the cookies that it was given."""

    def __init__(self) -> None:
        self._left = REDIRECTS + 1
        self._cookies = aiohttp.CookieJar(unsafe=True)  # also of a host that is a mere address

    def may_go_on(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def cookie_header(self, at: URL) -> dict[str, str]:
        kept = self._cookies.filter_cookies(at)
        pairs = "; ".join(f"{name}={cookie.coded_value}" for name, cookie in kept.items())
        return {"Cookie": pairs} if pairs else {}

    def keep_cookies(self, response: aiohttp.ClientResponse) -> None:
        if response.cookies:
            self._cookies.update_cookies(response.cookies, response.url)


def _outside_limit(limit: asyncio.Timeout, make_room: MakeRoom) -> MakeRoom:
    """The same wait, once, by which the limit is put off."""
    waits = [make_room]

    async def make_room_outside() -> None:
        if not waits:
            return  # for a page that this one leads to
        clock, ends = asyncio.get_running_loop().time, limit.when()
        began = clock()
        limit.reschedule(None)
        await waits.pop()()
        limit.reschedule(None if ends is None else ends + clock() - began)

    return make_room_outside


def _may_be_page(mime: str) -> bool:
    return mime in ("", "text/html", "application/xhtml+xml")


def _problem_of(exc: Exception) -> FetchProblem:
    match exc:
        case NotPublic() | aiohttp.ClientConnectorError(os_error=NotPublic()):
            return "not_public"
        case aiohttp.InvalidURL():
            return "bad_link"
        case TimeoutError():
            return "slow"
        case aiohttp.ClientResponseError():  # of the headers alone: a status raises nothing here
            return "garbled"
        case _:
            return "unreachable"


def _outcome_word(outcome: FetchOutcome) -> str:
    return outcome.problem if isinstance(outcome, Unfetched) else type(outcome).__name__.lower()
