"""The time of a pause, after what is to be paused: `until monday`, `for a week`, `over christmas`; pure."""

from __future__ import annotations

from typing import Final

from bot.commands.words.phrases import Phrases


def split_span(words: tuple[str, ...]) -> tuple[tuple[str, ...], str, str]:
    """The words before an `until friday`, a `for a week` or a `tomorrow`; an end, or another time."""
    for at, word in enumerate(words):
        if word in ("until", "till", "til", "untill"):
            return words[:at], " ".join(words[at + 1 :]), ""
        tail = " ".join(words[at:])
        if word == "for" and (_FOR.match_whole(tail) or (at and len(words) - at <= _LONGEST_SPAN)):
            return words[:at], tail.removeprefix("for "), ""
        if at and _LATER.match_whole(tail):
            return words[:at], "", tail
    return words, "", ""


def pause_words(*, until: str, later: str) -> str | None:
    """The words for the end of a pause from now on, "" for none; None for one that is to begin later."""
    if later and later not in _UNTIL_OF:
        return None
    end = _UNTIL_OF.get(later, until)
    return "" if _ENDLESS.match_whole(end) else end


_LONGEST_SPAN: Final = 4
_FOR: Final = Phrases(
    r"for [the|another|next|rest of|remainder of]* (a|an|the|\d+|one|two|three|four|five|six|seven|eight|nine"
    "|ten|a few|few|a couple of|couple of) (minute|minutes|hour|hours|day|days|week|weeks|month|months|year"
    "|years|morning|afternoon|summer|winter|holidays)",
)
_LATER: Final = Phrases(
    "[on|this|next|coming]* (today|tonight|tomorrow|week|weekend|month|monday|tuesday|wednesday|thursday"
    "|friday|saturday|sunday|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|weekends)",
    r"(over|during|in|on) [the|our|my|next]* (christmas|easter|holidays|holiday|vacation|weekend|summer"
    r"|winter"
    r"|new year|break|\S+day)",
    r"from \S+ [\S+] (to|until|till|through) \S+ [\S+]",
    "(while|when|as long as) (i|we) (am|are) (away|out|off|on holiday|on vacation|on leave|travelling"
    "|traveling|ill|sick)",
)
"""The time of a pause that does not say when it ends, or that is to begin later."""
_UNTIL_OF: Final = {
    "today": "tomorrow", "tonight": "tomorrow", "this week": "next week", "this weekend": "monday",
    "this month": "next month",
}  # fmt: skip
_ENDLESS: Final = Phrases("(further notice|i say so|i tell you|now|ever|good)", "(i|we) (am|are) back")
