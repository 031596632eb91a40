"""The words of times, and what they mean.

`command` finds the time in a text, and the prompt beside it. `phrase` knows the forms, `recurrence` and
`rule` those that recur, `limits` their ends and holidays. They share the words of `vocabulary`, `clocks`,
`days` and `zone_words`; `openings` knows their first words. `certainty` says where in a command words count.
`leftover` and `words_before` refuse what stands beside a time and belongs to it, `nearly` and `endings` what
only begins or ends like one, and `slips` puts mistyped words of a time right. `resolve` settles what a phrase
means at a moment, the only one that is told the time; `wording` says it back; `pause_end` reads
until when something rests.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from scheduler.language.command import find_timing, other_reading, perhaps_timing, read_timing
    from scheduler.language.endings import is_own_time
    from scheduler.language.pause_end import read_pause_end
    from scheduler.language.quotes import QUOTES, cut_quotes
    from scheduler.language.slips import slip_among
    from scheduler.language.wording import describe_timing
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "QUOTES",
    "cut_quotes",
    "describe_timing",
    "find_timing",
    "is_own_time",
    "other_reading",
    "perhaps_timing",
    "read_pause_end",
    "read_timing",
    "slip_among",
]
