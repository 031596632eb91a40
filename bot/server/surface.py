"""The surface that people meet in Slack: each part tells Bolt what it answers to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.feedback import Withdrawing
from bot.runs import ReaderNotes
from bot.schedules import Interruptions, PlaceFinder, Schedule
from bot.server.ground import Ground
from bot.server.windows import build_modals, build_offer
from bot.stats import UsageOfMonth
from bot.subscriptions import Subscription
from bot.ui import (
    Asking,
    AskWindow,
    BulkChanges,
    Buttons,
    Cards,
    Consents,
    Deciding,
    Dialogs,
    Events,
    Home,
    HomePages,
    Intake,
    Intents,
    LookingAt,
    Mentions,
    MessagesTab,
    PostDeletion,
    QuestionLimit,
    Retiming,
    ReviewButtons,
    ScheduleActs,
    Shortcuts,
    SlashCommand,
    Stats,
    ThreadOrders,
    TypedCommands,
    TypedSchedules,
    Voting,
    WaitingReviews,
    Withdrawal,
)
from bot.ui.answering import Answering, shown_among
from bot.ui.composer import Composer, Previews, Saving
from bot.ui.subscriptions import Leavers, Subscribing, SubscriptionWindow
from bot.workspaces import Leave


@dataclass(frozen=True, kw_only=True)
class Surface:
    """All parts that Slack's requests reach."""

    commands: TypedCommands
    slash_command: SlashCommand
    mentions: Mentions
    shortcuts: Shortcuts
    composer: Composer
    previews: Previews
    dialogs: Dialogs
    ask_window: AskWindow
    buttons: Buttons
    reviews: ReviewButtons
    consents: Consents
    voting: Voting
    home: Home
    messages_tab: MessagesTab
    events: Events
    subscription_window: SubscriptionWindow
    leavers: Leavers
    leave: Leave
    intents: Intents
    answering: Answering
    """For what was begun elsewhere."""

    def register(self, app: AsyncApp) -> None:
        for part in (
            self.slash_command,  # Bolt asks one listener after the other
            self.shortcuts,
            self.mentions,
            self.events,
            self.composer,
            self.previews,
            self.dialogs,
            self.ask_window,
            self.buttons,
            self.reviews,
            self.consents,
            self.messages_tab,
            self.voting,
            self.home,
            self.subscription_window,
            self.leavers,
            self.leave,
        ):
            part.register(app)


def build_surface(ground: Ground) -> Surface:
    """Put the parts together; Slack sends them nothing before they are registered."""
    settings, services, now = ground.settings, ground.services, ground.now
    workspaces, background = ground.workspaces, ground.background
    schedules, forms = ground.schedules, ground.forms
    intents = Intents(redis=services.redis, background=background, now=now)
    answering = partial(Answering, workspaces=workspaces, background=background, owe_reply=intents.owe_reply)
    offer = build_offer(ground)
    interruptions = Interruptions(schedules=schedules, closures=settings.closures)
    cards = Cards(
        interruptions=interruptions,
        schedules=schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        subscription_store=ground.subscriptions.subscription_store,
        votes=ground.votes,
    )
    retiming = Retiming(schedules=schedules, interruptions=interruptions, directory=ground.directory)
    bulk = BulkChanges(
        schedules=schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        interruptions=interruptions,
    )
    place_finder = PlaceFinder(slack_of=workspaces.slack_of)
    saving = Saving(
        schedules=schedules,
        place_finder=place_finder,
        directory=ground.directory,
        permissions=ground.permissions,
        forms=forms,
        closures=settings.closures,
        freshness=settings.freshness,
        now=now,
    )
    previews = Previews(
        forms=forms,
        saving=saving,
        offer=offer,
        publisher=services.publisher,
        answering=answering(door="preview"),
        now=now,
    )
    composer = Composer(
        saving=saving,
        forms=forms,
        previews=previews,
        modals=build_modals(ground),
        answering=answering(door="composer"),
        background=background,
        offer=offer,
        now=now,
    )
    dialogs = Dialogs(
        schedules=schedules,
        directory=ground.directory,
        cards=cards,
        retiming=retiming,
        workspaces=workspaces,
        background=background,
        answering=answering(door="dialog"),
    )
    subscribing = Subscribing(subscriptions=ground.subscriptions, workspaces=workspaces, now=now)
    subscription_window = SubscriptionWindow(
        subscribing=subscribing,
        workspaces=workspaces,
        background=background,
        answering=answering(door="dialog"),
    )
    looking_at = LookingAt(redis=services.redis)
    asking = Asking(
        looking_at=looking_at,
        workspaces=workspaces,
        permissions=ground.permissions,
        consenting=ground.consenting,
        publisher=services.publisher,
        forms=forms,
        limit=QuestionLimit(redis=services.redis, most=settings.thread_questions),
        links_in=offer.links_in,
        now=now,
    )
    messages_tab = MessagesTab(
        redis=services.redis,
        workspaces=workspaces,
        directory=ground.directory,
        looking_at=looking_at,
        background=background,
        now=now,
    )
    usage = UsageOfMonth(redis=services.redis, limit=ground.limit, now=now)
    stats = Stats(
        usage=usage,
        concerning=partial(shown_among, ground.directory),
        workspaces=workspaces,
    )
    acts = ScheduleActs(
        schedules=schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        cards=cards,
        composer=composer,
        retiming=retiming,
        dialogs=dialogs,
        place_finder=place_finder,
        workspaces=workspaces,
        answering=answering(door="command"),
    )
    commands = TypedCommands(
        asking=asking,
        typed_schedules=TypedSchedules(
            asking=asking,
            place_finder=place_finder,
            schedules=schedules,
            directory=ground.directory,
            workspaces=workspaces,
        ),
        directory=ground.directory,
        acts=acts,
        bulk=bulk,
        composer=composer,
        stats=stats,
        subscribing=subscribing,
        thread_orders=ThreadOrders(workspaces=workspaces, forms=forms, offer=offer),
        workspaces=workspaces,
        now=now,
    )
    ask_window = AskWindow(
        asking=asking,
        orders=commands,
        workspaces=workspaces,
        answering=answering(door="dialog"),
        now=now,
    )
    buttons = Buttons(
        schedules=schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        consenting=ground.consenting,
        cards=cards,
        bulk=bulk,
        composer=composer,
        dialogs=dialogs,
        subscription_window=subscription_window,
        ask_window=ask_window,
        post_deletion=PostDeletion(
            redis=services.redis,
            schedule_store=ground.schedule_store,
            permissions=ground.permissions,
            workspaces=workspaces,
        ),
        forms=forms,
        offer=offer,
        publisher=services.publisher,
        answering=answering(door="button"),
        now=now,
    )
    pages = HomePages(
        directory=ground.directory,
        permissions=ground.permissions,
        workspaces=workspaces,
        usage=usage,
        subscriptions=ground.subscriptions,
        waiting_reviews=WaitingReviews(deciding=_build_deciding(ground), workspaces=workspaces),
        now=now,
    )
    home = Home(
        schedules=schedules,
        watchers=ground.watchers,
        directory=ground.directory,
        permissions=ground.permissions,
        cards=cards,
        pages=pages,
        composer=composer,
        dialogs=dialogs,
        subscription_window=subscription_window,
        workspaces=workspaces,
        background=background,
        answering=answering(door="home"),
        redis=services.redis,
        stats=stats,
    )
    return Surface(
        commands=commands,
        slash_command=SlashCommand(
            commands=commands, workspaces=workspaces, forms=forms, answering=answering(door="command")
        ),
        mentions=Mentions(
            redis=services.redis,
            commands=commands,
            workspaces=workspaces,
            answering=answering(door="mention"),
        ),
        shortcuts=Shortcuts(asking=asking, forms=forms, answering=answering(door="shortcut"), now=now),
        composer=composer,
        previews=previews,
        dialogs=dialogs,
        ask_window=ask_window,
        buttons=buttons,
        reviews=_build_reviews(ground, answering(door="button")),
        consents=Consents(
            commands=commands,
            schedules=schedules,
            directory=ground.directory,
            forms=ground.forms,
            publisher=services.publisher,
            answering=answering(door="button"),
            now=now,
        ),
        voting=_build_voting(ground, buttons, answering(door="button")),
        home=home,
        events=Events(
            schedule_store=ground.schedule_store,
            upkeep=ground.upkeep,
            looks=ground.looks,
            subscriptions=ground.subscriptions,
            workspaces=workspaces,
            background=background,
            reader_check=ground.reader_check,
            reader_notes=ReaderNotes(redis=services.redis),
        ),
        subscription_window=subscription_window,
        leavers=Leavers(subscriptions=ground.subscriptions, workspaces=workspaces, background=background),
        messages_tab=messages_tab,
        leave=_build_leave(ground),
        intents=intents,
        answering=answering(door="intent"),
    )


def build_intake(ground: Ground, surface: Surface, app: AsyncApp) -> Intake:
    """Register all parts with `app`, and put before it what notes their work."""
    surface.register(app)
    return Intake(
        app=app,
        intents=surface.intents,
        answering=surface.answering,
        background=ground.background,
        now=ground.now,
        tracer=ground.services.tracer,
    )


def _build_deciding(ground: Ground) -> Deciding:
    return Deciding(desk=ground.review_desk, schedule_store=ground.schedule_store, now=ground.now)


def _build_reviews(ground: Ground, answering: Answering) -> ReviewButtons:
    return ReviewButtons(
        deciding=_build_deciding(ground),
        workspaces=ground.workspaces,
        background=ground.background,
        answering=answering,
    )


def _build_voting(ground: Ground, buttons: Buttons, answering: Answering) -> Voting:
    withdrawal = Withdrawal(
        withdrawing=Withdrawing(redis=ground.services.redis, now=ground.now),
        directory=ground.directory,
        permissions=ground.permissions,
        workspaces=ground.workspaces,
        telling=answering.telling,
        ask_another=buttons.ask_another,
    )
    return Voting(
        votes=ground.votes,
        withdrawal=withdrawal,
        schedule_store=ground.schedule_store,
        looks=ground.looks,
        workspaces=ground.workspaces,
        answering=answering,
        count=ground.metrics.count_vote,
    )


def _build_leave(ground: Ground) -> Leave:
    services, subscriptions = ground.services, ground.subscriptions.subscription_store

    async def list_scheduled(team: str) -> list[Schedule | Subscription]:
        return [*await ground.schedule_store.list_records(team), *await subscriptions.list_of_team(team)]

    async def unwatch_team(team: str) -> None:
        await ground.schedule_store.unwatch_team(team)
        await subscriptions.forget_team(team)

    return Leave(
        redis=services.redis,
        scheduled=list_scheduled,
        unwatch=unwatch_team,
        publisher=services.publisher,
        workspaces=ground.workspaces,
        installations=services.slack.installations,
        background=ground.background,
    )
