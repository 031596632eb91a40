"""What calls of models cost, what may be spent on them, and what has been: a bill that nobody fears."""

from bot.money.amount import dollars
from bot.money.caps import Cap, Caps, Kind, Period, Scope, check_priced, parse_caps
from bot.money.meter import TeamMeter, Warned
from bot.money.prices import Price, Prices
from bot.money.purse import Near, Purse, Reservation
from bot.money.spending import TALLY_TTL, Spending, tally_key

__all__ = [
    "TALLY_TTL",
    "Cap",
    "Caps",
    "Kind",
    "Near",
    "Period",
    "Price",
    "Prices",
    "Purse",
    "Reservation",
    "Scope",
    "Spending",
    "TeamMeter",
    "Warned",
    "check_priced",
    "dollars",
    "parse_caps",
    "tally_key",
]
