"""What people do with messages, modals and the app's Home, as the page sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.acts.clicks import Click
from bot.sandbox.acts.lines import read_line
from bot.sandbox.acts.modals import Rejected
from bot.sandbox.calls.api_error import ApiError, refused
from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.deliveries.outcome import Answered, Failed
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.views.view import home_of, view_json


async def send(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, alts = arguments.required("user"), _alts(arguments.values.get("files") or [])
    line = read_line(
        site.workspace,
        user,
        arguments.required("channel"),
        arguments.text("text") or "",
        arguments.text("thread_ts"),
        files=tuple(alts),
    )
    if alts:
        await site.uploads.complete(user, dict.fromkeys(alts, ""), alts=alts)
    ts = await site.lines.say(line)
    return {} if ts is None else {"ts": ts}


def _alts(given: Any) -> dict[str, str]:
    """The files of a message, each with its description, which may be empty."""
    match given:
        case list() if all(
            isinstance(each, dict)
            and isinstance(each.get("id"), str)
            and isinstance(each.get("alt", ""), str)
            for each in given
        ):
            return {each["id"]: each.get("alt", "") for each in given}
    raise refused("invalid_arguments", "files: expected objects with an id")


async def act(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    click = _click(arguments)
    if view_id := arguments.text("view_id"):
        return _said(await site.clicks.in_view(click, view_id, arguments.values.get("values")))
    channel, ts = arguments.required("channel"), arguments.required("message_ts")
    return _said(await site.clicks.on_message(click, channel, ts))


async def suggest(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    view_id = arguments.text("view_id")
    found = await site.clicks.suggest(
        _click(arguments),
        arguments.text("query") or "",
        view_id=view_id,
        channel="" if view_id else arguments.required("channel"),
        ts="" if view_id else arguments.required("message_ts"),
    )
    return _said(found) if isinstance(found, Failed) else found


async def submit(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    outcome = await site.modals.submit(
        arguments.required("user"), arguments.required("view_id"), arguments.values.get("values")
    )
    if isinstance(outcome, Rejected):
        return {"ok": False, "error": "invalid_input", "errors": outcome.errors}
    return _said(outcome)


async def close(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    everything = arguments.flag("all")
    site.modals.close(arguments.required("user"), arguments.required("view_id"), everything=everything)
    return {}


async def shortcut(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    return _said(
        await site.shortcuts.choose(
            arguments.required("user"),
            arguments.required("callback_id"),
            arguments.text("channel") or "",
            arguments.text("message_ts") or "",
        )
    )


async def home(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """A tab of the app's direct messages was opened."""
    user, tab, workspace = arguments.required("user"), arguments.required("tab"), site.workspace
    if tab not in ("home", "messages"):
        raise refused("invalid_arguments", "tab: expected home or messages")
    if (direct := workspace.direct(user)) is None or not workspace.installed:
        raise ApiError("channel_not_found")
    event: dict[str, Any] = {"type": "app_home_opened", "user": user, "channel": direct.id, "tab": tab}
    if tab == "home" and (view := home_of(workspace, user)) is not None:
        event["view"] = view_json(view, workspace.team)
    site.events.tell("app_home_opened", event)
    return {}


async def event(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Any event, for tests; with its retries."""
    given = arguments.values.get("event")
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise refused("invalid_arguments", "event: expected an object with a type")
    outcome = await site.events.send(given)
    return {"ok": False, "error": outcome.reason} if isinstance(outcome, Failed) else {}


def _click(arguments: Arguments) -> Click:
    return Click(
        user=arguments.required("user"),
        block_id=arguments.required("block_id"),
        action_id=arguments.required("action_id"),
        selected=arguments.values.get("selected"),
    )


def _said(outcome: Answered | Failed | None) -> Mapping[str, Any]:
    return {"ok": False, "error": outcome.error} if isinstance(outcome, Failed) else {}
