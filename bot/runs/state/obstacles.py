"""The one table from what keeps a run or a preview from its answer to what people are told of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.answers import Found, NoAnswer
from bot.errors import (
    BotError,
    CapReached,
    Limited,
    ModelRefused,
    ModelUnavailable,
    NoModel,
    SlackRefused,
    SourceUnavailable,
)

logger = logging.getLogger(__name__)

ASKER_OUT: Final = NoAnswer(reason="asker_out")
ASKER_NO_VIEWER: Final = NoAnswer(reason="asker_no_viewer")
GAVE_UP: Final = NoAnswer(reason="gave_up")
MODEL_GONE: Final = NoAnswer(reason="model_gone")
"""The operator does not allow any more the model that is asked for."""

CLOSING: Final = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "user_disabled",
        "user_not_found",
        "cannot_dm_bot",
    }
)
"""Slack's codes for a place that no post of the bot gets to, whichever it is."""

_PATIENCE: Final = timedelta(minutes=15)
"""The longest wait that a provider may ask for: a quota that is full again tomorrow is not waited for."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """Nothing is to be posted, and nobody is to be told."""

    why: str
    found: Found | NoAnswer | None = None
    """What goes to the other places all the same."""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The owner is no longer in this one of several places, or its person has left."""

    found: Found | NoAnswer | Capped | None = None
    """What was to be posted there, and goes to the others."""


@dataclass(frozen=True, kw_only=True)
class Capped:
    """A cap on money or calls is in the way."""

    cap: CapReached


async def answer_or_reason(preparing: Awaitable[Found | NoAnswer]) -> Found | NoAnswer | Capped:
    """Wait for an answer, or for why there will be none; raises what another attempt may mend."""
    try:
        return await preparing
    except CapReached as exc:
        return Capped(cap=exc)
    except BotError as exc:
        final = final_reason(exc)
        if final is None:
            raise
        _log_model(exc)
        return final


def final_reason(error: BotError) -> NoAnswer | None:
    """Say why there will be no answer, however often it is tried; None where another attempt may help."""
    match error:
        case NoModel():
            return NoAnswer(reason="no_model")
        case ModelRefused(why=why):
            return NoAnswer(reason=f"model_{why}")
        case ModelUnavailable(retry_after=after) if after is not None and after > _PATIENCE:
            return NoAnswer(reason="model_away")
        case SlackRefused():
            return NoAnswer.of_source("refused")
        case _:
            return None


def reason_so_far(error: BaseException) -> NoAnswer | None:
    """Say what to tell people who wait, should the next attempts fail as well."""
    match error:
        case SourceUnavailable(problem=problem, name=name, status=status):
            return NoAnswer.of_source(problem, name=name, status=status)
        case ModelUnavailable():
            return NoAnswer(reason="model_down")
        case Limited():
            return NoAnswer(reason="limited")
        case _:
            return None


def _log_model(error: BotError) -> None:
    match error:
        case ModelRefused():
            logger.error("model.refused: %s", error)
        case ModelUnavailable():
            logger.warning("model.away: %s", error)
