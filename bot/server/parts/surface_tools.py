"""What several doors of the surface use: cards, windows, the composer, and how typed words are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.schedules import Interruptions, PlaceFinder
from bot.server.parts.ground import Ground
from bot.server.parts.windows import build_modals, build_offer
from bot.stats import UsageOfMonth
from bot.ui import Asking, BulkChanges, Cards, Dialogs, Intents, LookingAt, QuestionLimit, Retiming, Stats
from bot.ui.answering import Answering, Door, shown_among
from bot.ui.composer import Composer, Offer, Previews, Saving
from bot.ui.subscriptions import Subscribing, SubscriptionWindow


@dataclass(frozen=True, kw_only=True)
class SurfaceTools:
    """The parts that more than one door needs."""

    intents: Intents
    make_answering: Callable[[Door], Answering]
    """How one door tells people what became of what they asked for."""
    offer: Offer
    cards: Cards
    retiming: Retiming
    bulk: BulkChanges
    place_finder: PlaceFinder
    previews: Previews
    composer: Composer
    dialogs: Dialogs
    subscribing: Subscribing
    subscription_window: SubscriptionWindow
    looking_at: LookingAt
    asking: Asking
    usage: UsageOfMonth
    stats: Stats


def build_tools(ground: Ground) -> SurfaceTools:
    """Put them together; nothing is registered yet."""
    services, workspaces = ground.services, ground.workspaces
    intents = Intents(
        redis=services.redis, background=ground.background, promises=ground.promises, now=ground.now
    )

    def make_answering(door: Door) -> Answering:
        return Answering(
            workspaces=workspaces, background=ground.background, owe_reply=intents.owe_reply, door=door
        )

    offer = build_offer(ground)
    interruptions = Interruptions(schedules=ground.schedules, closures=ground.settings.closures)
    cards = Cards(
        interruptions=interruptions,
        schedules=ground.schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        subscription_store=ground.subscriptions.subscription_store,
        votes=ground.votes,
    )
    retiming = Retiming(schedules=ground.schedules, interruptions=interruptions, directory=ground.directory)
    place_finder = PlaceFinder(slack_of=workspaces.slack_of)
    saving = _build_saving(ground, place_finder)
    previews = Previews(
        forms=ground.forms,
        saving=saving,
        offer=offer,
        promises=ground.promises,
        answering=make_answering("preview"),
        now=ground.now,
    )
    subscribing = Subscribing(subscriptions=ground.subscriptions, workspaces=workspaces, now=ground.now)
    looking_at = LookingAt(redis=services.redis)
    usage = UsageOfMonth(redis=services.redis, limit=ground.limit, now=ground.now)
    return SurfaceTools(
        intents=intents,
        make_answering=make_answering,
        offer=offer,
        cards=cards,
        retiming=retiming,
        bulk=BulkChanges(
            schedules=ground.schedules,
            directory=ground.directory,
            permissions=ground.permissions,
            interruptions=interruptions,
        ),
        place_finder=place_finder,
        previews=previews,
        composer=Composer(
            saving=saving,
            forms=ground.forms,
            previews=previews,
            modals=build_modals(ground),
            answering=make_answering("composer"),
            background=ground.background,
            offer=offer,
            now=ground.now,
        ),
        dialogs=Dialogs(
            schedules=ground.schedules,
            directory=ground.directory,
            cards=cards,
            retiming=retiming,
            workspaces=workspaces,
            background=ground.background,
            answering=make_answering("dialog"),
        ),
        subscribing=subscribing,
        subscription_window=SubscriptionWindow(
            subscribing=subscribing,
            workspaces=workspaces,
            background=ground.background,
            answering=make_answering("dialog"),
        ),
        looking_at=looking_at,
        asking=_build_asking(ground, looking_at, offer),
        usage=usage,
        stats=Stats(usage=usage, concerning=partial(shown_among, ground.directory), workspaces=workspaces),
    )


def _build_saving(ground: Ground, place_finder: PlaceFinder) -> Saving:
    return Saving(
        schedules=ground.schedules,
        place_finder=place_finder,
        directory=ground.directory,
        permissions=ground.permissions,
        forms=ground.forms,
        closures=ground.settings.closures,
        freshness=ground.settings.freshness,
        now=ground.now,
    )


def _build_asking(ground: Ground, looking_at: LookingAt, offer: Offer) -> Asking:
    return Asking(
        looking_at=looking_at,
        workspaces=ground.workspaces,
        permissions=ground.permissions,
        consenting=ground.consenting,
        promises=ground.promises,
        forms=ground.forms,
        limit=QuestionLimit(redis=ground.services.redis, most=ground.settings.thread_questions),
        links_in=offer.links_in,
        now=ground.now,
    )
