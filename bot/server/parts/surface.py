"""The surface that people meet in Slack: each part tells Bolt what it answers to."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp

from bot.feedback import Withdrawing
from bot.runs import ReaderNotes
from bot.schedules import Schedule
from bot.server.parts.ground import Ground
from bot.server.parts.surface_tools import SurfaceTools, build_tools
from bot.subscriptions import Subscription
from bot.ui import (
    AskWindow,
    Buttons,
    Consents,
    Deciding,
    Dialogs,
    Events,
    Home,
    HomePages,
    Intake,
    Intents,
    Mentions,
    MessagesTab,
    PostDeletion,
    ReviewButtons,
    ScheduleActs,
    Shortcuts,
    SlashCommand,
    ThreadOrders,
    TypedCommands,
    TypedSchedules,
    Voting,
    WaitingReviews,
    Withdrawal,
)
from bot.ui.answering import Answering
from bot.ui.composer import Composer, Previews
from bot.ui.subscriptions import Leavers, SubscriptionWindow
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
    tools = build_tools(ground)
    commands = _build_commands(ground, tools)
    ask_window = AskWindow(
        asking=tools.asking,
        orders=commands,
        workspaces=ground.workspaces,
        answering=tools.make_answering("dialog"),
        now=ground.now,
    )
    buttons = _build_buttons(ground, tools, ask_window)
    return Surface(
        commands=commands,
        slash_command=SlashCommand(
            commands=commands,
            workspaces=ground.workspaces,
            forms=ground.forms,
            answering=tools.make_answering("command"),
        ),
        mentions=Mentions(
            redis=ground.services.redis,
            commands=commands,
            workspaces=ground.workspaces,
            answering=tools.make_answering("mention"),
        ),
        shortcuts=Shortcuts(
            asking=tools.asking,
            forms=ground.forms,
            answering=tools.make_answering("shortcut"),
            now=ground.now,
        ),
        composer=tools.composer,
        previews=tools.previews,
        dialogs=tools.dialogs,
        ask_window=ask_window,
        buttons=buttons,
        reviews=_build_reviews(ground, tools.make_answering("button")),
        consents=_build_consents(ground, commands, tools.make_answering("button")),
        voting=_build_voting(ground, buttons, tools.make_answering("button")),
        home=_build_home(ground, tools),
        messages_tab=MessagesTab(
            redis=ground.services.redis,
            workspaces=ground.workspaces,
            directory=ground.directory,
            looking_at=tools.looking_at,
            background=ground.background,
            now=ground.now,
        ),
        events=_build_events(ground),
        subscription_window=tools.subscription_window,
        leavers=Leavers(
            subscriptions=ground.subscriptions, workspaces=ground.workspaces, background=ground.background
        ),
        leave=_build_leave(ground),
        intents=tools.intents,
        answering=tools.make_answering("intent"),
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


def _build_commands(ground: Ground, tools: SurfaceTools) -> TypedCommands:
    acts = ScheduleActs(
        schedules=ground.schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        cards=tools.cards,
        composer=tools.composer,
        retiming=tools.retiming,
        dialogs=tools.dialogs,
        place_finder=tools.place_finder,
        workspaces=ground.workspaces,
        answering=tools.make_answering("command"),
    )
    return TypedCommands(
        asking=tools.asking,
        typed_schedules=TypedSchedules(
            asking=tools.asking,
            place_finder=tools.place_finder,
            schedules=ground.schedules,
            directory=ground.directory,
            workspaces=ground.workspaces,
        ),
        directory=ground.directory,
        acts=acts,
        bulk=tools.bulk,
        composer=tools.composer,
        stats=tools.stats,
        subscribing=tools.subscribing,
        thread_orders=ThreadOrders(workspaces=ground.workspaces, forms=ground.forms, offer=tools.offer),
        workspaces=ground.workspaces,
        now=ground.now,
    )


def _build_buttons(ground: Ground, tools: SurfaceTools, ask_window: AskWindow) -> Buttons:
    return Buttons(
        schedules=ground.schedules,
        directory=ground.directory,
        permissions=ground.permissions,
        consenting=ground.consenting,
        cards=tools.cards,
        bulk=tools.bulk,
        composer=tools.composer,
        dialogs=tools.dialogs,
        subscription_window=tools.subscription_window,
        ask_window=ask_window,
        post_deletion=PostDeletion(
            redis=ground.services.redis,
            schedule_store=ground.schedule_store,
            permissions=ground.permissions,
            workspaces=ground.workspaces,
        ),
        forms=ground.forms,
        offer=tools.offer,
        promises=ground.promises,
        answering=tools.make_answering("button"),
        now=ground.now,
    )


def _build_home(ground: Ground, tools: SurfaceTools) -> Home:
    pages = HomePages(
        directory=ground.directory,
        permissions=ground.permissions,
        workspaces=ground.workspaces,
        usage=tools.usage,
        subscriptions=ground.subscriptions,
        waiting_reviews=WaitingReviews(deciding=_build_deciding(ground), workspaces=ground.workspaces),
        now=ground.now,
    )
    return Home(
        schedules=ground.schedules,
        watchers=ground.watchers,
        directory=ground.directory,
        permissions=ground.permissions,
        cards=tools.cards,
        pages=pages,
        composer=tools.composer,
        dialogs=tools.dialogs,
        subscription_window=tools.subscription_window,
        workspaces=ground.workspaces,
        background=ground.background,
        answering=tools.make_answering("home"),
        redis=ground.services.redis,
        stats=tools.stats,
    )


def _build_consents(ground: Ground, commands: TypedCommands, answering: Answering) -> Consents:
    return Consents(
        commands=commands,
        schedules=ground.schedules,
        directory=ground.directory,
        forms=ground.forms,
        promises=ground.promises,
        answering=answering,
        now=ground.now,
    )


def _build_events(ground: Ground) -> Events:
    return Events(
        schedule_store=ground.schedule_store,
        upkeep=ground.upkeep,
        looks=ground.looks,
        subscriptions=ground.subscriptions,
        workspaces=ground.workspaces,
        background=ground.background,
        reader_check=ground.reader_check,
        reader_notes=ReaderNotes(redis=ground.services.redis),
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
        await ground.promises.forget_team(team)
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
