"""Times of day, as people write them; 25:00 is refused here, with what to type instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.vocabulary import (
    FULL_WEEKDAY,
    HOUR_WORD,
    TOMORROW,
    Words,
    listed_words,
    read_count,
)


class Clock(NamedTuple):
    hour: int
    minute: int
    bare: bool = False  # an hour with nothing that shows it to be one
    spoken: bool = False  # `5 o'clock`, `half past 4`, which may be of the morning or of the afternoon

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def clock_at(words: Words, *, bare: bool, ranged: bool = False) -> Clock | None:
    """A time of day; a bare hour only where the words before it ask for one.

    In a `ranged` one, `10 to 5` goes from ten to five; elsewhere it is ten minutes before five.
    """
    if words.consume("(?:12(?:[:.]00)?(?: o'?clock)? )?(?:noon|midday)"):
        return Clock(12, 0)
    if words.consume("(?:12(?:[:.]00)?(?: o'?clock)? )?midnight"):
        return Clock(0, 0)
    if not ranged and (clock := _spoken_clock(words, bare=bare)):
        return clock
    if found := words.consume(
        rf"(?:(\d{{1,2}})(?:[:.](\d{{2}}))?|(\d{{1,2}})(\d\d)|({HOUR_WORD}))(?: ?([ap])\.?m\.?|(?<=\d)([ap]))"
    ):
        hour = read_count(found[1] or found[3] or found[5])
        minute, late = int(found[2] or found[4] or 0), (found[6] or found[7]) in "pP"
        if not 1 <= hour <= 12 or minute > 59:
            raise WhenError(
                TimeFault.NO_CLOCK, said=found[0].strip(), instead=_nearest_clocks(hour, minute, late=late)
            )
        return Clock(hour % 12 + (12 if late else 0), minute)
    if found := words.consume(r"(\d{1,2})[:.](\d{2})(?![:.]\d)", end=r"(?=\W|$|Z\b|UTC|GMT)"):
        return checked_clock(int(found[1]), int(found[2]), found[0])
    if found := words.consume(rf"(\d{{1,2}}|{HOUR_WORD}) o'?clock{_ALONE}"):
        hour = read_count(found[1])
        return checked_clock(hour, 0, found[0])._replace(spoken=1 <= hour <= 12)
    if bare and (found := words.consume(rf"(\d{{1,2}}){_ALONE}")):
        return checked_clock(int(found[1]), 0, found[0])._replace(bare=True)
    if bare and (found := words.consume(rf"({HOUR_WORD}){_CLEARLY}")):
        return Clock(read_count(found[1]), 0, spoken=True)
    if bare and (found := words.consume(rf"(\d{{1,2}})(?:h([0-5]\d)?|([0-5]\d)){_ALONE}")):
        return checked_clock(int(found[1]), int(found[2] or found[3] or 0), found[0])._replace(bare=True)
    return None


_ALONE: Final = r"(?![:.]\d|[-–/]\w|—\d|\s*%)"
_CLEARLY: Final = r"(?=\s*(?:$|[\n,:;.!?]|—|-\s|(?:in the|on|every|and)\b|(?-i:[A-Z])))"
"""After an hour in letters, so that `at one point` is none."""
_MINUTES_PAST: Final = (
    r"(?:(half)|((?:a )?quarter)|(5|10|15|20|25|five|ten|twenty(?:-| )five|twenty)"
    r"(?: minutes?| mins?)?)"
)
_SPOKEN: Final = (
    rf"{_MINUTES_PAST} (?:(past|after)|(?:to|before|till?)) (\d{{1,2}}|{HOUR_WORD})(?: o'?clock)?"
)


def _spoken_clock(words: Words, *, bare: bool) -> Clock | None:
    """`half past 4`, `a quarter to 5`, and after `at` also `ten past 9`."""
    before = words.position
    found = words.consume(rf"{_SPOKEN}(?![:.]?\d|{_DASHED})", end=r"(?=[ap]\.?m\b|\W|$)")
    if found is None or (found[3] and not bare):
        words.position = before
        return None
    hour = read_count(found[5])
    minute = 30 if found[1] else 15 if found[2] else read_count(found[3].replace(" ", "-").lower())
    if not 0 < minute < 60 or hour > 24 or (found[1] and not found[4]):
        words.position = before
        return None
    total = (hour * 60 + (minute if found[4] else -minute)) % 1440
    meridiem = words.consume(r"([ap])\.?m\.?")
    if meridiem and 1 <= hour <= 12:
        total = total % 720 + (720 if meridiem[1] in "pP" else 0)
        if hour == 12 and not found[4]:  # `a quarter to 12 pm` is before noon
            total = (total + 720) % 1440
    return Clock(total // 60, total % 60, spoken=not meridiem and 1 <= hour <= 12)


_DASHED: Final = r"[-–/]\w"
_FIRST_LIKELY, _LAST_LIKELY = 7, 22


def likely_clocks(clock: Clock) -> list[Clock]:
    """The clocks that a spoken one may be, between seven in the morning and ten at night."""
    if not clock.spoken:
        return [clock]
    clock = clock._replace(spoken=False)
    halves = [clock._replace(hour=clock.hour % 12), clock._replace(hour=clock.hour % 12 + 12)]
    return [half for half in halves if (_FIRST_LIKELY, 0) <= half[:2] <= (_LAST_LIKELY, 0)]


def _nearest_clocks(hour: int, minute: int, *, late: bool) -> tuple[str, ...]:
    """`13pm` is one o'clock; what is no hour at all is any."""
    if hour > 23 or minute > 59:
        return "at 5pm", "at 17:00"
    plain = f"at {hour:02}:{minute:02}"
    if not late or hour <= 12:
        return (plain,)
    return plain, f"at {hour - 12}{f':{minute:02}' if minute else ''}pm"


def number_at(words: Words) -> WhenError | None:
    """`at 100` and `at 2027` may be hours, and as well a hundred words and a year."""
    if words.sees(r"\d{3,4} ?[ap]\.?m\.?") or words.sees(rf"\d[0-5]\d {_DAY_AFTER}"):
        return None
    if found := words.consume(rf"(\d|19|20)([0-5]\d)( ?[ap]\.?m\.?)?{_ALONE}"):
        clock = f"at {found[1]}:{found[2]}{found[3] or ''}"
        return WhenError(TimeFault.PERHAPS_NUMBER, said=found[0].strip(), instead=(clock,))
    return None


_DAY_AFTER: Final = (
    rf"(?:{TOMORROW}|today|tonight|(?:on |every |each |next )?{FULL_WEEKDAY}s?|in the (?:morning|evening))"
)


def checked_clock(hour: int, minute: int, came: str) -> Clock:
    if hour > 23 or minute > 59:
        raise WhenError(TimeFault.NO_CLOCK, said=came.strip(), instead=("at 00:00", "at 17:30"))
    return Clock(hour, minute)


_COMMA_CLOCK: Final = (
    rf",(?= ?(?:\d{{1,2}}(?::\d\d| ?[ap]\.?m\b)|(?:\d{{1,2}}|{HOUR_WORD}) o'?clock|half past "
    r"|(?:a )?quarter (?:past|after|to) |noon|midday|midnight))"
)
"""A comma before a clock that shows itself to be one: `every monday, 5pm`, `every day, 9 o'clock`."""


def clocks_at(words: Words) -> list[Clock]:
    """`at 9`, `09:00`, `at 9, 12 and 17:30`, `at 9 in the morning`; empty if there is none."""
    start = words.position
    after_at = take_at(words)
    if after_at and (unsure := number_at(words)):
        raise unsure
    if not after_at and words.position > words.start:
        words.consume(_COMMA_CLOCK, end="")
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
            said=listed_words([str(clock) for clock in clocks]),
            instead=[
                f"{said} at {listed_words([f'{hour:02}:{minute:02}' for hour in sorted(hours)])}"
                for minute in sorted(minutes)
            ],
        )
    return cron_list(minutes), cron_list(hours)


def cron_list(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))


def one_clock(words: Words) -> Clock | None:
    """`at 9`, `09:00`, `at 9 in the morning`; a bare hour only after `at`."""
    before = words.position
    if words.position > words.start:
        words.consume(_COMMA_CLOCK, end="")
    if (after_at := take_at(words)) and (unsure := number_at(words)):
        raise unsure
    clock = clock_at(words, bare=after_at)
    if clock is None:
        words.position = before
    elif part := _part_after(words):
        return within_part(clock, part)
    return clock


def take_at(words: Words) -> bool:
    """`at` or `@`, past a comma too; `at around` is at."""
    if words.consume(r"(?:, ?)?at (?:around|about|roughly|approximately)(?= \d)"):
        return True
    return bool(
        words.consume("(?:, ?)?at")
        or words.consume(r"(?:, ?)?at(?=\d)", end="")
        or words.consume("(?:, ?)?@", end="")
    )


NIGHT: Final = Clock(21, 0)
_PARTS: Final = {
    "morning": Clock(9, 0), "afternoon": Clock(14, 0), "evening": Clock(18, 0), "night": NIGHT, "nite": NIGHT,
}  # fmt: skip


def part_of_day(words: Words, *, plural: bool = False) -> Clock | None:
    """The hour at which a `morning`, `afternoon`, `evening` or `night` begins; if `plural`, of `mornings`."""
    found = words.consume(rf"({'|'.join(_PARTS)}){'s' if plural else 's?'}(?!')")
    return _PARTS[found[1].lower()] if found else None


def _part_after(words: Words) -> Clock | None:
    """`in the morning` or `at night`, after a time of day."""
    words.consume("sharp|on the dot|hrs|or so")
    found = words.consume("in the (morning|afternoon|evening)|at (night|nite)")
    return _PARTS[(found[1] or found[2]).lower()] if found else None


def within_part(clock: Clock, part: Clock) -> Clock:
    """`at 7` in the evening is 19:00; a night goes on until 5, and its 12 is midnight."""
    if part == NIGHT and clock.bare and 12 < clock.hour < 18:  # `11 and 1` was taken for a day that goes on
        clock = clock._replace(hour=clock.hour - 12)
    if part.hour < 12 and clock.spoken and clock.hour == 12:
        clock = clock._replace(hour=0)  # half past twelve in the morning
    clock = clock._replace(bare=False, spoken=False)
    if part == NIGHT and clock.hour in (12, 1, 2, 3, 4, 5):
        return clock._replace(hour=clock.hour % 12)
    late = part.hour >= 12 and 0 < clock.hour < 12
    return clock._replace(hour=clock.hour + 12) if late else clock


def past_midnight(clock: Clock, part: Clock | None) -> bool:
    """True for a clock of a night that strikes on the day after the one that names the night."""
    return part == NIGHT and clock.hour < 6
