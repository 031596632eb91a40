"""The cost of model calls, the caps on it, and the money spent so far: a bill that nobody fears."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.budget.admission import Admission
    from bot.budget.amount import dollars
    from bot.budget.caps import (
        Cap,
        Caps,
        Kind,
        Period,
        Scope,
        check_minutes_priced,
        check_priced,
        parse_caps,
    )
    from bot.budget.meter import TeamMeter, Warned
    from bot.budget.pace import POSTS, Pace
    from bot.budget.prices import Price, Prices
    from bot.budget.rate import Rate
    from bot.budget.rate_limit import Limit
    from bot.budget.scripts import ADMIT_CALL, AdmitCall
    from bot.budget.spending import Near, Purse, Reservation
    from bot.budget.tally import Spending, read_tallies
    from bot.budget.turns import (
        TAKE_TURN,
        Later,
        PostQueue,
        TurnScript,
        hold_call,
        read_turn,
        turn_arguments,
    )
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ADMIT_CALL",
    "POSTS",
    "TAKE_TURN",
    "Admission",
    "AdmitCall",
    "Cap",
    "Caps",
    "Kind",
    "Later",
    "Limit",
    "Near",
    "Pace",
    "Period",
    "PostQueue",
    "Price",
    "Prices",
    "Purse",
    "Rate",
    "Reservation",
    "Scope",
    "Spending",
    "TeamMeter",
    "TurnScript",
    "Warned",
    "check_minutes_priced",
    "check_priced",
    "dollars",
    "hold_call",
    "parse_caps",
    "read_tallies",
    "read_turn",
    "turn_arguments",
]
