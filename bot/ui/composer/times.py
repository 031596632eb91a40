"""The composer's words about time, understood; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.replies import TimeField, not_a_time, one_calendar, time_missing, time_refused, zone_untold
from bot.ui.composer.form import DEFAULT_ZONE, Form
from scheduler import Cron, Timing, WhenError, ZoneNeeded, find_timing, read_timing

_REGION: Final = re.compile(r"[\w '’.-]{2,60}")


@dataclass(frozen=True, kw_only=True)
class Understood:
    """The form's words about time, understood: a timing, none (now), or the field that is wrong and why."""

    timing: Timing | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def recurs(self) -> bool:
        return self.timing is not None and isinstance(self.timing.when, Cron)


def read_times(form: Form, *, now: datetime) -> Understood:
    """The time in the words that were typed, narrowed by the advanced fields."""
    when = form.when.strip()
    zone = form.zone or (DEFAULT_ZONE if form.zone_told else None)
    if not when:
        if form.until or form.holidays.strip():
            return Understood(wrong={"when": time_missing()})
        return Understood()
    phrase = when
    timing = None
    for block, words in _narrowing_words(form):
        if block == "holidays" and not _REGION.fullmatch(form.holidays.strip()):
            return Understood(wrong={block: one_calendar()})
        phrase += words
        try:
            timing = read_timing(phrase, now=now, zone=zone)
        except ZoneNeeded:
            return Understood(wrong={"when": zone_untold()})
        except WhenError as exc:
            return Understood(wrong={block: time_refused(exc)})
        if timing is None:
            nearest = _nearest_forms(phrase, now=now) if block == "when" else ()
            return Understood(wrong={block: not_a_time(block, nearest=nearest)})
    return Understood(timing=timing)


def _nearest_forms(phrase: str, *, now: datetime) -> Sequence[str]:
    """The times that can be kept and come nearest, as before a prompt; () if nothing is near."""
    try:
        find_timing(f"{phrase}: tell me", now=now, zone="UTC")
    except WhenError as exc:
        return exc.instead
    return ()


def _narrowing_words(form: Form) -> list[tuple[TimeField, str]]:
    """Each field with what it adds to the phrase, so that the field that spoils it can be named."""
    found: list[tuple[TimeField, str]] = [("when", "")]
    if form.until:
        found.append(("until", f" until {form.until}"))
    if region := form.holidays.strip():
        found.append(("holidays", f" except holidays in {region}"))
    return found
