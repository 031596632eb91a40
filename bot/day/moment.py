"""The moment for which a prompt is answered, as the model is told it; pure.

Days and weekdays have English names here, whatever the machine's language: the model reads them, and
translates where it answers in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bot.day.variables import Variable
from scheduler import ZoneInfo

UTC_ZONE: Final = "UTC"
"""The zone where nobody has named one."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A slot, or the moment at which a person asks, on the clocks of a zone."""

    at: datetime
    zone: str = UTC_ZONE
    is_slot: bool = False
    since: datetime | None = None
    """The moment from which on its schedule reads what is new; None where nobody knows."""
    channel: str = ""
    """The name of the channel that it is for, such as #ops; "" where it is for none."""

    @property
    def day(self) -> date:
        """The date that clocks in its zone show."""
        return self.day_at(self.at)

    def day_at(self, moment: datetime) -> date:
        """The date that they show at another moment."""
        return self._local_time(moment).date()

    @property
    def facts(self) -> str:
        """The day in sentences, for the model."""
        local = self._local_time(self.at)
        offset = local.strftime("%z")
        sentences = [
            f"The day, as facts: it is {_weekday_of(local)}, {_date_words(local)} ({local:%Y-%m-%d}), "
            f"{local:%H:%M} in {self.zone} (UTC{offset[:3]}:{offset[3:5]})."
        ]
        if self.is_slot:
            sentences.append("The question is asked for that time, on a schedule.")
        if self.since is not None:
            sentences.append(f"It looks back as far as {self._since_words(self.since)}.")
        return " ".join(sentences)

    @property
    def variables(self) -> Mapping[Variable, str]:
        """The text that each variable of a prompt stands for; one that stands for nothing is left out."""
        local = self._local_time(self.at)
        known: dict[Variable, str] = {"date": _date_words(local), "weekday": _weekday_of(local)}
        if self.since is not None:
            known["since"] = self._since_words(self.since)
        if self.channel:
            known["channel"] = self.channel
        return known

    def _since_words(self, since: datetime) -> str:
        local = self._local_time(since)
        return f"{_weekday_of(local)}, {_date_words(local)}, {local:%H:%M}"

    def _local_time(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


def _weekday_of(local: datetime) -> str:
    return _WEEKDAYS[local.weekday()]


def _date_words(local: datetime) -> str:
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
