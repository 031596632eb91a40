"""The cost of model calls, the caps on it, and the money spent so far: a bill that nobody fears."""

from bot.budget.admission import Admission
from bot.budget.amount import dollars
from bot.budget.caps import Cap, Caps, Kind, Period, Scope, check_priced, parse_caps
from bot.budget.meter import TeamMeter, Warned
from bot.budget.prices import Price, Prices
from bot.budget.rate_limit import Limit, Rate
from bot.budget.scripts import ADMIT_CALL, AdmitCall
from bot.budget.spending import Near, Purse, Reservation
from bot.budget.tally import TALLY_TTL, Spending, read_tallies

__all__ = [
    "ADMIT_CALL",
    "TALLY_TTL",
    "Admission",
    "AdmitCall",
    "Cap",
    "Caps",
    "Kind",
    "Limit",
    "Near",
    "Period",
    "Price",
    "Prices",
    "Purse",
    "Rate",
    "Reservation",
    "Scope",
    "Spending",
    "TeamMeter",
    "Warned",
    "check_priced",
    "dollars",
    "parse_caps",
    "read_tallies",
]
