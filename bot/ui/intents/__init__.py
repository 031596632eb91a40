"""What people have asked for: kept until it is answered, also if the process at work on it is lost."""

from bot.ui.intents.intake import AGAIN_WITHIN, Intake
from bot.ui.intents.intent import Intent
from bot.ui.intents.notes import INTENT_TTL, LOST_AFTER, Intents

__all__ = ["AGAIN_WITHIN", "INTENT_TTL", "LOST_AFTER", "Intake", "Intent", "Intents"]
