"""Times of day, as people write them; 25:00 is refused here, with what to type instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.vocabulary import Words, listed


class Clock(NamedTuple):
    hour: int
    minute: int
    bare: bool = False  # an hour with nothing that shows it to be one

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def clock_at(words: Words, *, bare: bool) -> Clock | None:
    """A time of day; a bare hour only where the words before it ask for one."""
    if words.consume("noon|midday"):
        return Clock(12, 0)
    if words.consume("midnight"):
        return Clock(0, 0)
    if found := words.consume(r"(\d{1,2})(?:[:.](\d{2}))?(?: ?([ap])\.?m\.?|([ap]))"):
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            raise WhenError(TimeFault.NO_CLOCK, said=found[0].strip(), instead=("at 5pm", "at 17:00"))
        return Clock(hour % 12 + (12 if (found[3] or found[4]) in "pP" else 0), minute)
    if found := words.consume(r"(\d{1,2})[:.](\d{2})(?![:.]\d)"):
        return checked_clock(int(found[1]), int(found[2]), found[0])
    if bare and (found := words.consume(rf"(\d{{1,2}})( o['’]?clock)?{_ALONE}")):
        return checked_clock(int(found[1]), 0, found[0])._replace(bare=not found[2])
    if bare and (found := words.consume(rf"(\d{{1,2}})(?:h([0-5]\d)?|([0-5]\d)){_ALONE}")):
        return checked_clock(int(found[1]), int(found[2] or found[3] or 0), found[0])._replace(bare=True)
    return None


_ALONE: Final = r"(?![:.]\d|[-–/]\w|\s*%)"


def number_at(words: Words) -> WhenError | None:
    """`at 100` and `at 2027` may be hours, and as well a hundred words and a year."""
    if found := words.consume(rf"(\d|19|20)([0-5]\d)( ?[ap]\.?m\.?)?{_ALONE}"):
        clock = f"at {found[1]}:{found[2]}{found[3] or ''}"
        return WhenError(TimeFault.PERHAPS_NUMBER, said=found[0].strip(), instead=(clock,))
    return None


def checked_clock(hour: int, minute: int, came: str) -> Clock:
    if hour > 23 or minute > 59:
        raise WhenError(TimeFault.NO_CLOCK, said=came.strip(), instead=("at 00:00", "at 17:30"))
    return Clock(hour, minute)


def clocks_at(words: Words) -> list[Clock]:
    """`at 9`, `09:00`, `at 9, 12 and 17:30`, `at 9 in the morning`; empty if there is none."""
    start = words.position
    after_at = take_at(words)
    if after_at and (unsure := number_at(words)):
        raise unsure
    if (first := clock_at(words, bare=after_at)) is None:
        words.position = start
        return []
    clocks = _in_part(words, [first])
    while len(clocks) < 24:
        before = words.position
        last = words.consume(r",? ?and|&")
        following = clock_at(words, bare=after_at) if last or words.consume(",") else None
        # In `at 9, 3 facts about cats` the 3 is no hour: a list of bare hours goes on to its `and`.
        if following and not last and following.bare and not words.sees(r"(?:,? ?and|,) ?\d+\w*|\s*$"):
            following = None
        if following is None:
            words.position = before
            break
        following = _later_that_day(clocks[-1], following)
        clocks = _in_part(words, [*(_in_same_half(clock, following) for clock in clocks), following])
    return clocks


def _in_part(words: Words, clocks: list[Clock]) -> list[Clock]:
    """Put both clocks of `8 and 9 in the evening` there."""
    if (part := _part_after(words)) is None:
        return clocks
    return [within_part(clock, part) if clock.bare or clock is clocks[-1] else clock for clock in clocks]


def _later_that_day(earlier: Clock, later: Clock) -> Clock:
    """Read the 5 of `9 and 5` as an afternoon hour, for the day goes on."""
    if later.bare and 0 < later.hour < earlier.hour <= 12:
        return later._replace(hour=later.hour + 12)
    return later


def _in_same_half(earlier: Clock, later: Clock) -> Clock:
    """Read the 3 of `3 and 5pm` as an afternoon hour too, where that keeps the order."""
    if earlier.bare and not later.bare and later.hour >= 12 and earlier.hour + 12 <= later.hour:
        return earlier._replace(hour=earlier.hour + 12)
    return earlier


def cron_clock(clocks: Sequence[Clock], said: str) -> tuple[str, str]:
    """Cron's minute and hour for `clocks`; it can say them if every hour has the same minutes."""
    hours, minutes = {clock.hour for clock in clocks}, {clock.minute for clock in clocks}
    if len(hours) * len(minutes) != len({clock[:2] for clock in clocks}):
        raise WhenError(
            TimeFault.CLOCKS_DIFFER,
            said=listed([str(clock) for clock in clocks]),
            instead=[
                f"{said} at {listed([f'{hour:02}:{minute:02}' for hour in sorted(hours)])}"
                for minute in sorted(minutes)
            ],
        )
    return cron_list(minutes), cron_list(hours)


def cron_list(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))


def one_clock(words: Words) -> Clock | None:
    """`at 9`, `09:00`, `at 9 in the morning`; a bare hour only after `at`."""
    before = words.position
    if (after_at := take_at(words)) and (unsure := number_at(words)):
        raise unsure
    clock = clock_at(words, bare=after_at)
    if clock is None:
        words.position = before
    elif part := _part_after(words):
        return within_part(clock, part)
    return clock


def take_at(words: Words) -> bool:
    """`at` or `@`, past a comma too."""
    return bool(words.consume("(?:, ?)?at") or words.consume("(?:, ?)?@", end=""))


NIGHT: Final = Clock(21, 0)
_PARTS: Final = {"morning": Clock(9, 0), "afternoon": Clock(14, 0), "evening": Clock(18, 0), "night": NIGHT}


def part_of_day(words: Words, *, plural: bool = False) -> Clock | None:
    """The hour at which a `morning`, `afternoon`, `evening` or `night` begins; if `plural`, of `mornings`."""
    found = words.consume(rf"({'|'.join(_PARTS)}){'s' if plural else 's?'}(?!['’])")
    return _PARTS[found[1].lower()] if found else None


def _part_after(words: Words) -> Clock | None:
    """`in the morning` or `at night`, after a time of day."""
    found = words.consume("in the (morning|afternoon|evening)|at (night)")
    return _PARTS[(found[1] or found[2]).lower()] if found else None


def within_part(clock: Clock, part: Clock) -> Clock:
    """`at 7` in the evening is 19:00; a night goes on until 5, and its 12 is midnight."""
    if part == NIGHT and clock.bare and 12 < clock.hour < 18:  # `11 and 1` was taken for a day that goes on
        clock = clock._replace(hour=clock.hour - 12)
    clock = clock._replace(bare=False)
    if part == NIGHT and clock.hour in (12, 1, 2, 3, 4, 5):
        return clock._replace(hour=clock.hour % 12)
    late = part.hour >= 12 and 0 < clock.hour < 12
    return clock._replace(hour=clock.hour + 12) if late else clock


def past_midnight(clock: Clock, part: Clock | None) -> bool:
    """True for a clock of a night that strikes on the day after the one that names the night."""
    return part == NIGHT and clock.hour < 6
