"""Times of day, as people write them; 25:00 is refused here, with what to type instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from scheduler.errors import ImpossibleTime
from scheduler.language.vocabulary import Words, listed


class Clock(NamedTuple):
    hour: int
    minute: int
    bare: bool = False  # an hour with nothing that shows it to be one

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def clock_at(words: Words, *, bare: bool) -> Clock | None:
    """A time of day; a bare hour only where the words before it ask for one."""
    if words.take("noon|midday"):
        return Clock(12, 0)
    if words.take("midnight"):
        return Clock(0, 0)
    if found := words.take(r"(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.?m\.?"):
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            raise ImpossibleTime(
                f"“{found[0].strip()}” is not a time of day.", instead=("at 5pm", "at 17:00")
            )
        return Clock(hour % 12 + (12 if found[3] in "pP" else 0), minute)
    if found := words.take(r"(\d{1,2})[:.](\d{2})(?![:.]\d)"):
        return checked_clock(int(found[1]), int(found[2]), found[0])
    if bare and (found := words.take(r"(\d{1,2})( o['’]?clock)?(?![:.]\d|[-–/]\w|\s*%)")):
        return checked_clock(int(found[1]), 0, found[0])._replace(bare=not found[2])
    return None


def checked_clock(hour: int, minute: int, came: str) -> Clock:
    if hour > 23 or minute > 59:
        raise ImpossibleTime(
            f"“{came.strip()}” is not a time of day: they run from 00:00 to 23:59.",
            instead=("at 00:00", "at 17:30"),
        )
    return Clock(hour, minute)


def clocks_at(words: Words) -> list[Clock]:
    """`at 9`, `09:00`, `at 9, 12 and 17:30`; empty if there is none."""
    start = words.position
    after_at = words.take("at|@") is not None
    if (first := clock_at(words, bare=after_at)) is None:
        words.position = start
        return []
    clocks = [first]
    while len(clocks) < 24:
        before = words.position
        last = words.take(r",? ?and|&")
        following = clock_at(words, bare=after_at) if last or words.take(",") else None
        # In `at 9, 3 facts about cats` the 3 is no hour: a list of bare hours goes on to its `and`.
        if following and not last and following.bare and not words.sees(r"(?:,? ?and|,) ?\d+\w*|\s*$"):
            following = None
        if following is None:
            words.position = before
            break
        clocks = [_like(clock, following) for clock in clocks] + [following]
    return clocks


def _like(earlier: Clock, later: Clock) -> Clock:
    """In `3 and 5pm` the 3 is an afternoon hour too, where that keeps the order."""
    if earlier.bare and not later.bare and later.hour >= 12 and earlier.hour + 12 <= later.hour:
        return earlier._replace(hour=earlier.hour + 12)
    return earlier


def cron_clock(clocks: Sequence[Clock], said: str) -> tuple[str, str]:
    """Cron's minute and hour for `clocks`; it can say them if every hour has the same minutes."""
    hours, minutes = {clock.hour for clock in clocks}, {clock.minute for clock in clocks}
    if len(hours) * len(minutes) != len({clock[:2] for clock in clocks}):
        raise ImpossibleTime(
            f"One schedule cannot run at {listed([str(clock) for clock in clocks])}: "
            "its hours share their minutes. Make two schedules, or keep to the same minutes.",
            instead=[
                f"{said} at {listed([f'{hour:02}:{minute:02}' for hour in sorted(hours)])}"
                for minute in sorted(minutes)
            ],
        )
    return cron_list(minutes), cron_list(hours)


def cron_list(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))


def one_clock(words: Words) -> Clock | None:
    """`at 9`, `09:00`; a bare hour only after `at`."""
    before = words.position
    clock = clock_at(words, bare=words.take("at|@") is not None)
    if clock is None:
        words.position = before
    return clock


_PARTS: Final = {"morning": Clock(9, 0), "afternoon": Clock(14, 0), "evening": Clock(18, 0)}


def part_of_day(words: Words) -> Clock | None:
    """When a `morning`, an `afternoon` or an `evening` begins."""
    found = words.take("|".join(_PARTS))
    return _PARTS[found[0].strip().lower()] if found else None


def within(clock: Clock, part: Clock) -> Clock:
    """`at 7` in the evening is 19:00."""
    late = part.hour >= 12 and 0 < clock.hour < 12
    return clock._replace(hour=clock.hour + 12) if late else clock
