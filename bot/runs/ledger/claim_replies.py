"""The replies of the script that claims a run, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.answers import NoAnswer
from bot.budget import Later, Pace, read_turn
from bot.runs.places.outcome import decode_outcome
from bot.runs.state.claims import Begun, Busy, OpenPost, Over, Taken, Undecided
from bot.schedules import Schedule, decode_schedule
from bot.storage import moment_of, read_if_known


async def read_untaken(
    reply: Any, *, open_post: OpenPost | None, pace: Pace, now: datetime
) -> Over | Undecided | Busy | Later:
    """Read why the run is not ours."""
    match reply:
        case ["posted", earlier, spread, copies, *untold]:
            return Over(
                reason="posted",
                earlier=_decode_open_posts(earlier, open_post),
                is_spread=bool(spread),
                copies=tuple(copies.split()),
                untold=await _decode_record(untold),
            )
        case ["off", progress]:
            return Over(reason="off", progress=Begun.decode_if_told(progress))
        case ["wait", due, *unasked]:
            return Undecided(due=moment_of(due), unasked=await _decode_record(unasked))
        case ["busy", lease_end]:
            return Busy(left=max(moment_of(lease_end) - now, timedelta(0)))
        case ["later", _]:
            later = read_turn(reply, pace=pace)
            assert isinstance(later, Later)  # noqa: S101 - as the reply says
            return later
        case _:
            raise AssertionError("the claim script returned something else")


async def read_taken(told: Mapping[str, Any], *, open_post: OpenPost | None) -> Taken:
    """Read what is told of a run that is ours now; "" stands for nothing. Raises `NewerRecord`."""
    pinned, cache, why = told["pinned"], told["cache"], told["why"]
    return Taken(
        found=decode_outcome(pinned, cache, why) if pinned else None,
        why=read_if_known(NoAnswer.decode, why) if why else None,
        progress=Begun.decode_if_told(told["progress"]),
        ahead=cache == "AHEAD",
        parts=int(told["parts"]),
        ts=told["ts"] or None,
        unsettled_since=moment_of(told["since"]) if told["since"] else None,
        schedule=await decode_schedule((told["doc"] or None, told["state"], told["revision"])),
        checked=moment_of(told["checked"]) if told["checked"] else None,
        shown=moment_of(told["shown"]) if told["shown"] else None,
        warmed=moment_of(told["warmed"]) if told["warmed"] else None,
        out_of=frozenset(told["out"].split()),
        shared=int(told["shared"]),
        preview=told["preview"] or None,
        turn=moment_of(told["turn"]) if told["turn"] else None,
        earlier=_decode_open_posts(told["earlier"], open_post),
        is_overtaken=bool(told["overtaken"]),
        decision=told["decision"],
        decided_by=told["decided_by"],
        decided_read=moment_of(told["decided_read"]) if told["decided_read"] else None,
    )


async def _decode_record(told: list[Any]) -> Schedule | None:
    """The schedule that a claim tells of beside; None if there is none to tell of."""
    doc, state, revision = told
    return await decode_schedule((doc, state or None, revision or "0")) if doc else None


def _decode_open_posts(told: str, post: OpenPost | None) -> tuple[OpenPost, ...]:
    if post is None or not told:
        return ()
    return tuple(OpenPost.decode(text, schedule=post.schedule, place=post.place) for text in told.split(";"))
