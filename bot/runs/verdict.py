"""The one table from what went wrong to what QStash should do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.answers import NoAnswer
from bot.errors import (
    BotError,
    CapReached,
    Limited,
    ModelError,
    ModelUnavailable,
    SlackRefused,
    SlackUnavailable,
    SourceUnavailable,
)
from bot.runs.post import UNSETTLED
from bot.sources import reason_of
from scheduler import DailyLimit, Drop, PublishError, Retry, Verdict

_BACKOFF: Final = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=6))
_TOMORROW: Final = timedelta(hours=6)  # when QStash has no message left today: three tries fill a day


def nothing_posted(error: BaseException) -> bool:
    """Whether it is certain that nothing was posted beyond the record."""
    match error:
        case SlackRefused(code=code):
            return code != UNSETTLED
        case _:
            return isinstance(error, Limited | CapReached | ModelError | SlackUnavailable | SourceUnavailable)


def why_of(error: BaseException) -> NoAnswer | None:
    """What to tell whoever waits, should the next attempts fail as well."""
    match error:
        case SourceUnavailable(problem=problem, name=name):
            return NoAnswer(reason=reason_of(problem), name=name)
        case ModelUnavailable():
            return NoAnswer(reason="model_down")
        case Limited():
            return NoAnswer(reason="limited")
        case _:
            return None


def verdict_of(error: BotError | PublishError, *, retried: int) -> Verdict:
    """What QStash should do; `retried` is how often it has tried again already."""
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
