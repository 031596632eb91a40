"""Answers that are fresh enough: cached, joined in flight, or made by a model once for all who ask."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.answers.answer_cache import ANSWER_TTL, AnswerCache, day_suffix
    from bot.answers.answers import Answers, LandingStep
    from bot.answers.basis import AnswerBasis
    from bot.answers.condense import Tell
    from bot.answers.fitting import AskAbout, FittingAnswer, sum_costs
    from bot.answers.freshness import Freshness
    from bot.answers.judging import (
        FORGET_POSTED,
        KEEP_POSTED,
        MOST_POSTED,
        POSTED_FIELD,
        Judge,
        Last,
        PostedAnswer,
        PostedAnswers,
        asked_by,
    )
    from bot.answers.near_cache import NEAR_CACHE_MB, NearCache
    from bot.answers.question import Question, Questions
    from bot.answers.records import (
        ANSWER_RECORD,
        QUIET_MARK,
        Answer,
        Cache,
        Found,
        Judgement,
        NoAnswer,
    )
    from bot.answers.renderings import Renderings
    from bot.answers.seeing import Eye
    from bot.answers.withdrawals import (
        IS_WITHDRAWN,
        WITHDRAW,
        WithdrawScript,
        withdraw_arguments,
        withdrawn_key_of,
    )
    from bot.answers.withdrawn_watch import WithdrawnAnswers
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ANSWER_RECORD",
    "ANSWER_TTL",
    "FORGET_POSTED",
    "IS_WITHDRAWN",
    "KEEP_POSTED",
    "MOST_POSTED",
    "NEAR_CACHE_MB",
    "POSTED_FIELD",
    "QUIET_MARK",
    "WITHDRAW",
    "Answer",
    "AnswerBasis",
    "AnswerCache",
    "Answers",
    "AskAbout",
    "Cache",
    "Eye",
    "FittingAnswer",
    "Found",
    "Freshness",
    "Judge",
    "Judgement",
    "LandingStep",
    "Last",
    "NearCache",
    "NoAnswer",
    "PostedAnswer",
    "PostedAnswers",
    "Question",
    "Questions",
    "Renderings",
    "Tell",
    "WithdrawScript",
    "WithdrawnAnswers",
    "asked_by",
    "day_suffix",
    "sum_costs",
    "withdraw_arguments",
    "withdrawn_key_of",
]
