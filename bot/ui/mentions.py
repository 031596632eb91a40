"""@Precache in a channel or a thread, and all that is said to it alone: understood as a command, also where
Slack knows no commands.

A message in a group conversation comes as two events, and is answered once.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from upstash_redis.asyncio import Redis

from bot.commands import LONGEST, UsageError, split_places, split_scheduled
from bot.replies.commands import edited_mention, files_left_out, usage_error
from bot.replies.text import Reply
from bot.replies.views import agent_words
from bot.slack import (
    WISH,
    Caller,
    Slack,
    answer_thread,
    complete_files,
    files_sent_along,
    is_direct,
    words_sent_along,
)
from bot.sources import MOST, File, Quotation, Source, attached_files, distinct_sources, plain_text
from bot.storage import heard_event_key, whole_seconds
from bot.ui.answering import Answering, Shortfall
from bot.ui.typed import names_in, words_of_message
from bot.ui.typed_commands import TypedCommands
from bot.workspaces import Workspaces
from scheduler import deduplication_id

logger = logging.getLogger(__name__)

HEARD_TTL: Final = timedelta(hours=1)
"""Slack may be as late with the other event of a message, or with a second try: it tries for six minutes."""

_LONGEST_TYPED: Final = 4 * LONGEST
"""Characters of a message in Slack's own form, in which names and links are longer than people see them."""

_FILE_ALONE: Final = "Summarise this"
"""The meaning of a file or a forward with nothing but the bot's name."""
_SAID_BY_PEOPLE: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_SIGNS_OF_APPS: Final = ("bot_id", "bot_profile", "app_id")
_SLACKBOT: Final = "USLACKBOT"
_COURTESY: Final = re.compile(
    r"(?:please|pls|(?:many\s+)?(?:thanks|thx|tysm|ty|cheers|thank\s+you)(?:\s+(?:a\s+(?:lot|ton|bunch|million)|"
    r"(?:so|very)\s+much(?:\s+indeed)?|again|in\s+advance|mate|all|everyone|that\s+help(?:s|ed)))?|"
    r"(?:dankeschön|danke|bitte|merci|gracias|grazie|obrigad[oa]|tack|takk|dank\s+je)"
    r"(?:\s+(?:schön|schoen|dir|sehr|beaucoup|bien|mille|wel))?|(?:viele|herzliche|beste)n\s+dank|muchas\s+gracias|"
    r"por\s+favor|s['’]il\s+(?:te|vous)\s+pla[iî]t|спасибо|ありがとう|谢谢|"
    r"mille\s+grazie|muito\s+obrigad[oa]|"
    r"(?:hi|hello|hey|yo|hallo|hola|bonjour|salut|moin|servus|guten\s+(?:morgen|tag|abend)|good\s+(?:morning|evening|afternoon|night))(?:\s+(?:there|again|all|everyone|everybody|"
    r"team|folks))?|that\s+help(?:s|ed)|:[\w+-]+:|(?:and\s+)?<@[UW][A-Z0-9]+(?:\|[^<>]*)?>|[^\w<>])++",
    re.IGNORECASE,
)
"""It never goes back (`++`): marks can be read in many ways, and no text may take the more time for that."""
_GREETING: Final = re.compile(
    r"(?:hi|hello|hey|yo|hallo|hola|bonjour|ciao|salut|moin|good\s+(?:morning|evening|afternoon))\b.*",
    re.IGNORECASE | re.DOTALL,
)
"""Said to the bot alone, it is answered."""
_SEPARATORS: Final = re.compile(r"(?:[\s,]|:(?![+-]?\w[\w+-]{0,60}:))+")
"""Between the bot's name and what it is asked; the colon of an emoji's code is none."""
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """Hears its name."""

    redis: Redis = field(repr=False)
    commands: TypedCommands
    workspaces: Workspaces
    answering: Answering

    def register(self, app: AsyncApp) -> None:
        app.event("app_mention")(self.on_words)
        app.event("message")(self.on_words)

    async def on_words(
        self, body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """Slack gets its 200 when this ends; it has been noted that they are to be answered."""
        if not is_for_bot(body):
            return
        caller = Caller(
            team=context.team_id or body.get("team_id") or "",
            user=event["user"],
            channel=event["channel"],
            thread=event.get("thread_ts"),
            said=event.get("ts"),
            wish=context.get(WISH),
        )
        answer = self._hint_at_edit if event.get("edited") else self._do_mentioned
        self.answering.start_answer(caller, answer(caller, body, event))

    async def _hint_at_edit(
        self, caller: Caller, body: Mapping[str, Any], event: Mapping[str, Any]
    ) -> str | None:
        """A hint, once a message: it may name the bot only since it was edited."""
        return edited_mention() if await self._is_new(caller, event, what="edited") else None

    async def _do_mentioned(
        self, caller: Caller, body: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Reply | Shortfall | str | None:
        """The reply; None for an event that comes again."""
        if not await self._is_new(caller, event):
            return None
        text = str(event.get("text") or "")
        if len(text) > _LONGEST_TYPED:
            return usage_error(UsageError(problem="too_long", length=len(text)), typed=text)
        slack = await self.workspaces.slack_of(caller.team)
        words = text_to_bot(text, bot=_bot_in(body))
        reviewed = split_scheduled(words, now=self.commands.now())
        placed = split_places(reviewed.text, now=self.commands.now())
        typed = await _command_text(slack, reviewed.text if placed is None else placed.text)
        files, left_out = attached_files({"files": await complete_files(slack, event.get("files"))})
        quoted = await _sent_along(slack, event)
        room = max(0, MOST - len(files) - len(quoted))
        attached: tuple[Source, ...] = distinct_sources(
            (*files, *(await _forwarded_files(slack, event))[:room], *quoted)
        )
        if typed and not attached and _is_courtesy(html.unescape(text_to_bot(text, bot=_bot_in(body)))):
            is_greeting = is_direct(caller.channel) and caller.thread is None and _GREETING.fullmatch(typed)
            if not is_greeting:
                return None
            in_threads = await answer_thread(slack, caller) is not None
            return agent_words.agent_welcome(in_threads=in_threads)
        wanted = typed or (_FILE_ALONE if attached else "")
        reply = await self.commands.run_command(
            caller,
            wanted,
            trigger_id="",
            attached=attached,
            placed=placed,
            reviewers=reviewed.reviewers,
        )
        if isinstance(reply, Shortfall):
            is_whole = placed is None and not reviewed.reviewers
            return replace(reply, typed=typed if is_whole else await _command_text(slack, words))
        if left_out and (reply is None or isinstance(reply, str)):
            return f"{reply or ''} {files_left_out(left_out)}".strip()
        return reply

    async def _is_new(self, caller: Caller, event: Mapping[str, Any], *, what: str = "") -> bool:
        """False for a message that came as another event, too; the same event comes here once."""
        if not (ts := event.get("ts")):
            return True
        message = deduplication_id(caller.channel, ts, what or str(event.get("text") or ""))
        key, heard_as = heard_event_key(caller.team, message), caller.wish.id if caller.wish else "1"
        if await self.redis.set(key, heard_as, nx=True, ex=whole_seconds(HEARD_TTL)):
            return True
        return caller.asks_again and await self.redis.get(key) == heard_as


def is_for_bot(body: Mapping[str, Any]) -> bool:
    """True of an event in which a person says something to the bot; apps are not answered, or two never end.

    In a direct message nobody else can be meant, so no name is needed; anywhere else it is.
    """
    event = body["event"]
    if (
        any(event.get(sign) for sign in _SIGNS_OF_APPS)
        or event.get("user") == _SLACKBOT
        or event.get("subtype") not in _SAID_BY_PEOPLE
        or not event.get("user")
    ):
        return False
    if event.get("type") == "message" and event.get("channel_type") != "im":
        return _bot_in(body) in _MENTION.findall(str(event.get("text") or ""))
    return event.get("type") in ("app_mention", "message")


async def _command_text(slack: Slack, words: str) -> str:
    """The words to the bot, as a command would have brought them."""
    if words.lower().startswith("transfer "):
        return html.unescape(words)  # the new owner is an id
    return await words_of_message(slack, words)


async def _sent_along(slack: Slack, event: Mapping[str, Any]) -> tuple[Quotation, ...]:
    """Forwards and tables that came with the words; at most one quotation, of them all."""
    words = words_sent_along(event)
    if not words:
        return ()
    return (Quotation.of_words(plain_text(words, await names_in(slack, words))),)


async def _forwarded_files(slack: Slack, event: Mapping[str, Any]) -> tuple[File, ...]:
    """The files of the messages that were forwarded with the words, as far as they can be read."""
    files, _ = attached_files({"files": await complete_files(slack, [*files_sent_along(event)])})
    return files


def _bot_in(body: Mapping[str, Any]) -> str | None:
    """The bot's user id, as the event tells it."""
    told = ((body.get("authorizations") or [{}])[0]).get("user_id")
    return None if told is None else str(told)


def _is_courtesy(words: str) -> bool:
    """True of thanks, a greeting or marks alone, which ask for nothing."""
    said = " ".join(words.split())
    return said.strip("?¿？ ") != "" and _COURTESY.fullmatch(said) is not None


def text_to_bot(text: str, *, bot: str | None) -> str:
    """The words after the bot's name, or before it where nothing comes after.

    The first name counts where the bot's is not known.
    """
    for found in _MENTION.finditer(text):
        if bot in (None, found[1]):
            separators = _SEPARATORS.match(text, found.end())
            after = text[separators.end() if separators else found.end() :].rstrip(" \t\n,")
            before = text[: found.start()].lstrip().rstrip(" \t\n,")
            return before if before and (not after or _is_courtesy(after)) else after
    return text.strip()
