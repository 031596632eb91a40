"""Acts on messages, modals and the app's Home, as the page sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.acts import Click, Rejected, read_line
from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.deliveries import Answered, Failed
from bot.sandbox.files import texts_by_file
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.views import home_of, view_json


async def send_line(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, alts = arguments.required_text("user"), texts_by_file(arguments.values.get("files") or [], "alt")
    line = read_line(
        site.workspace,
        user,
        arguments.required_text("channel"),
        arguments.optional_text("text") or "",
        arguments.optional_text("thread_ts"),
        files=tuple(alts),
    )
    if alts:
        await site.uploads.complete_uploads(user, dict.fromkeys(alts, ""), alts=alts)
    ts = await site.lines.say_line(line)
    return {} if ts is None else {"ts": ts}


async def use_element(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    click = _read_click(arguments)
    if view_id := arguments.optional_text("view_id"):
        return _outcome_json(await site.clicks.click_view(click, view_id, arguments.values.get("values")))
    channel, ts = arguments.required_text("channel"), arguments.required_text("message_ts")
    return _outcome_json(await site.clicks.click_message(click, channel, ts))


async def ask_options(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    view_id = arguments.optional_text("view_id")
    found = await site.clicks.ask_suggestions(
        _read_click(arguments),
        arguments.optional_text("query") or "",
        view_id=view_id,
        channel="" if view_id else arguments.required_text("channel"),
        ts="" if view_id else arguments.required_text("message_ts"),
    )
    return _outcome_json(found) if isinstance(found, Failed) else found


async def submit_modal(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    outcome = await site.modals.submit_form(
        arguments.required_text("user"), arguments.required_text("view_id"), arguments.values.get("values")
    )
    if isinstance(outcome, Rejected):
        return {"ok": False, "error": "invalid_input", "errors": outcome.errors}
    return _outcome_json(outcome)


async def close_modal(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    everything = arguments.flag("all")
    site.modals.close_views(
        arguments.required_text("user"), arguments.required_text("view_id"), everything=everything
    )
    return {}


async def use_shortcut(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    return _outcome_json(
        await site.shortcuts.choose_shortcut(
            arguments.required_text("user"),
            arguments.required_text("callback_id"),
            arguments.optional_text("channel") or "",
            arguments.optional_text("message_ts") or "",
        )
    )


async def open_tab(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """A tab of the app's direct messages was opened."""
    user, tab, workspace = arguments.required_text("user"), arguments.required_text("tab"), site.workspace
    if tab not in ("home", "messages"):
        raise api_error("invalid_arguments", "tab: expected home or messages")
    if (direct := workspace.direct_channel(user)) is None or not workspace.has_app:
        raise ApiError("channel_not_found")
    event: dict[str, Any] = {"type": "app_home_opened", "user": user, "channel": direct.id, "tab": tab}
    if tab == "home" and (view := home_of(workspace, user)) is not None:
        event["view"] = view_json(view, workspace.team)
    site.events.send_if_subscribed("app_home_opened", event)
    return {}


async def change_context(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """A person looks at this channel with the app beside it, or at none."""
    user, workspace = arguments.required_text("user"), site.workspace
    if (direct := workspace.direct_channel(user)) is None or not workspace.has_app:
        raise ApiError("channel_not_found")
    if seen := arguments.optional_text("channel"):
        channel = workspace.channels.get(seen)
        if channel is None or not workspace.can_see(user, channel):
            raise ApiError("channel_not_found")
    entity = {"type": "slack#/types/channel_id", "value": seen, "team_id": workspace.team.id}
    context = {"entities": [entity]} if seen else {}
    event = {"type": "app_context_changed", "user": user, "channel": direct.id, "context": context}
    site.events.send_if_subscribed("app_context_changed", event)
    return {}


async def send_event(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Any event, for tests; with its retries."""
    given = arguments.values.get("event")
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise api_error("invalid_arguments", "event: expected an object with a type")
    outcome = await site.events.send_event(given)
    return {"ok": False, "error": outcome.reason} if isinstance(outcome, Failed) else {}


def _read_click(arguments: Arguments) -> Click:
    return Click(
        user=arguments.required_text("user"),
        block_id=arguments.required_text("block_id"),
        action_id=arguments.required_text("action_id"),
        selected=arguments.values.get("selected"),
    )


def _outcome_json(outcome: Answered | Failed | None) -> Mapping[str, Any]:
    return {"ok": False, "error": outcome.error} if isinstance(outcome, Failed) else {}
