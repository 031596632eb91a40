"""Pins what a run is about to post: by itself, or in the round trip that stores its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.answers import Found, NoAnswer, withdrawn_key_of
from bot.budget import Later, Pace, PostQueue, read_turn, turn_arguments
from bot.runs.ledger.scripts import PinOutcome
from bot.runs.ledger.slots import slot_arguments
from bot.runs.places.outcome import encode_outcome
from bot.runs.state.claims import POSTING_LEASE, OpenPost, Pinned
from bot.storage import RUN_TTL, ms_of, run_key, whole_seconds
from scheduler import Script


@dataclass(kw_only=True)
class PinOnLanding:
    """Pins an answer in the round trip that stores it, where the run has set its flight off itself."""

    run: str
    token: str
    queue_of: Callable[[Found], PostQueue | None]
    open_post: OpenPost | None
    pace: Pace
    now: Callable[[], datetime]
    found: Found | None = None
    """The answer for which it was done."""
    outcome: Pinned | Later | None = None
    """As `Ledger.pin_outcome` has it."""

    def make_script(self, found: Found) -> Script:
        return make_pin(
            self.run,
            token=self.token,
            found=found,
            queue=self.queue_of(found),
            open_post=self.open_post,
            pace=self.pace,
            now=self.now(),
        )

    def hear_reply(self, found: Found, reply: Any) -> None:
        self.found, self.outcome = found, read_pinned(reply, pace=self.pace)


def make_pin(
    run: str,
    *,
    token: str,
    found: Found | NoAnswer,
    queue: PostQueue | None,
    open_post: OpenPost | None,
    pace: Pace,
    now: datetime,
) -> PinOutcome:
    """The script that writes down what is about to be posted, and takes its turn in `queue`."""
    outcome = encode_outcome(found)
    return PinOutcome(
        run=run_key(run),
        withdrawn=withdrawn_key_of(run),
        token=token,
        outcome=outcome.text,
        cache=outcome.cache,
        now=ms_of(now),
        lease_end=ms_of(now + POSTING_LEASE),
        why=outcome.why,
        **slot_arguments(open_post),
        run_ttl=whole_seconds(RUN_TTL),
        **turn_arguments(queue, pace=pace),
    )


def read_pinned(reply: Any, *, pace: Pace) -> Pinned | Later | None:
    """What that script tells; None if the run is no longer ours."""
    if reply in (["lost"], ["withdrawn"]):
        return None
    turn = read_turn(reply, pace=pace)
    return turn if isinstance(turn, Later) else Pinned(turn=turn)
