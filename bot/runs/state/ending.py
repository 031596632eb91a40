"""What is written down when a run ends: for its history, the counts, later slots and questions; pure."""

from __future__ import annotations

from datetime import datetime

from bot import replies
from bot.answers import AnswerBasis, Found, Last, PostedAnswer, asked_by
from bot.runs.state.claims import Ending
from bot.runs.state.taken_run import TakenRun
from bot.schedules import Outcome, Run
from bot.subscriptions import KeptPost


def make_ending(
    taken: TakenRun, outcome: Outcome, detail: str = "", *, found: Found | None = None, now: datetime
) -> Ending:
    """Put together what its schedule's history and its team's counts get of it."""
    schedule = taken.schedule
    answer = found.answer if found else None
    is_of_slot = taken.slot is not None or bool(answer and answer.posted_for)
    fresh = found is not None and is_of_slot and found.cache != "STALE"
    # What a later slot has read and posted stays; and a slot is compared once, for all its places.
    fresh = fresh and not taken.is_overtaken and taken.job.place is None
    several, channel = taken.is_one_of_several, taken.post_place.channel
    reviewer = answer.reviewed if answer else taken.claim.decided_by
    return Ending(
        schedule=(taken.team, schedule.id if schedule else ""),
        line=Run(
            at=now,
            outcome=outcome,
            detail=detail,
            model=found.answer.model if found and found.answer.text else "",
            cost=found.answer.cost if found and taken.has_paid_for(found) else None,
            channel=channel if several else None,
            slot=(taken.served_slot or taken.job.at or taken.job.asked) if several else None,
            by=_skipper_of(taken) if detail == replies.BY_HAND else reviewer,
            edited=answer.edited if answer else False,
        ),
        is_spread=taken.is_spread,
        reopened=channel if several and outcome in ("posted", "stale") else None,
        places=len(schedule.places) if schedule else 1,
        tally={outcome: 1, **(_count_answer(taken, found) if found else {})},
        read=found.answer.read if found and fresh else taken.claim.decided_read,
        last=_posted_text(taken, found) if found and fresh else "",
        kept=_kept_post(taken, found, now=now) if found and not found.answer.is_quiet else None,
        posted=_posted_answer(taken, found) if found and outcome == "posted" else None,
        basis=_basis_of(taken, found) if found and outcome in ("posted", "stale") else "",
    )


def _kept_post(taken: TakenRun, found: Found, *, now: datetime) -> KeptPost | None:
    """Its post for subscribers; None for what no schedule posts in its place, or was overtaken."""
    schedule, place = taken.schedule, taken.post_place
    if schedule is None or schedule.cron is None or taken.is_overtaken or not found.answer.text:
        return None
    if (place.channel, place.thread) not in [(its.channel, its.thread) for its in schedule.places]:
        return None  # asked again in the thread of a post, or meant for where it is posted no more
    return KeptPost(
        at=now,
        slot=taken.served_slot,
        query=taken.job.query,
        answer=found.answer,
        channel=place.channel,
        is_further=place.channel != schedule.channel,
        others=tuple(its.channel for its in schedule.also),
    )


def _posted_answer(taken: TakenRun, found: Found) -> str | None:
    """The answer that it posts, for a condition to be tried on; None where no later run is judged."""
    answer, schedule = found.answer, taken.schedule
    if schedule is None or schedule.cron is None or not answer.text:
        return None
    return PostedAnswer(text=answer.whole or answer.text, made=answer.made, id=answer.id).encode()


def _count_answer(taken: TakenRun, found: Found) -> dict[str, int]:
    answer = found.answer
    if taken.job.place is not None and not taken.has_paid_for(found):
        return {}  # one run asks once, however many places it posts to
    if found.cache == "STALE":
        return {"STALE": 1}
    if taken.has_paid_for(found):
        return {"MISS": 1}
    if not answer.text:
        return {}
    tokens = (answer.tokens_in or 0) + (answer.tokens_out or 0)
    return {"HIT": 1, "saved": answer.cost or 0, "saved_tokens": tokens}


def _basis_of(taken: TakenRun, found: Found) -> str:
    """What the answer was asked and made of, for questions about it.

    Of what a reviewer has edited only the post itself: what they took away is not to be asked for.
    """
    answer, job = found.answer, taken.job
    return AnswerBasis(
        query=answer.asked or job.query,
        made=answer.made,
        as_of=answer.as_of,
        slot=taken.served_slot,
        schedule=job.schedule or "",
        credit=answer.credit,
        material_of="" if answer.edited else answer.material_of,
        sources=job.sources,
        consents=job.consents,
    ).encode()


def _posted_text(taken: TakenRun, found: Found) -> str:
    """The text that its schedule's next answer is compared with; "" if that stays as it was."""
    answer = found.answer
    if taken.job.changes == "always" or answer.unchanged:
        return ""
    if answer.is_quiet:  # after silence, whatever is posted next is news as a whole
        return Last(asked="", text="", made=answer.made).encode()
    # As it was posted: what an editor has taken away has not been told. Of a difference, the whole of
    # which it is a part: the readers know the rest from earlier posts.
    text = answer.whole or answer.text
    return Last(asked=asked_by(taken.job), text=text, made=answer.made, id=answer.id).encode()


def _skipper_of(taken: TakenRun) -> str:
    """The person who has had this run left out."""
    skip = None if taken.schedule is None or taken.slot is None else taken.schedule.skip_at(taken.slot)
    return "" if skip is None else skip.by
