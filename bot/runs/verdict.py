"""The one table from what went wrong to what QStash should do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.answers import Found
from bot.errors import (
    BotError,
    CapReached,
    Limited,
    ModelError,
    ModelUnavailable,
    PostedOutsideThread,
    SlackRefused,
    SlackUnavailable,
    SourceUnavailable,
)
from bot.runs.post import UNSETTLED
from scheduler import DailyLimit, Done, Drop, PublishError, Retry, Verdict

SOON: Final = timedelta(seconds=5)
_BACKOFF: Final = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=6))
_TOMORROW: Final = timedelta(hours=6)  # when QStash has no message left today: three tries fill a day


def is_nothing_posted(error: BaseException) -> bool:
    """Tell if it is certain that nothing was posted beyond the record."""
    match error:
        case PostedOutsideThread():
            return False  # a part of it stands in the channel
        case SlackRefused(code=code):
            return code != UNSETTLED
        case _:
            return isinstance(error, Limited | CapReached | ModelError | SlackUnavailable | SourceUnavailable)


def verdict_of(error: BotError | PublishError, *, retried: int) -> Verdict:
    """Tell QStash what to do; `retried` is how often it has tried again already."""
    backoff = _BACKOFF[min(retried, len(_BACKOFF) - 1)]
    match error:
        case Limited(retry_after=after):
            return Retry(after=after, limited=True, reason="limited")
        case SlackUnavailable(retry_after=after) | ModelUnavailable(retry_after=after):
            return Retry(after=after or backoff, reason=str(error))
        case ModelError() | SlackRefused() | CapReached():
            return Drop(reason=str(error))
        case DailyLimit():
            return Retry(after=_TOMORROW, reason=str(error))
        case _:
            return Retry(after=backoff, reason=str(error))


def verdict_with(found: Found, *, now: datetime) -> Done:
    """Make the verdict that carries an answer."""
    return Done(text=found.answer.text, cache=found.cache, age=max(now - found.answer.made, timedelta(0)))
