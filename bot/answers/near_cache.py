"""Answers that this process holds, and answers as they are posted: found without asking anybody.

A program that asks again sends the same bytes: their question is held too, and not worked out again.
All share one room of bytes, and what was used longest ago makes way. Bodies do so first: to ask for an answer
costs much more than to work out a question.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.answers.question import Question
    from bot.answers.records import Answer
    from bot.day import Moment
    from bot.markdown import Part

NEAR_CACHE_MB: Final = 32
"""The room that is usual, in millions of bytes."""

_ENTRY: Final = 400
"""Bytes of an entry beside its texts: the places in the tables, the objects, moments and numbers."""

_EVER: Final = float("-inf")
_MOST_WITHDRAWN: Final = 1_000
"""Withdrawn answers that a process remembers: one may come from Redis that was read just before."""

Held = Literal["answer", "rendering"]


@dataclass(slots=True)
class Lookups:
    """Counts of what was found here and what was not."""

    hits: int = 0
    misses: int = 0

    def count(self, *, hit: bool) -> None:
        if hit:
            self.hits += 1
        else:
            self.misses += 1


class NearCache:
    """Whole answers by their question's key, those keys by bodies that ask them, renderings by text."""

    def __init__(self, *, room: int = NEAR_CACHE_MB * 1_000_000) -> None:
        self._room = room
        self._held: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._bodies: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self.size = 0
        """Bytes that are held, as far as they can be told."""
        self._withdrawn: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.lookups: dict[Held, Lookups] = {"answer": Lookups(), "rendering": Lookups()}

    def find_answer(
        self, question: Question, *, again: bool = False, held_after: float = _EVER
    ) -> Answer | None:
        """An answer that is fresh enough, and was put here after that moment; costs nothing.

        Looking `again` on the same road counts only if it finds something.
        """
        answer = self._find_held(_place_of(question), held_after)
        if answer is not None and answer.made < question.made_after:
            answer = None
        if answer is not None or not again:
            self.lookups["answer"].count(hit=answer is not None)
        return answer

    def find_again(self, body: bytes, *, now: datetime, held_after: float = _EVER) -> Answer | None:
        """The same for what came in this very body before; no miss is counted."""
        asked: tuple[str, timedelta, Moment | None] | None = self._look_up(("body", body))
        if asked is None:
            return None
        key, max_age, moment = asked
        day = None if moment is None else moment.day
        if moment is not None and moment.day_at(now) != day:
            return None
        answer = self._find_held(("answer", key, day), held_after)
        if answer is None or answer.made < now - max_age:
            return None
        self.lookups["answer"].count(hit=True)
        return answer

    def hold_body(self, body: bytes, *, key: str, max_age: timedelta, moment: Moment | None = None) -> None:
        """Hold which question is asked in a body, and how old its answer may be; with the moment at which
        it was asked, it uses the day, and is another question on another one.
        """
        size = _ENTRY + sys.getsizeof(body) + sys.getsizeof(key)
        self._hold_value(("body", body), (key, max_age, moment), size)

    def hold_answer(self, question: Question, answer: Answer) -> None:
        """Hold an answer, unless it is incomplete or a newer one is here."""
        if not answer.may_be_kept or (_team_of(question.key), answer.name) in self._withdrawn:
            return
        key = _place_of(question)
        held = self._find_held(key)
        if held is None or (held.made <= answer.made and held != answer):
            texts = (question.key, answer.text, answer.whole, answer.credit)
            self._hold_value(key, (answer, monotonic()), _ENTRY + sum(map(sys.getsizeof, texts)))

    def forget_answer(self, question: Question) -> None:
        """Let go of the answer to a question: it is withdrawn."""
        self._drop_value(_place_of(question))

    def forget_withdrawn(self, withdrawn: Iterable[tuple[str, str]]) -> bool:
        """Let go of answers by their team, as keys have it, and name, and hold them no more.

        False if all of these were known before.
        """
        new = [one for one in withdrawn if one not in self._withdrawn]
        if not new:
            return False
        self._withdrawn.update(dict.fromkeys(new))
        while len(self._withdrawn) > _MOST_WITHDRAWN:
            self._withdrawn.popitem(last=False)
        for key in [key for key in self._held if key[0] == "answer"]:
            answer = self._held[key][0][0]
            if (_team_of(key[1]), answer.name) in self._withdrawn:
                self._drop_value(key)
                for tables in (True, False):
                    self._drop_value(("rendering", answer.text, tables))
        return True

    def forget_all(self) -> None:
        """Let go of everything: what was withdrawn meanwhile is not known."""
        self._held.clear()
        self._bodies.clear()
        self.size = 0

    def find_rendering(self, text: str, *, tables: bool) -> tuple[Part, ...] | None:
        """The messages that were made of this very text, in that form."""
        parts: tuple[Part, ...] | None = self._look_up(("rendering", text, tables))
        self.lookups["rendering"].count(hit=parts is not None)
        return parts

    def hold_rendering(self, text: str, parts: tuple[Part, ...], *, tables: bool) -> None:
        """Hold the messages that were made of a text."""
        size = _ENTRY + sys.getsizeof(text)
        for part in parts:
            size += sys.getsizeof(part.text) + sum(_sizes_in(part.blocks))
        self._hold_value(("rendering", text, tables), parts, size)

    def _find_held(self, key: tuple[Any, ...], held_after: float = _EVER) -> Answer | None:
        held: tuple[Answer, float] | None = self._look_up(key)
        return held[0] if held is not None and held[1] > held_after else None

    def _look_up(self, key: tuple[Any, ...]) -> Any:
        table = self._table_of(key)
        entry = table.get(key)
        if entry is None:
            return None
        table.move_to_end(key)
        return entry[0]

    def _table_of(self, key: tuple[Any, ...]) -> OrderedDict[tuple[Any, ...], tuple[Any, int]]:
        return self._bodies if key[0] == "body" else self._held

    def _hold_value(self, key: tuple[Any, ...], value: object, size: int) -> None:
        self._drop_value(key)
        if size > self._room:
            return
        self._table_of(key)[key] = value, size
        self.size += size
        while self.size > self._room:
            self._drop_value(next(iter(self._bodies or self._held)))

    def _drop_value(self, key: tuple[Any, ...]) -> None:
        _, size = self._table_of(key).pop(key, (None, 0))
        self.size -= size


def _team_of(key: str) -> str:
    return key.partition(":")[0]


def _place_of(question: Question) -> tuple[Any, ...]:
    """Where its answer is held: one for each date, if it uses the day."""
    return ("answer", question.key, question.day)


def _sizes_in(blocks: object) -> Iterator[int]:
    """The bytes of everything in Slack's blocks; their keys and types are shared by all of them."""
    waiting = [blocks]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield sys.getsizeof(value)
            waiting += [inner for key, inner in value.items() if key != "type"]
        elif isinstance(value, list | tuple):
            yield sys.getsizeof(value)
            waiting += value
        elif isinstance(value, str):
            yield sys.getsizeof(value)
