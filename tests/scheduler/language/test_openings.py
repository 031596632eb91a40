"""A word that opens no time is passed over at once, and none that opens one is."""

from __future__ import annotations

import random
import re
from itertools import product

import pytest

from scheduler.errors import WhenError
from scheduler.language.grammar.certainty import CannotKeep
from scheduler.language.grammar.phrase import FORMS, forms_at, scan_phrase
from scheduler.language.grammar.vocabulary import Words

FIRST = re.findall(
    r"\S+",
    "every each all in on at by the a an one two ten twenty twenty-five forty-five half quarter quarters "
    "couple few several once twice thrice daily hourly nightly biweekly bi-weekly monthly annually first "
    "second third fifth last 1st 15th end start beginning day days weekday weekdays week weekend weekends "
    "weeknights work working business workday mwf m/w/f tu/th t/th mtwtf mon mon-fri sun Monday mondays "
    "tues thurs thursday, fri/sat mornings evenings this next coming today tomorrow tmrw tonight may March "
    "Jan. december 5 17:30 9am 100 1.5 1½ 1h30 5m 0 * */15 2027-01-15 2027-01-15T09:00 1/2/2027 24.12. "
    "@ @daily @9 `0 "
    "cron TZ=UTC CRON_TZ=UTC only anhour tenminutes coupledays montofri tuesthrough , ,at at9 x",
)
NEXT = re.findall(
    r"\S+",
    "the a an one two half quarter couple few several first second last 1st 15th end start day days day, "
    "weekday week weeks weekend work business mon Monday monday, mornings morning evening this next coming "
    "tomorrow may march 5 9 17:30 9am 12 noon midnight around o'clock of from and times time hour hours "
    "h m s h30 minutes month on to past a.m. 0 * */2 -five thru after calendar every per x 9: week's",
)
LATER = re.findall(
    r"\S+",
    "day days monday month every the from now of and 9 at 5pm morning hour hours week after tomorrow * 1 x "
    "friday noon a to quarter minutes ago next",
)


def opens_time(text: str) -> bool:
    """True if any form begins with the text, or refuses it."""
    for form in FORMS:
        try:
            if form(Words(text, 0)) is not None:
                return True
        except (CannotKeep, WhenError):
            return True
    return False


def test_what_begins_a_time_is_read_whatever_the_word() -> None:
    texts = [f"{first} {following}" for first, following in product(FIRST, NEXT)]
    chosen = random.Random(5)  # noqa: S311 - of the same ones each time
    texts += [
        " ".join((chosen.choice(FIRST), chosen.choice(NEXT), *chosen.choices(LATER, k=3)))
        for _ in range(2_000)
    ]
    read = [text for text in texts if opens_time(text)]
    assert [text for text in read if scan_phrase(text) is None] == []
    assert len(read) > 1_000


@pytest.mark.parametrize(
    "text",
    [
        "summarise the open incidents", "the open incidents", "a short poem", "in Python", "in the style of",
        "on the other hand", "at least", "by the way", "this is", "next to", "last but not least", "one of",
        "and then", "as far as", "second thoughts", "week by week", "may contain nuts", "all of it",
    ],
)  # fmt: skip
def test_no_form_is_tried_on_words_of_a_prompt(text: str) -> None:
    assert forms_at(text, 0) == ()
