"""The road on which people hear what became of what they asked for, at whichever door they asked.

A sentence says that nothing was done only where that is certain. Work that comes after a change is done by
`follow_up`: if it fails, the change stands, and what was done is said nevertheless.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Self, TypeVar

from slack_bolt.async_app import AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError, ChangeUnknown, PostUnknown, RedisUnavailable, SlackError, SlackRefused
from bot.readers import Exposure
from bot.replies.commands import (
    begun_again,
    database_down,
    not_opened,
    perhaps_done,
    perhaps_opened,
    slack_down,
    slack_refuses,
    went_wrong,
)
from bot.replies.text import Reply, section_block, with_typed_text
from bot.schedules import CannotPost, NeedsConsent, Refusal
from bot.slack import Caller, answer_thread, caller_of
from bot.ui.answering.reader import load_reader
from bot.workspaces import Telling, Workspaces

logger = logging.getLogger(__name__)

T = TypeVar("T")

Door = Literal["command", "mention", "shortcut", "button", "dialog", "home", "composer", "preview", "intent"]
"""The place where someone asks; the log's lines about it begin with its name."""

DoPress = Callable[[Caller, Mapping[str, Any]], Awaitable["Reply | Shortfall | str | None"]]
"""Does what a press stands for, as its body has it."""

OweReply = Callable[[Caller, Reply, timedelta], Awaitable[None]]
"""Keeps a reply that is told again after so long, where other copies find it if this process is lost."""

_PRESSED: frozenset[Door] = frozenset({"button", "home"})


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A sentence in the place of what was asked for; it takes the place of no card."""

    sentence: str
    typed: str = ""
    """What is given back, because Slack does not keep it to be changed."""
    join: str = ""
    """The public channel that the bot is not in; it may join, where it is asked to."""
    exposures: tuple[Exposure, ...] = ()
    """What the caller would have to agree to."""
    is_once: bool = False
    """It was asked once, and is no schedule."""

    @classmethod
    def of_refusal(cls, refused: Refusal) -> Self:
        can_join = isinstance(refused, CannotPost) and refused.can_join
        return cls(
            sentence=replies.refusal_words(refused),
            join=refused.channel if isinstance(refused, CannotPost) and can_join else "",
            exposures=refused.exposures if isinstance(refused, NeedsConsent) else (),
        )

    def reply_to(self, caller: Caller, *, typed: str) -> Reply:
        """The sentence for them, with what they have `typed`."""
        sentence = begun_again(self.sentence) if caller.asks_again else self.sentence
        given_back = self.typed or typed
        return with_typed_text(sentence, given_back) if given_back else Reply(text=sentence)


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Does what is asked at one door, and tells the one who asked."""

    door: Door
    workspaces: Workspaces = field(repr=False)
    background: Background = field(repr=False)
    owe_reply: OweReply = field(repr=False)

    @property
    def telling(self) -> Telling:
        """The way to tell people what they must not miss."""
        return Telling(background=self.background)

    async def attempt(self, work: Awaitable[T]) -> T | Shortfall:
        """The outcome of `work`, or a sentence about what is in its way, which is logged."""
        try:
            await load_reader()
            return await work
        except ChangeUnknown:
            logger.warning("%s.change_unknown", self.door, exc_info=True)
            return Shortfall(sentence=perhaps_done())
        except RedisUnavailable:
            logger.warning("%s.redis_unavailable", self.door, exc_info=True)
            return Shortfall(sentence=database_down())
        except PostUnknown as exc:
            logger.warning("%s.window_unknown: %s", self.door, exc)
            return Shortfall(sentence=perhaps_opened())
        except SlackError as exc:
            logger.warning("%s.slack_failed: %s", self.door, exc)
            if self.door in _PRESSED:
                return Shortfall(sentence=not_opened())
            refused = isinstance(exc, SlackRefused)
            return Shortfall(sentence=slack_refuses() if refused else slack_down())
        except Exception:
            logger.exception("%s.failed", self.door)
            return Shortfall(sentence=went_wrong())

    async def follow_up(self, work: Awaitable[T], *, otherwise: T) -> T:
        """The outcome of `work` that comes after a change, or `otherwise`: the change is not in doubt."""
        outcome = await self.attempt(work)
        return otherwise if isinstance(outcome, Shortfall) else outcome

    def start_answer(
        self,
        caller: Caller,
        work: Awaitable[Reply | Shortfall | str | None],
        *,
        response_url: str = "",
        replace: bool = False,
        typed: str = "",
    ) -> None:
        """Begin `work`, then tell the caller its outcome; nothing for None, because a window has opened.

        With `replace` a reply takes the place of the card that was pressed. Where it was not done, what they
        have `typed` is given back.
        """

        async def answer_caller() -> None:
            match await self.attempt(work):
                case None:
                    return
                case Shortfall() as shortfall:
                    reply = shortfall.reply_to(caller, typed=typed)
                    await self.tell_caller(caller, reply, response_url=response_url)
                case said:
                    reply = Reply(text=said) if isinstance(said, str) else said
                    await self.tell_caller(caller, reply, response_url=response_url, replace=replace)

        self.background.start_task(answer_caller(), name=self.door)

    def answer_press(
        self, body: Mapping[str, Any], context: AsyncBoltContext, do_press: DoPress, *, replace: bool = False
    ) -> None:
        """Begin what a button of a message stands for; the rest as in `start_answer`."""
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        self.start_answer(
            caller,
            do_press(caller, body),
            response_url=str(body.get("response_url") or ""),
            replace=replace,
        )

    async def tell_window(self, caller: Caller, answer: asyncio.Future[str], problem: str) -> None:
        """Give a problem, or none, to a window that still waits; a later problem goes to the caller."""
        if not answer.done():
            answer.set_result(problem)
        elif problem:
            await self.tell_caller(caller, Reply(text=problem))

    async def tell_caller(
        self, caller: Caller, reply: Reply, *, response_url: str = "", replace: bool = False
    ) -> None:
        """Tell them by `response_url`; or else where they are, for their eyes, or in a direct message.

        Where Slack does not say if they have heard it, they are told again, by another copy if need be.
        """
        blocks = reply.blocks or ((section_block(reply.text),) if replace else None)
        if response_url:
            try:
                await self.workspaces.respond_to_url(response_url, reply.text, blocks, replace=replace)
            except BotError as exc:  # its address lives for half an hour
                logger.warning("%s.reply_lost: %s", self.door, exc)
            else:
                return

        thread = caller.thread

        async def tell() -> None:
            nonlocal thread
            slack = await self.workspaces.slack_of(caller.team)
            thread = await answer_thread(slack, caller)
            await slack.tell_person(
                caller.user, reply.text, channel=caller.channel, thread=thread, blocks=blocks
            )

        async def keep(wait: timedelta) -> None:
            await self.owe_reply(caller.in_thread(thread), Reply(text=reply.text, blocks=blocks), wait)

        await self.telling.tell_surely(tell, name=self.door, before_wait=keep)
