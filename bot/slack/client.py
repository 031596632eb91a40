"""The bot's words to a workspace, and its questions: one pooled session, a time-out on every call."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PostedOutsideThread, PostUnknown, SlackRefused, SlackUnavailable
from bot.slack.blocks import Blocks, KeptRefusals, SendMessage, send_with_fewer_blocks
from bot.slack.caller import is_direct
from bot.slack.calls import read_call, read_headers, read_pages, write_call
from bot.slack.direct_calls import DirectCalls
from bot.slack.kept_threads import KeptChannels, KeptThreads
from bot.slack.mark import Mark
from bot.slack.person import Person, ReaderClock, person_of

logger = logging.getLogger(__name__)

TIMEOUT: Final = timedelta(seconds=10)
"""Of one call. Reads are then given up until QStash's next attempt; a post is looked for first."""

IS_ARCHIVED: Final = "is_archived"
NO_PLACE: Final = frozenset({"not_in_channel", "channel_not_found", IS_ARCHIVED})
"""Slack's words for a channel in which the bot can neither read nor post."""

_LONGEST_WAIT: Final = timedelta(seconds=30)  # for one's turn in a channel; longer ones are QStash's
_PEOPLE: Final = 10_000
_CHANNELS: Final = 10_000
_PERSON_TTL: Final = 600.0  # seconds; for the names of channels, too
_PAGES: Final = 5  # a run is looked for among the thousand latest messages since it began


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The people who may see a file."""

    user: str
    """Its owner."""
    is_public: bool
    """True if the whole workspace may."""
    places: tuple[str, ...]
    """The conversations it was shared in, as far as the bot is there."""


@asynccontextmanager
async def open_session(*, within: timedelta = TIMEOUT) -> AsyncIterator[aiohttp.ClientSession]:
    """One pool of connections for all workspaces, without cookies; each call ends `within` this time."""
    timeout = aiohttp.ClientTimeout(total=within.total_seconds())
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def web_client(session: aiohttp.ClientSession, *, api_url: str, token: str | None = None) -> AsyncWebClient:
    """Slack's own client, on our connections, and without tries of its own."""
    return AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def connect_slack(*, token: str, api_url: str, within: timedelta = TIMEOUT) -> AsyncIterator[Slack]:
    """One workspace."""
    async with open_session(within=within) as session:
        yield Slack(web_client(session, api_url=api_url, token=token))


class Slack:
    """One workspace: the bot speaks to it and asks it."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client
        self._direct = DirectCalls(client)
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._people: dict[str, tuple[float, Person]] = {}
        self.kept_threads = KeptThreads()
        self.kept_channels = KeptChannels()
        self.kept_agency: dict[str, tuple[float, bool]] = {}
        self._refusals = KeptRefusals()
        self._channel_names: dict[str, tuple[float, str]] = {}
        self._own: dict[str, str] = {}  # one for all that `for_team` makes, as are the lanes and the people
        self.team: str | None = None

    def for_team(self, team: str) -> Slack:
        """The same, for what is asked in one workspace of an organisation that shares the token."""
        if not team.startswith("T") or team == self.team:
            return self
        made = copy(self)
        made.team = team
        return made

    @property
    def list_arguments(self) -> dict[str, Any]:
        """The arguments that an organisation's token needs in every call that lists; others ignore them."""
        return {"team_id": self.team} if self.team else {}

    async def who_am_i(self) -> Mapping[str, Any]:
        """`auth.test`: `team_id`, `team`, `bot_id`, `user_id`."""
        return await read_call(self.client.auth_test())

    async def ask_about_token(self) -> Mapping[str, str]:
        """The headers of Slack's answer to `auth.test`, by lower-case names: with scopes and a date."""
        return await read_headers(self.client.auth_test())

    async def ask_for_nothing(self) -> Mapping[str, str]:
        """The same of `api.test`, for which no token is needed."""
        return await read_headers(self.client.api_test())

    async def own_id(self) -> str:
        """The bot's own user id, which stays the same."""
        return (await self._own_ids())["user_id"]

    async def own_team(self) -> str:
        """The workspace of the token; of an organisation's, the one that is asked in; "" if neither is known.

        What comes from a shared channel may name another workspace, so the token counts first.
        """
        return (await self._own_ids())["team_id"] or self.team or ""

    async def _own_ids(self) -> Mapping[str, str]:
        if not self._own.get("user_id"):
            told = await self.who_am_i()
            self._own.update({name: str(told.get(name) or "") for name in ("user_id", "bot_id")})
            team = "" if told.get("is_enterprise_install") else str(told.get("team_id") or "")
            self._own["team_id"] = team if team.startswith("T") else ""
        return self._own

    async def _has_written(self, message: Mapping[str, Any]) -> bool:
        """True if the bot itself has: anyone may copy what its messages carry."""
        own = await self._own_ids()
        if not own["user_id"]:
            raise SlackUnavailable("Slack does not tell who the bot is")
        authors = ((message.get("user"), own["user_id"]), (message.get("bot_id"), own["bot_id"]))
        return any(author and author == me for author, me in authors)

    async def user_profile(self, user: str) -> Person:
        """Someone's profile, remembered for ten minutes."""
        known = self._people.get(user)
        if known is None or time.monotonic() - known[0] >= _PERSON_TTL:
            reply = await read_call(self.client.users_info(user=user, include_locale=True))
            if len(self._people) >= _PEOPLE:
                self._people.clear()
            known = self._people[user] = (time.monotonic(), person_of(reply.get("user") or {}))
        person = known[1]
        return person.seen_from(await self.own_team()) if person.homes else person

    async def time_zone(self, user: str) -> str | None:
        """The IANA zone in someone's profile; none for some people of other workspaces (Slack Connect)."""
        return (await self.user_profile(user)).zone

    async def reader_clock(self, user: str) -> ReaderClock | None:
        """The zone and the notation in which someone reads times; None where their profile has no zone."""
        person = await self.user_profile(user)
        if person.zone is None:
            return None
        return ReaderClock(zone=person.zone, is_twelve_hour=person.is_twelve_hour)

    async def check_channel(self, channel: str) -> None:
        """Raises `SlackRefused` where the bot could not post now."""
        reply = await read_call(self._direct.ask_about_channel(channel))
        told = reply.get("channel") or {}
        if told.get("is_archived"):
            raise SlackRefused(IS_ARCHIVED)
        if told.get("is_member") is False and not told.get("is_im"):
            raise SlackRefused("not_in_channel")

    async def open_direct(self, user: str) -> str:
        """The channel of the direct messages between someone and the bot. Raises `SlackError`."""
        reply = await read_call(self.client.conversations_open(users=user))
        return str((reply.get("channel") or {}).get("id") or "")

    async def join_channel(self, channel: str) -> None:
        """Become a member of a public channel. Raises `SlackError`."""
        await write_call(self.client.conversations_join(channel=channel))

    async def post_message(
        self,
        channel: str,
        *,
        text: str,
        blocks: Blocks,
        mark: Mark,
        thread: str | None = None,
        hold: Callable[[timedelta], Awaitable[None]] | None = None,
        check: Callable[[], None] | None = None,
        patience: timedelta = _LONGEST_WAIT,
    ) -> str:
        """The new message's `ts`. Raises `SlackUnavailable` if nothing was posted, else `PostUnknown`;
        `PostedOutsideThread` where it stands in the channel, as its thread is gone.

        Slack takes about one message a second in a channel. So posts of one process queue for it, and wait as
        long as Slack says, if that is within `patience`; `hold` hears of it. Right before each request
        `check` may raise `SlackUnavailable`. Of blocks that Slack refuses, see `send_with_fewer_blocks`.
        """

        async def post_with(words: str, shown: Blocks | None) -> Mapping[str, Any]:
            async def send() -> Any:
                return await self._direct.send_message(
                    check=check,
                    channel=channel,
                    text=words,
                    blocks=shown,
                    thread_ts=thread,
                    metadata=mark.metadata(),
                    unfurl_links=False,
                    unfurl_media=False,
                )

            return await _in_turn(send, hold=hold, patience=patience)

        async with self._lanes.setdefault(channel, asyncio.Lock()):
            reply = await send_with_fewer_blocks(post_with, text, blocks, self._refusals)
        if not (ts := reply.get("ts")):
            raise PostUnknown("Slack answered without the message's ts")
        message = reply.get("message")
        if thread is not None and isinstance(message, dict) and message.get("thread_ts") != thread:
            raise PostedOutsideThread(str(ts))
        return str(ts)

    async def publish_home(self, user: str, view: Mapping[str, Any], *, known: str | None = None) -> None:
        """Show someone's App Home; with `known`, only where that is still the hash of what is shown."""
        options = {"hash": known} if known else {}
        await write_call(self.client.views_publish(user_id=user, view=dict(view), **options))

    async def find_post(
        self, channel: str, *, mark: Mark, since: datetime, thread: str | None = None
    ) -> str | None:
        """The `ts` of the message of ours that carries `mark`, if it was posted after `since`."""
        where: dict[str, Any] = {"channel": channel, "include_all_metadata": True}
        where["oldest"] = f"{since.timestamp():.6f}"
        if thread is None:
            messages = read_pages(self.client.conversations_history, most=_PAGES, **where)
        else:
            messages = read_pages(self.client.conversations_replies, most=_PAGES, ts=thread, **where)
        async with aclosing(messages):
            async for page in messages:
                for message in page.told.get("messages") or ():
                    if mark.is_on(message) and await self._has_written(message):
                        return str(message["ts"])
        return None

    async def get_permalink(self, channel: str, ts: str) -> str:
        """The address at which a message can be read."""
        reply = await read_call(self.client.chat_getPermalink(channel=channel, message_ts=ts))
        return str(reply["permalink"])

    async def respond_to_url(
        self,
        response_url: str,
        text: str,
        blocks: Blocks | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """Answer the person who typed a command or clicked; Slack takes five answers within half an hour.

        `replace` puts the answer in the place of the message that was clicked.
        """
        try:
            status = await self._direct.answer_at(
                response_url,
                text=text,
                blocks=[dict(block) for block in blocks] if blocks else None,
                response_type="ephemeral",
                replace_original=replace,
            )
        except (TimeoutError, aiohttp.ClientError, ValueError) as exc:
            raise PostUnknown(f"no answer from response_url ({type(exc).__name__})") from exc
        if status != 200:
            raise SlackRefused(f"status {status} from response_url")

    async def tell_person(
        self,
        user: str,
        text: str,
        *,
        channel: str | None = None,
        thread: str | None = None,
        blocks: Blocks | None = None,
    ) -> None:
        """A word to one person: in the channel where only they see it, or else as a direct message.

        A conversation in direct messages keeps it: nobody else reads there. Where Slack refuses the blocks,
        the text goes without them.
        """
        if channel is not None:
            stays = thread is not None and is_direct(channel)
            send = self._sender_to(channel, thread) if stays else self._whisperer_to(user, channel, thread)
            try:
                await send_with_fewer_blocks(send, text, blocks, self._refusals)
            except SlackRefused:
                pass  # not in that channel, either of us: the direct message is for this
            else:
                return
        await send_with_fewer_blocks(self._sender_to(user), text, blocks, self._refusals)

    def _whisperer_to(self, user: str, channel: str, thread: str | None) -> SendMessage:
        async def whisper(words: str, shown: Blocks | None) -> Mapping[str, Any]:
            return await _in_turn(
                lambda: self.client.chat_postEphemeral(
                    channel=channel, user=user, text=words, blocks=_as_dicts(shown), thread_ts=thread
                )
            )

        return whisper

    def _sender_to(self, channel: str, thread: str | None = None) -> SendMessage:
        async def send(words: str, shown: Blocks | None) -> Mapping[str, Any]:
            return await _in_turn(
                lambda: self.client.chat_postMessage(
                    channel=channel,
                    text=words,
                    blocks=_as_dicts(shown),
                    thread_ts=thread,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )

        return send

    async def find_shared(self, file: str) -> Shared:
        """The people who may see a file."""
        told = (await read_call(self.client.files_info(file=file))).get("file") or {}
        places = [place for kind in ("channels", "groups", "ims") for place in told.get(kind) or ()]
        return Shared(
            user=str(told.get("user") or ""), is_public=bool(told.get("is_public")), places=tuple(places)
        )

    async def channel_name(self, channel: str) -> str:
        """Its name, remembered for ten minutes; empty for one that not all of the workspace may know of."""
        known = self._channel_names.get(channel)
        if known is not None and time.monotonic() - known[0] < _PERSON_TTL:
            return known[1]
        try:
            told = (await read_call(self.client.conversations_info(channel=channel))).get("channel") or {}
        except SlackRefused as exc:  # it is private, of another workspace, or gone without a trace
            logger.info("slack.channel_unnamed: %s", exc)
            told = {}
        name = "" if told.get("is_private") else str(told.get("name") or "")
        if len(self._channel_names) >= _CHANNELS:
            self._channel_names.clear()
        self._channel_names[channel] = (time.monotonic(), name)
        return name

    async def is_private(self, channel: str) -> bool:
        """True if one has to be invited to read there."""
        told = (await read_call(self.client.conversations_info(channel=channel))).get("channel") or {}
        return bool(told.get("is_private"))


def _as_dicts(blocks: Blocks | None) -> list[dict[str, Any]] | None:
    return [dict(block) for block in blocks] if blocks else None


async def _in_turn(
    call: Callable[[], Awaitable[Any]],
    *,
    hold: Callable[[timedelta], Awaitable[None]] | None = None,
    patience: timedelta = _LONGEST_WAIT,
) -> Mapping[str, Any]:
    """`write_call`, after as long a wait as Slack asks for: it may take no more than one message a second."""
    while True:
        try:
            return await write_call(call())
        except SlackUnavailable as exc:
            if exc.retry_after is None:
                raise
            if hold is not None:
                await hold(exc.retry_after)
            if exc.retry_after > patience:
                raise
            await asyncio.sleep(exc.retry_after.total_seconds())
